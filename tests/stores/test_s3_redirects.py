"""No request leaves the pinned host: not by a redirect, not by an ARN, not by a hook."""

from __future__ import annotations

import contextlib

import pytest
from botocore.exceptions import BotoCoreError
from tests.servers.scripted import Reply

from multistore.errors import (
    MultistoreError,
    ResidencyError,
)
from multistore.stores.base import MEBIBYTE, Body, Ref
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.s3.store import S3Store
from multistore.values import PutMode, Span

LARGE = 12 * MEBIBYTE
PUBLISHED = {"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT", "ETag": '"e"'}


@pytest.fixture
def lured(scripted, monkeypatch):
    """Give a store whose service sends everybody elsewhere, and the elsewhere."""
    monkeypatch.setenv("LURED_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("LURED_SECRET_ACCESS_KEY", "secret")
    stores = []

    def make(status, headers=None):
        elsewhere = scripted(
            lambda _: Reply(206, b"forged", PUBLISHED | {"Content-Range": "bytes 0-5/6"})
        )
        away = {"Location": f"{elsewhere.url}/bucket/a", **(headers or {})}
        server = scripted(lambda _: Reply(status, b"", away))
        endpoint = Endpoint(
            "s3-compatible",
            server.url,
            "ap-northeast-1",
            frozenset({server.host}),
            Profile(conditional_create=True),
        )
        store = S3Store("lured", endpoint=endpoint, bucket="bucket", credentials="env:LURED")
        stores.append(store)
        return store, server, elsewhere

    yield make
    for store in stores:
        store.close()


def put(store, data=b"x", mode=PutMode.OVERWRITE):
    return store.put("a", Body([data], len(data)), mode=mode)


BY_BOTO = {
    "large create": lambda store: put(store, bytes(LARGE), PutMode.CREATE),
    "list": lambda store: list(store.list("")),
    "uploads": lambda store: list(store.uploads.list_uploads("")),
    "delete": lambda store: store.delete([Ref("a"), Ref("b")]),
}
BY_OBSTORE = {
    "put": put,
    "large put": lambda store: put(store, bytes(LARGE)),
    "head": lambda store: store.head("a"),
    "get": lambda store: store.get("a", Span(0, 6)),
}


@pytest.mark.parametrize("verb", BY_BOTO)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_control_plane_follows_no_redirect(lured, verb, status):
    store, server, elsewhere = lured(status, {"x-amz-bucket-region": "us-east-1"})
    with pytest.raises(ResidencyError) as caught:
        BY_BOTO[verb](store)
    assert "lies in us-east-1" in caught.value.hint
    assert server.asked
    assert not elsewhere.asked


# urllib3 stumbles over 303 before it follows it, and leaves the connection to the collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.usefixtures("abandoned_sockets")
@pytest.mark.parametrize("verb", BY_BOTO)
def test_the_control_plane_does_not_see_other(lured, verb):
    store, _, elsewhere = lured(303)
    with pytest.raises(MultistoreError):
        BY_BOTO[verb](store)
    assert not elsewhere.asked


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_body_follows_no_redirect(lured, status):
    store, _, elsewhere = lured(status)
    with pytest.raises(ResidencyError):
        put(store)
    assert not elsewhere.asked


@pytest.mark.parametrize("verb", BY_OBSTORE)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_bytes_or_credentials_along(lured, verb, status):
    """obstore follows those without a body, and no option stops it: an object's name goes along."""
    store, _, elsewhere = lured(status)
    with contextlib.suppress(MultistoreError):
        BY_OBSTORE[verb](store)
    for asked in elsewhere.asked:
        assert asked.body == b""
        assert "authorization" not in asked.headers
        assert not any("token" in name for name in asked.headers)


def test_boto_does_not_go_where_a_400_with_a_region_points(lured):
    store, server, _ = lured(400, {"x-amz-bucket-region": "us-west-2"})
    with pytest.raises(Exception, match="S3 list"):
        list(store.list(""))
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [200, 301, 403])
def test_placement_is_what_the_header_says_even_where_it_is_refused(lured, status):
    headers = {
        "x-amz-bucket-region": "ap-northeast-3",
        "x-amz-bucket-location-type": "AvailabilityZone",
        "x-amz-bucket-location-name": "apne3-az1",
        "x-amz-request-id": "r1",
    }
    store, server, elsewhere = lured(status, headers)
    told = store.placement.placement()
    assert (told.region, told.call, told.request_id) == ("ap-northeast-3", "s3:HeadBucket", "r1")
    assert (told.location_type, told.location_name) == ("AvailabilityZone", "apne3-az1")
    assert told.raw["x-amz-bucket-region"] == "ap-northeast-3"
    assert [asked.method for asked in server.asked] == ["HEAD"]
    assert not elsewhere.asked


@pytest.mark.parametrize(
    ("body", "region"),
    [
        ("", "us-east-1"),
        ("EU", "eu-west-1"),
        ("ap-northeast-1", "ap-northeast-1"),
        ("mars", "mars"),
    ],
)
def test_placement_falls_back_on_the_location(scripted, monkeypatch, body, region):
    monkeypatch.setenv("LURED_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("LURED_SECRET_ACCESS_KEY", "secret")
    xml = f'<?xml version="1.0"?>\n<LocationConstraint>{body}</LocationConstraint>'.encode()
    server = scripted(lambda asked: Reply(200, xml if asked.method == "GET" else b""))
    endpoint = Endpoint("s3-compatible", server.url, None, frozenset({server.host}))
    store = S3Store("s", endpoint=endpoint, bucket="bucket", credentials="env:LURED")
    told = store.placement.placement()
    assert (told.region, told.call) == (region, "s3:GetBucketLocation")
    assert told.raw == {"LocationConstraint": body}
    store.close()


@pytest.mark.parametrize(
    "elsewhere", ["http://localhost:9/bucket", "https://s3.us-east-1.amazonaws.com/bucket"]
)
def test_the_pin_stops_whatever_turns_a_request_away(lured, elsewhere):
    """Redirects are not followed to begin with; the pin is behind that, and behind everything."""
    store, server, _ = lured(200)

    def turn(request, **_):
        request.url = elsewhere

    store.reach.control().client.meta.events.register("before-sign.s3", turn)
    with pytest.raises(ResidencyError) as caught:
        list(store.list(""))
    assert caught.value.code == "NET-001"
    assert not server.asked


@pytest.mark.parametrize(
    "bucket",
    [
        "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap",
        "arn:aws:s3:us-east-1:123456789012:accesspoint/abroad",
        "arn:aws:s3-outposts:us-east-1:123456789012:outpost:op-01ac5d28a6a232904:accesspoint:x",
    ],
)
def test_an_arn_takes_even_a_raw_client_nowhere(lured, bucket):
    store, server, _ = lured(200)
    with pytest.raises((ResidencyError, BotoCoreError)):
        store.reach.control().client.head_bucket(Bucket=bucket)
    assert not server.asked

"""What an S3 store sends, and to whom: not the environment decides, nor a redirect."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import pickle
import time
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import BotoCoreError
from tests.servers.scripted import Reply

from multistore.errors import (
    ConfigurationError,
    MultistoreError,
    ResidencyError,
    UnauthenticatedError,
)
from multistore.stores.base import MEBIBYTE, Body, Limits, Ref
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.s3 import S3Store
from multistore.values import Last, PutMode, Span

LARGE = 12 * MEBIBYTE
PUBLISHED = {"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT", "ETag": '"e"'}


@pytest.fixture
def watched(moto_server, fault_proxy, s3_credentials):
    """Give a function that makes a store on moto behind a proxy which records every request."""
    stores = []

    def make(**changes):
        url = urlsplit(moto_server.url)
        proxy = fault_proxy(url.hostname, url.port)
        provider = changes.pop("provider", "s3-compatible")
        endpoint = replace(
            moto_server.endpoint(**changes),
            provider=provider,
            url=proxy.url,
            hosts=frozenset({proxy.url.partition("://")[2]}),
        )
        store = S3Store(
            "watched",
            endpoint=endpoint,
            bucket=moto_server.bucket(versioned=True),
            credentials=s3_credentials(moto_server),
        )
        stores.append(store)
        return store, proxy

    yield make
    for store in stores:
        store.close()


def everything(store):
    """Use every verb and every path that a request can take."""
    store.put("small", Body([b"x"], 1), mode=PutMode.OVERWRITE, metadata={"k": "v"})
    store.put("created", Body([b"x"], 1), mode=PutMode.CREATE)
    large = store.put("large", Body([bytes(LARGE)], LARGE), mode=PutMode.OVERWRITE)
    store.put("large-created", Body([bytes(LARGE)], LARGE), mode=PutMode.CREATE)
    store.copy("large", "copied", head=b"h", if_match=large.etag, mode=PutMode.OVERWRITE)
    store.get("small", Span(0, 1))
    store.get("small", Last(1))
    store.head("small")
    list(store.list(""))
    list(store.versions.list_versions(""))
    list(store.uploads.list_uploads(""))
    store.placement.placement()
    store.delete([Ref("small"), Ref("created")])
    store.delete([Ref("large")])


@pytest.mark.s3
def test_boto3_4392_no_checksum_header_and_no_chunked_body_ever(watched, monkeypatch):
    """boto/boto3#4392: since 1.36 the SDK's checksums break uploads to compatible services."""
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_supported")
    monkeypatch.setenv("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_supported")
    store, proxy = watched()
    everything(store)
    methods = {request.method for request in proxy.requests}
    assert methods == {"GET", "HEAD", "PUT", "POST", "DELETE"}
    for request in proxy.requests:
        names = set(request.headers)
        assert not {name for name in names if "checksum" in name}, request
        assert "x-amz-trailer" not in names
        assert "transfer-encoding" not in names
        assert "chunked" not in request.headers.get("content-encoding", "")
        assert "STREAMING" not in request.headers.get("x-amz-content-sha256", "")
        if request.method in ("PUT", "POST"):
            assert int(request.headers["content-length"]) == len(request.body)


@pytest.mark.s3
def test_a_bulk_delete_carries_the_right_md5(watched):
    store, proxy = watched()
    store.delete([Ref("a"), Ref("b")])
    (request,) = [r for r in proxy.requests if r.method == "POST"]
    digest = base64.b64encode(hashlib.md5(request.body).digest()).decode()
    assert request.headers["content-md5"] == digest


@pytest.mark.s3
def test_aws_keeps_its_checksums(watched):
    store, proxy = watched(provider="aws", sdk_checksums=True)
    everything(store)
    by_boto = [r for r in proxy.requests if r.method == "POST" and "delete" in r.target]
    assert by_boto
    assert all("x-amz-checksum-crc32" in r.headers for r in by_boto)


@pytest.mark.s3
def test_a_get_asks_once_and_for_the_bytes_as_they_are(watched):
    store, proxy = watched()
    store.put("a", Body([b"0123456789"], 10), mode=PutMode.OVERWRITE)
    for span in (Span(2, 4), Last(3)):
        del proxy.requests[:]
        store.get("a", span)
        (request,) = proxy.requests
        assert request.method == "GET"
        assert request.headers.get("accept-encoding", "identity") == "identity"


HOSTILE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_ENDPOINT": "http://127.0.0.1:9",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_S3_USE_ARN_REGION": "true",
    "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS": "false",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
    "AWS_PROXY_URL": "http://127.0.0.1:9",
    "AWS_ALLOW_INVALID_CERTIFICATES": "true",
    "AWS_SKIP_SIGNATURE": "true",
    "AWS_S3_EXPRESS": "true",
    "AWS_UNSIGNED_PAYLOAD": "true",
    "AWS_BUCKET": "another",
    "AWS_BUCKET_NAME": "another",
    "AWS_ACCESS_KEY_ID": "AKIAFROMTHEENVIRONMENT",
    "AWS_SECRET_ACCESS_KEY": "from the environment",
    "AWS_SESSION_TOKEN": "from the environment",
    "AWS_USER_AGENT": "from the environment",
    "AWS_DEFAULT_CONTENT_TYPE": "from/environment",
    "AWS_REQUEST_PAYER": "true",
    "AWS_TIMEOUT": "1ns",
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_RETRY_MODE": "legacy",
    "AWS_DISABLE_BULK_DELETE": "nonsense",
    "AWS_CONDITIONAL_PUT": "nonsense",
    "HTTP_PROXY": "",
}
CONFIG_FILE = """
[default]
region = us-east-1
services = elsewhere
endpoint_url = http://127.0.0.1:9
s3 =
  use_accelerate_endpoint = true
  addressing_style = virtual
  endpoint_url = http://127.0.0.1:9

[services elsewhere]
s3 =
  endpoint_url = http://127.0.0.1:9
"""


@pytest.mark.s3
def test_the_environment_and_the_config_file_decide_nothing(watched, monkeypatch, tmp_path):
    (tmp_path / "config").write_text(CONFIG_FILE)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    store, proxy = watched()
    everything(store)
    assert len(proxy.requests) > 20
    for request in proxy.requests:
        assert request.target.startswith(f"/{store.bucket}")
        assert f"/{store.endpoint.region}/s3/aws4_request" in request.headers["authorization"]
        assert "AKIAMOTO" in request.headers["authorization"]
        for value in request.headers.values():
            assert "from the environment" not in value
            assert "from/environment" not in value
        assert "x-amz-request-payer" not in request.headers


@pytest.mark.s3
@pytest.mark.parametrize("name", ["AWS_CHECKSUM_ALGORITHM", "aws_server_side_encryption".upper()])
def test_a_variable_that_cannot_be_overruled_is_refused(watched, monkeypatch, name):
    monkeypatch.setenv(name, "SHA256")
    store, proxy = watched()
    with pytest.raises(ConfigurationError, match=name):
        store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE)
    assert not proxy.requests


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


def test_an_address_that_is_not_its_own_host_makes_no_store():
    endpoint = Endpoint("s3-compatible", "https://a.example", "r", frozenset({"b.example"}))
    with pytest.raises(ResidencyError):
        S3Store("s", endpoint=endpoint, bucket="bucket", credentials=None)
    virtual = replace(
        endpoint, hosts=frozenset({"a.example"}), profile=Profile(addressing="virtual")
    )
    with pytest.raises(ResidencyError, match=r"bucket\.a\.example"):
        S3Store("s", endpoint=virtual, bucket="bucket", credentials=None)
    both = replace(virtual, hosts=frozenset({"a.example", "bucket.a.example"}))
    assert S3Store("s", endpoint=both, bucket="bucket", credentials=None).name == "s"


def test_aws_without_a_region_makes_no_store():
    endpoint = Endpoint("aws", "https://s3.amazonaws.com", None, frozenset({"s3.amazonaws.com"}))
    with pytest.raises(ConfigurationError, match="no default"):
        S3Store("s", endpoint=endpoint, bucket="bucket", credentials=None)


@pytest.mark.s3
def test_a_rotated_key_is_used_at_once_and_kept_nowhere(watched, monkeypatch):
    store, proxy = watched()
    store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE)
    list(store.list(""))
    monkeypatch.setenv("MSTEST_ACCESS_KEY_ID", "AKIAROTATEDROTATED01")
    monkeypatch.setenv("MSTEST_SESSION_TOKEN", "rotated-token")
    del proxy.requests[:]
    store.get("a", Span(0, 1))
    list(store.list(""))
    assert len(proxy.requests) == 2
    for request in proxy.requests:
        assert "AKIAROTATEDROTATED01" in request.headers["authorization"]
        assert request.headers["x-amz-security-token"] == "rotated-token"
    for secret in (b"AKIA", b"moto-secret", b"rotated"):
        assert secret not in pickle.dumps(store)
        assert secret.decode() not in repr(store) + repr(vars(store))


@pytest.mark.s3
@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("env:NOBODYSETTHIS", "NOBODYSETTHIS_ACCESS_KEY_ID"),
        ("profile:nobody-wrote-this", "no such profile"),
    ],
)
def test_missing_credentials_say_what_is_missing(
    moto_server, reference, says, monkeypatch, tmp_path
):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    store = S3Store("s", endpoint=moto_server.endpoint(), bucket="bucket", credentials=reference)
    for verb in (
        lambda: store.get("a", Span(0, 1)),
        lambda: list(store.list("")),
        lambda: store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE),
    ):
        with pytest.raises(UnauthenticatedError) as caught:
            verb()
        assert says in str(caught.value)
        assert caught.value.store == "s"


@pytest.mark.s3
def test_a_profile_gives_credentials_and_nothing_else(moto_server, monkeypatch, tmp_path):
    (tmp_path / "credentials").write_text(
        f"[tokyo]\naws_access_key_id = {moto_server.access_key}\n"
        f"aws_secret_access_key = {moto_server.secret_key}\n"
    )
    (tmp_path / "config").write_text(CONFIG_FILE.replace("[default]", "[profile tokyo]"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    store = S3Store(
        "s",
        endpoint=moto_server.endpoint(),
        bucket=moto_server.bucket(),
        credentials="profile:tokyo",
    )
    store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE)
    assert [item.name for item in store.list("")] == ["a"]
    store.close()


@pytest.mark.s3
def test_stores_of_one_endpoint_and_credential_share_a_client(moto_server, s3_credentials):
    made = {"endpoint": moto_server.endpoint(), "credentials": s3_credentials(moto_server)}
    one = S3Store("one", bucket=moto_server.bucket(), **made)
    two = S3Store("two", bucket=moto_server.bucket(), limits=Limits(concurrency=2), **made)
    assert one.reach.control() is two.reach.control()
    one.close()
    assert list(two.list("")) == []
    two.close()
    three = S3Store("three", bucket=moto_server.bucket(), **made)
    assert list(three.list("")) == []
    three.close()


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


@pytest.mark.s3
def test_credentials_that_expire_are_refreshed_by_their_provider(watched, monkeypatch, tmp_path):
    """A process gives keys that are good for two seconds, another one each time."""
    process = tmp_path / "give"
    process.write_text(
        "#!/usr/bin/env python3\n"
        "import datetime, json, pathlib\n"
        f"count = pathlib.Path({str(tmp_path / 'count')!r})\n"
        "number = int(count.read_text()) + 1 if count.exists() else 1\n"
        "count.write_text(str(number))\n"
        "until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'AKIATEMPORARY{number:07}',\n"
        "    'SecretAccessKey': 's', 'SessionToken': f'token-{number}',\n"
        "    'Expiration': until.isoformat()}))\n"
    )
    process.chmod(0o755)
    (tmp_path / "config").write_text(f"[profile short]\ncredential_process = {process}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    given, proxy = watched()
    store = S3Store(
        "short", endpoint=given.endpoint, bucket=given.bucket, credentials="profile:short"
    )
    for _ in range(3):
        store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE)
        list(store.list(""))
        time.sleep(2.1)
    tokens = [request.headers["x-amz-security-token"] for request in proxy.requests]
    for request, token in zip(proxy.requests, tokens, strict=True):
        number = int(token.removeprefix("token-"))
        assert f"AKIATEMPORARY{number:07}" in request.headers["authorization"]
    by_plane = {"PUT": [], "GET": []}
    for request, token in zip(proxy.requests, tokens, strict=True):
        by_plane[request.method].append(token)
    assert len(set(by_plane["PUT"])) == len(set(by_plane["GET"])) == 3
    store.close()

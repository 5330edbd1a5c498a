"""What an S3 store sends, and where to: the environment decides nothing of it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest
from tests.servers.watched import CONFIG_FILE

from multistore.errors import (
    ConfigurationError,
    ResidencyError,
)
from multistore.stores.base import MEBIBYTE, Body, Limits, Ref
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.s3.store import S3Store
from multistore.values import Last, PutMode, Span

LARGE = 12 * MEBIBYTE


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

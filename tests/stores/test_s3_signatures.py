"""Every request as S3 checks it: its signature, its digests, and that it tells nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import zlib
from urllib.parse import quote, unquote, urlsplit

import pytest
from tests.sealing.scopes import Scopes

from multistore.sealing.sealed import SealedStore
from multistore.stores.base import MEBIBYTE, Body, Ref
from multistore.values import IfMatch, PutMode, Span

ODD = "acme/data/é 1+1=2 & ~'(!*)%2F;,@:$?#[題]😀.mp4"
BIG = "acme/data/large"
LARGE = 9 * MEBIBYTE
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)


def signature(request, secret):
    """Sign a request anew, by the text of AWS's Signature Version 4 alone."""
    found = AUTHORIZATION.fullmatch(request.headers["authorization"])
    assert found, request.headers["authorization"]
    _, day, region, names, told = found.groups()
    url = urlsplit(request.target)
    query = [part.partition("=")[::2] for part in url.query.split("&") if part]
    encoded = sorted((quote(unquote(k), safe="~"), quote(unquote(v), safe="~")) for k, v in query)
    headers = "".join(
        f"{name}:{' '.join(request.headers[name].split())}\n" for name in names.split(";")
    )
    canonical = "\n".join(
        (
            request.method,
            quote(unquote(url.path), safe="/~"),
            "&".join(f"{name}={value}" for name, value in encoded),
            headers,
            names,
            request.headers["x-amz-content-sha256"],
        )
    )
    scope = f"{day}/{region}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{request.headers['x-amz-date']}\n{scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for word in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    return region, set(names.split(";")), told, hmac.digest(key, text.encode(), "sha256").hex()


def check(request, secret, region):
    """Hold one request to what S3 demands of it, and to what this package promises."""
    signed_region, names, told, expected = signature(request, secret)
    assert (told, signed_region) == (expected, region), request
    # What is not signed somebody on the way may add or change.
    unsigned = {name for name in request.headers if name.startswith("x-amz-")} - names
    assert not unsigned, request
    assert "host" in names
    hashed = request.headers["x-amz-content-sha256"]
    if hashed != "UNSIGNED-PAYLOAD":
        assert hashed == hashlib.sha256(request.body).hexdigest(), request
    assert int(request.headers.get("content-length", 0)) == len(request.body)
    if (md5 := request.headers.get("content-md5")) is not None:
        assert md5 == base64.b64encode(hashlib.md5(request.body).digest()).decode()
    if (crc := request.headers.get("x-amz-checksum-crc32")) is not None:
        assert crc == base64.b64encode(zlib.crc32(request.body).to_bytes(4, "big")).decode()
    if request.method == "POST" and urlsplit(request.target).query == "delete":
        assert md5 or crc, "S3 refuses a bulk delete without either"


@pytest.mark.s3
@pytest.mark.parametrize("changes", [{}, {"provider": "aws", "sdk_checksums": True}])
def test_every_request_is_signed_and_whole_and_tells_nothing(watched, moto_server, changes):
    inner, proxy = watched(**changes)
    store = SealedStore(inner, Scopes())
    about = {"content_type": "video/canary", "metadata": {"canary": "canary"}}
    for name, times in ((ODD, 1), (BIG, LARGE // 8)):
        data = b"canary.." * times
        store.put(name, Body([data], len(data)), mode=PutMode.OVERWRITE, **about)
        etag = store.head(name).etag
        store.put(name, Body([data], len(data)), mode=IfMatch(etag), **about)
        store.get(name, Span(0, 1))
        store.duplicate(name, f"{name}2", mode=PutMode.CREATE)
    assert {entry.name for entry in store.list("acme/")} == {ODD, BIG, f"{ODD}2", f"{BIG}2"}
    list(inner.versions.list_versions(ODD[:12]))
    list(inner.uploads.list_uploads(ODD[:12]))
    assert all(one.gone for one in store.delete([Ref(ODD), Ref(BIG)]))
    versions = [Ref(one.name, one.version) for one in inner.versions.list_versions("acme/")]
    assert all(one.gone for one in inner.delete(versions))
    asked = {
        (one.method, re.split("[=&]", urlsplit(one.target).query)[0]) for one in proxy.requests
    }
    assert asked >= {
        *(("PUT", query) for query in ("", "partNumber")),
        *(("POST", query) for query in ("delete", "uploads", "uploadId")),
        *(("GET", query) for query in ("", "list-type", "versions", "uploads")),
    }
    for request in proxy.requests:
        check(request, moto_server.secret_key, inner.reach.place.endpoint.region or "us-east-1")
        shown = [value for name, value in request.headers.items() if name != "authorization"]
        assert "canary" not in " ".join(shown), request
        assert b"canary" not in request.body
        metadata = {name for name in request.headers if name.startswith("x-amz-meta-")}
        assert metadata <= {"x-amz-meta-multistore"}

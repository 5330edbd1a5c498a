"""The proxy that the configuration names, and the bucket's place in the address."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from tests.servers.scripted import Reply

from multistore.stores.base import MEBIBYTE, Body, Ref
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.s3.store import S3Store
from multistore.values import PutMode, Span

BEGUN = b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
DONE = b"<CompleteMultipartUploadResult><ETag>&quot;e&quot;</ETag></CompleteMultipartUploadResult>"
LISTED = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
STATE = {"ETag": '"e"', "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}


def answer(asked):
    if asked.method == "POST":
        return Reply(200, BEGUN if "uploads" in asked.target else DONE)
    if asked.method == "GET" and "list-type" in asked.target:
        return Reply(200, LISTED)
    if asked.method == "GET":
        return Reply(206, b"x", STATE | {"Content-Range": "bytes 0-0/1"})
    return Reply(204 if asked.method == "DELETE" else 200, b"", STATE)


@pytest.mark.parametrize(
    ("addressing", "host", "path"),
    [("path", "s3.example", "/bucket"), ("virtual", "bucket.s3.example", "")],
)
def test_every_request_names_the_bucket_where_the_profile_says_and_takes_the_named_proxy(
    scripted, monkeypatch, addressing, host, path
):
    monkeypatch.setenv("PROXIED_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("PROXIED_SECRET_ACCESS_KEY", "secret")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    proxy = scripted(answer)
    endpoint = Endpoint(
        "s3-compatible",
        "http://s3.example",
        "r",
        frozenset({host}),
        Profile(addressing=addressing, conditional_create=True),
        proxy=proxy.url,
    )
    store = S3Store("s", endpoint=endpoint, bucket="bucket", credentials="env:PROXIED")
    large = 9 * MEBIBYTE
    for mode in PutMode:
        store.put("日本/b c", Body([b"x"], 1), mode=mode)
    store.put("日本/b c", Body([bytes(large)], large), mode=PutMode.OVERWRITE)
    store.get("日本/b c", Span(0, 1))
    store.head("日本/b c")
    list(store.list("日"))
    store.delete([Ref("日本/b c")])
    store.close()
    assert {asked.method for asked in proxy.asked} == {"PUT", "POST", "GET", "HEAD", "DELETE"}
    for asked in proxy.asked:
        url = urlsplit(asked.target)
        assert (url.scheme, url.netloc) == ("http", host)
        assert asked.headers["host"] == host
        name = "/%E6%97%A5%E6%9C%AC/b%20c"
        assert url.path.rstrip("/") in {path, path + name}
        if "list-type" not in url.query:
            assert url.path == path + name

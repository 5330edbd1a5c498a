"""The end of an upload: what a repeated "complete" means, and what is left where it fails."""

from __future__ import annotations

import hashlib

import pytest
from tests.servers.scripted import Reply

from multistore.errors import UnavailableError
from multistore.stores.base import MEBIBYTE, Body
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.s3.store import S3Store
from multistore.values import PutMode

PARTS = [bytes(8 * MEBIBYTE), b"end"]
PART_ETAGS = [hashlib.md5(part).hexdigest() for part in PARTS]
ETAG = f'"{hashlib.md5(b"".join(map(bytes.fromhex, PART_ETAGS))).hexdigest()}-2"'
GONE = b"<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>"


@pytest.fixture
def service(scripted, monkeypatch):
    """Give a store on a service that has lost the upload when it is to be completed."""
    monkeypatch.setenv("UP_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("UP_SECRET_ACCESS_KEY", "secret")
    found = {}

    def answer(asked):
        if asked.method == "POST" and "uploads" in asked.target:
            tag = "InitiateMultipartUploadResult"
            return Reply(200, f"<{tag}><UploadId>u</UploadId></{tag}>".encode())
        if asked.method == "POST":
            found["now"] = True
            return Reply(404, GONE)
        if asked.method == "PUT":
            etag = hashlib.md5(asked.body).hexdigest()
            return Reply(200, b"", {"ETag": found.get("part", f'"{etag}"')})
        if asked.method == "HEAD" and "now" in found:
            return Reply(200, b"", {"ETag": found["etag"]})
        return Reply(404, GONE if "uploadId" in asked.target else b"")

    server = scripted(answer)
    endpoint = Endpoint(
        "s3-compatible",
        server.url,
        "r",
        frozenset({server.host}),
        Profile(conditional_create=True),
    )
    store = S3Store("s", endpoint=endpoint, bucket="bucket", credentials="env:UP")
    yield store, found
    store.close()


def put(store, mode=PutMode.CREATE):
    return store.put("a", Body(PARTS, sum(map(len, PARTS))), mode=mode)


def test_a_completion_that_meets_its_own_success_is_one(service):
    store, found = service
    found["etag"] = ETAG
    assert put(store).etag == ETAG


@pytest.mark.parametrize("part", [None, '"not-a-digest"'])
def test_a_completion_that_meets_another_object_is_not_taken_for_one(service, part):
    store, found = service
    found["etag"] = '"another-2"'
    if part:
        found["part"] = part
    with pytest.raises(UnavailableError) as caught:
        put(store)
    assert caught.value.code == "NoSuchUpload"
    assert not caught.value.retryable
    assert "not known" in caught.value.hint


def test_an_upload_that_was_lost_over_an_object_may_be_made_again(service):
    store, found = service
    found["etag"] = ETAG
    with pytest.raises(UnavailableError) as caught:
        put(store, PutMode.OVERWRITE)
    assert caught.value.code == "NoSuchUpload"
    assert caught.value.retryable
    assert caught.value.operation == "put"


@pytest.mark.parametrize("lacks", ["UploadId", "ETag"])
def test_an_answer_without_what_an_upload_needs_is_none_of_s3s(scripted, monkeypatch, lacks):
    monkeypatch.setenv("UP_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("UP_SECRET_ACCESS_KEY", "secret")
    begun = b"<R/>" if lacks == "UploadId" else b"<R><UploadId>u</UploadId></R>"

    def answer(asked):
        if asked.method == "HEAD":
            return Reply(404)
        return Reply(200, begun if "uploads" in asked.target else b"")

    server = scripted(answer)
    endpoint = Endpoint(
        "s3-compatible", server.url, "r", frozenset({server.host}), Profile(conditional_create=True)
    )
    store = S3Store("s", endpoint=endpoint, bucket="bucket", credentials="env:UP")
    with pytest.raises(UnavailableError, match=f"has no {lacks}") as caught:
        put(store)
    assert (caught.value.code, caught.value.key) == ("UnreadableAnswer", "a")
    store.close()

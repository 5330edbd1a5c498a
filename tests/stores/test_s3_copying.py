"""A copy whose source changes under it, and a copy that fails half-way: nothing is written."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from tests.servers.fault_proxy import SLOW_DOWN, Answer

from multistore.errors import InvalidArgumentError, MultistoreError, PreconditionFailedError
from multistore.stores.base import MEBIBYTE, Body, Limits
from multistore.stores.s3.store import S3Store
from multistore.testing.conformance.harness import noise
from multistore.values import PutMode, Span

pytestmark = pytest.mark.s3

SIZE = 18 * MEBIBYTE


@pytest.fixture
def proxy(moto_server, fault_proxy):
    url = urlsplit(moto_server.url)
    return fault_proxy(url.hostname, url.port)


@pytest.fixture
def made(moto_server, proxy, s3_credentials):
    stores = []

    def make(limits=None, **changes):
        store = S3Store(
            "copying",
            endpoint=replace(
                moto_server.endpoint(**changes),
                url=proxy.url,
                hosts=frozenset({f"127.0.0.1:{proxy.port}"}),
            ),
            bucket=moto_server.bucket(),
            credentials=s3_credentials(moto_server),
            limits=limits,
        )
        stores.append(store)
        return store

    yield make
    for store in stores:
        store.close()


def source(store, data):
    return store.put("source", Body([data], len(data)), mode=PutMode.OVERWRITE).etag


def copied(store, etag):
    return store.copy("source", "target", head=b"HEAD", if_match=etag, mode=PutMode.OVERWRITE)


def nothing_written(store):
    assert [item.name for item in store.list("")] == ["source"]
    assert list(store.uploads.list_uploads("")) == []


@pytest.mark.parametrize("server_copy", [True, False])
def test_a_source_that_changes_while_it_is_copied(made, proxy, moto_server, server_copy):
    """moto ignores the etag of a copied part, as Ceph 16 does: the store looks for itself."""
    store = made(server_copy=server_copy)
    etag = source(store, noise(SIZE))
    changed = []

    def change(request):
        if "partNumber=2" in request.target and not changed:
            changed.append(1)
            moto_server.client().put_object(Bucket=store.bucket, Key="source", Body=bytes(SIZE))
        return False

    proxy.on("PUT", SLOW_DOWN)
    proxy._orders[0] = replace(proxy._orders[0], matches=change)
    if not server_copy:  # then the source is read ahead of the parts that are sent
        moto_server.client().put_object(Bucket=store.bucket, Key="source", Body=bytes(SIZE))
        changed.append(1)
    with pytest.raises(PreconditionFailedError) as caught:
        copied(store, etag)
    assert changed
    assert caught.value.operation == "copy"
    nothing_written(store)


@pytest.mark.parametrize("unequal", [True, False])
def test_a_part_that_cannot_be_copied_leaves_nothing_behind(made, proxy, unequal):
    store = made(unequal_parts=unequal)
    etag = source(store, noise(SIZE))
    denied = Answer(403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
    proxy.on("PUT", denied, containing="partNumber=2", times=None)
    with pytest.raises(MultistoreError):
        copied(store, etag)
    nothing_written(store)


def test_the_bytes_of_a_copy_stay_on_the_server(made, proxy):
    store = made()
    data = noise(SIZE)
    etag = source(store, data)
    del proxy.requests[:]
    copied(store, etag)
    assert sum(len(request.body) for request in proxy.requests) < 9 * MEBIBYTE
    assert store.head("target").size == SIZE
    at = Span(SIZE - 9, SIZE)
    assert bytes(store.get("target", at).data) == data[-9:]
    assert bytes(store.get("target", Span(0, 9)).data) == b"HEAD" + data[4:9]


def test_a_source_of_more_parts_than_allowed_is_copied_in_larger_ones(made):
    limits = Limits(part_size=5 * MEBIBYTE, parts=3)
    store = made(limits, unequal_parts=False)
    data = noise(SIZE)
    etag = source(store, data)
    copied(store, etag)
    for at in (0, 6 * MEBIBYTE - 4, 12 * MEBIBYTE - 4, SIZE - 8):
        expected = (b"HEAD" + data[4:])[at : at + 8]
        assert bytes(store.get("target", Span(at, at + 8)).data) == expected


def test_a_head_that_is_longer_than_the_source_is_refused(made):
    store = made()
    etag = source(store, b"123")
    with pytest.raises(InvalidArgumentError, match="does not fit"):
        copied(store, etag)
    nothing_written(store)

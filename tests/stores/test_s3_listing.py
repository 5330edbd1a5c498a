"""Listings of services that differ, and of those that lie."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.servers.scripted import Reply

from multistore.errors import FormatError, UnsupportedError
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.s3.store import S3Store
from multistore.values import CommonPrefix

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
OBJECT = (
    "<Contents><Key>{}</Key><LastModified>2026-11-24T09:00:00.000Z</LastModified>"
    "<ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>"
)


def page(names=(), groups=(), following=None):
    """Write one page of a listing as a service would."""
    more = (
        f"<IsTruncated>true</IsTruncated><NextContinuationToken>{following}</NextContinuationToken>"
        if following
        else "<IsTruncated>false</IsTruncated>"
    )
    objects = "".join(OBJECT.format(escape(name)) for name in names)
    prefixes = "".join(
        f"<CommonPrefixes><Prefix>{escape(group)}</Prefix></CommonPrefixes>" for group in groups
    )
    return Reply(
        200, f"{HEAD}<ListBucketResult>{more}{objects}{prefixes}</ListBucketResult>".encode()
    )


@pytest.fixture
def listing(scripted, monkeypatch):
    """Give a function: the pages of a service become a store."""
    monkeypatch.setenv("LIST_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("LIST_SECRET_ACCESS_KEY", "secret")
    stores = []

    def make(*pages, ascii_names=False):
        def answer(asked):
            token = parse_qs(urlsplit(asked.target).query).get("continuation-token", ["0"])[0]
            return pages[int(token)]

        server = scripted(answer)
        endpoint = Endpoint(
            "s3-compatible",
            server.url,
            "r",
            frozenset({server.host}),
            Profile(ascii_names=ascii_names),
        )
        store = S3Store("s", endpoint=endpoint, bucket="bucket", credentials="env:LIST")
        stores.append(store)
        store.server = server
        return store

    yield make
    for store in stores:
        store.close()


def names(store, **options):
    return [
        item.prefix if isinstance(item, CommonPrefix) else item.name
        for item in store.list("", **options)
    ]


def test_objects_and_groups_come_in_one_order(listing):
    store = listing(page(["a", "c", "日"], ["b/", "d/"]))
    assert names(store, delimiter="/") == ["a", "b/", "c", "d/", "日"]


def test_pages_are_asked_for_only_when_they_are_needed(listing):
    store = listing(page(["a", "b"], following=1), page(["c"], following=2), page(["d"]))
    found = store.list("")
    assert not store.server.asked
    assert [next(found).name, next(found).name] == ["a", "b"]
    assert len(store.server.asked) == 1
    assert [item.name for item in found] == ["c", "d"]
    assert len(store.server.asked) == 3


def test_a_group_that_comes_on_two_pages_is_given_once(listing):
    store = listing(page(["a"], ["b/"], following=1), page(["c"], ["b/"]))
    assert names(store, delimiter="/") == ["a", "b/", "c"]


def test_the_group_of_start_after_is_left_out_although_the_service_gives_it(listing):
    store = listing(page(["c"], ["b/"]))
    assert names(store, delimiter="/", start_after="b/x") == ["c"]


@pytest.mark.parametrize(
    "pages",
    [
        [page(["b", "a"])],
        [page(["b"], following=1), page(["a"])],
        [page(["a"], following=1), page(["a"])],
    ],
    ids=["within a page", "between pages", "one twice"],
)
def test_a_listing_out_of_order_is_refused(listing, pages):
    with pytest.raises(UnsupportedError, match="order of bytes") as caught:
        names(listing(*pages))
    assert caught.value.code == "UnorderedListing"
    assert caught.value.store == "s"


def test_an_object_that_somebody_else_named_is_an_error_not_a_wrong_name(listing):
    store = listing(page(["a", "b"]), ascii_names=True)
    assert names(store) == ["a", "b"]
    with pytest.raises(FormatError, match="did not write"):
        names(listing(page(["a", "no ascii日"]), ascii_names=True))


def test_ascii_names_are_asked_for_as_they_are_spelt(listing):
    store = listing(page(["ze6z97za5/a"]), ascii_names=True)
    found = [item.name for item in store.list("日", delimiter="A", start_after="日/Z")]
    assert found == ["日/a"]
    query = parse_qs(urlsplit(store.server.asked[0].target).query)
    assert query["prefix"] == ["ze6z97za5"]
    assert query["delimiter"] == ["A41"]
    assert query["start-after"] == ["ze6z97za5/Z"]

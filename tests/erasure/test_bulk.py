"""Many versions go in few requests, several of them in flight, and so do the looks at a store."""

from __future__ import annotations

import threading

import pytest

from multistore.erasure import deleting, inventory
from multistore.erasure.inventory import Item
from multistore.erasure.subject import Subject
from multistore.stores.base import Ref
from multistore.stores.memory import MemoryStore
from multistore.testing.faults import Before, FaultyStore
from tests.erasure.estate import put

TOGETHER = 10
"""Seconds until a test gives up to wait for what should happen at the same time."""


class Counted(FaultyStore):
    """Notes how many references each deletion had."""

    def __init__(self, inner):
        super().__init__(inner)
        self.sizes = []

    def delete(self, refs):
        self.sizes.append(len(refs))
        return super().delete(refs)


def _items(store, count):
    return [Item(store, f"acme/video/{number}", "object", "v") for number in range(count)]


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (1, [1]),
        (100, [100]),
        (101, [100, 1]),
        (2_000, [250] * 8),
        (10_000, [500] * 20),
        (10_001, [500] * 20 + [1]),
    ],
)
def test_versions_go_by_five_hundred_and_in_eight_requests_before_that(count, sizes):
    store = Counted(MemoryStore("one", versioned=True))
    fates = deleting.delete(_items("one", count), {"one": store}, lambda: ())
    assert len(fates) == count
    assert sorted(store.sizes, reverse=True) == sizes


def test_eight_deletions_of_each_of_two_stores_are_in_flight_at_a_time():
    barrier = threading.Barrier(2 * deleting.IN_FLIGHT)
    stores = {}
    for name in ("one", "two"):
        stores[name] = FaultyStore(MemoryStore(name, versioned=True))
        stores[name].on("delete", Before(lambda: barrier.wait(TOGETHER)))
    items = [item for name in stores for item in _items(name, deleting.IN_FLIGHT * deleting.FEW)]
    assert len(deleting.delete(items, stores, lambda: ())) == len(items)


def test_a_store_is_looked_at_from_all_sides_at_a_time():
    barrier = threading.Barrier(2)

    class Slow(FaultyStore):
        def list(self, prefix, **options):
            barrier.wait(TOGETHER)
            return super().list(prefix, **options)

        @property
        def versions(self):
            return self

        def list_versions(self, prefix):
            barrier.wait(TOGETHER)
            return self.inner.versions.list_versions(prefix)

    store = Slow(MemoryStore("one", versioned=True))
    put(store, "acme/video/a")
    found = inventory.take(Subject.parse("acme/"), {"one": store})
    assert [(item.name, bool(item.version)) for item in found.items] == [("acme/video/a", True)]


def test_an_object_that_comes_while_both_listings_are_read_is_told_by_its_version():
    store = MemoryStore("one", versioned=True)

    class Late(FaultyStore):
        looks = 0

        def list(self, prefix, **options):
            while not self.looks:  # the versions are read first
                pass
            put(store, "acme/video/late")
            return super().list(prefix, **options)

        @property
        def versions(self):
            return self

        def list_versions(self, prefix):
            found = list(store.versions.list_versions(prefix))
            self.looks += 1
            return iter(found)

    late = Late(store)
    found = inventory.take(Subject.parse("acme/"), {"one": late})
    assert late.looks == 2
    (item,) = found.items
    assert item.version
    assert not item.mark
    store.delete([Ref(item.name, item.version)])
    assert not list(store.versions.list_versions(""))

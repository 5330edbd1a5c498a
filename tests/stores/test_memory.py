"""The memory store keeps the protocol, with and without versions."""

from __future__ import annotations

import pytest

from multistore.errors import PreconditionFailedError
from multistore.stores.base import Body
from multistore.stores.memory import MemoryStore
from multistore.testing import StoreConformance
from multistore.values import PutMode, Span


class TestMemoryStore(StoreConformance):
    versioned = False

    @pytest.fixture
    def store(self):
        return MemoryStore(versioned=self.versioned)

    def raw_read(self, store, name):
        entries = store._entries.get(name.encode())
        return entries[-1].data if entries else None

    def raw_write(self, store, name, data):
        raw = name.encode()
        store._entries[raw] = [store._entry(name, data)]
        store._order = sorted(store._entries)


class TestVersionedMemoryStore(TestMemoryStore):
    versioned = True


def test_a_write_during_a_copy_onto_itself_is_not_lost():
    store = MemoryStore()
    old = store.put("a", Body([b"old"], 3), mode=PutMode.OVERWRITE)
    made = store._entry

    def entry(*arguments):
        store._entry = made
        store.put("a", Body([b"between"], 7), mode=PutMode.OVERWRITE)
        return made(*arguments)

    store._entry = entry
    with pytest.raises(PreconditionFailedError):
        store.copy("a", "a", head=b"new", if_match=old.etag, mode=PutMode.OVERWRITE)
    assert store.get("a", Span(0, 9)).data == b"between"


def test_its_repr_shows_no_content():
    store = MemoryStore("cache", versioned=True)
    store.put("a", Body([b"secret"], 6), mode=PutMode.OVERWRITE)
    assert repr(store) == "MemoryStore('cache', versioned=True)"

"""The memory store keeps the protocol, with and without versions."""

from __future__ import annotations

import pytest

from multistore.stores.memory import MemoryStore
from multistore.testing import StoreConformance


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

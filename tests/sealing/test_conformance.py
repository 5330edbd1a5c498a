"""The sealing layer is a store like any other: the whole suite runs on it."""

from __future__ import annotations

import pytest

from multistore.sealing.sealed import SealedStore
from multistore.stores.base import Body
from multistore.stores.memory import MemoryStore
from multistore.testing import StoreConformance
from multistore.values import PutMode
from tests.sealing.scopes import Scopes


class TestSealedOverMemory(StoreConformance):
    prefix = "acme/data/"
    sealed = True

    @pytest.fixture
    def store(self):
        store = SealedStore(MemoryStore(), Scopes())
        yield store
        store.close()

    def raw_read(self, store, name):
        entries = store.inner._entries.get(name.encode())
        return entries[-1].data if entries else None

    def raw_write(self, store, name, data):
        store.inner.put(name, Body([data], len(data)), mode=PutMode.OVERWRITE)


class TestSealedOverVersionedMemory(TestSealedOverMemory):
    @pytest.fixture
    def store(self):
        store = SealedStore(MemoryStore(versioned=True), Scopes())
        yield store
        store.close()

"""The sealing layer is a store like any other: the whole suite runs on it, over every store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from multistore.sealing.sealed import SealedStore
from multistore.stores.base import Body
from multistore.stores.memory import MemoryStore
from multistore.testing import StoreConformance
from multistore.values import PutMode
from tests.sealing.scopes import Scopes
from tests.stores import test_azure_conformance as azure
from tests.stores import test_local as local
from tests.stores import test_s3_conformance as s3

on_azurite = azure.on_azurite


class Sealed:
    """Mixed in before the suite of a store, whose own fixture is then ``bare``."""

    prefix = "acme/data/"
    sealed = True
    many = 150  # paging is the inner store's, and proven there

    @pytest.fixture
    def store(self, bare):
        layer = SealedStore(bare, Scopes())
        yield layer
        layer.close()

    def raw_read(self, store, name):
        return super().raw_read(getattr(store, "inner", store), name)

    def raw_write(self, store, name, data):
        super().raw_write(getattr(store, "inner", store), name, data)

    def raw_upload(self, store, name):
        super().raw_upload(getattr(store, "inner", store), name)


class OverMemory(StoreConformance):
    @pytest.fixture
    def store(self):
        return MemoryStore()

    def raw_read(self, store, name):
        entries = store._entries.get(name.encode())
        return entries[-1].data if entries else None

    def raw_write(self, store, name, data):
        store.put(name, Body([data], len(data)), mode=PutMode.OVERWRITE)


class OverVersionedMemory(OverMemory):
    @pytest.fixture
    def store(self):
        return MemoryStore(versioned=True)


class OverMemoryInSmallParts(OverMemory):
    """Parts smaller than a chunk, and not a whole number of anything."""

    @pytest.fixture
    def store(self):
        store = MemoryStore()
        store.limits = replace(store.limits, part_size=100_003, concurrency=2)
        return store


class TestSealedOverMemory(Sealed, OverMemory):
    bare = OverMemory.store
    many = 1_100


class TestSealedOverVersionedMemory(Sealed, OverVersionedMemory):
    bare = OverVersionedMemory.store


class TestSealedOverMemoryInSmallParts(Sealed, OverMemoryInSmallParts):
    bare = OverMemoryInSmallParts.store


class TestSealedOverLocal(Sealed, local.TestLocalStore):
    bare = local.TestLocalStore.store


@pytest.mark.s3
class TestSealedOverS3(Sealed, s3.TestS3Store):
    bare = s3.TestS3Store.store


@pytest.mark.s3
class TestSealedOverThePoorestS3(Sealed, s3.TestPoorestS3Store):
    """A service that can do next to nothing."""

    bare = s3.TestPoorestS3Store.store


@pytest.mark.azure
class TestSealedOverAzure(Sealed, azure.TestAzureStore):
    bare = azure.TestAzureStore.store

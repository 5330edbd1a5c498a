"""zarr's own suite for stores, over zarr's store for filesystems."""

from __future__ import annotations

import itertools

import pytest
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from zarr.core.buffer import cpu
from zarr.core.sync import sync
from zarr.storage import FsspecStore
from zarr.testing.store import StoreTests

_names = itertools.count()


# What differs from cloud to cloud is asked by fsspec's own suites and by those of the stores.
@pytest.mark.parametrize("each_fs", ["memory", "local"], indirect=True)
@pytest.mark.anyio
class TestZarr(StoreTests[FsspecStore, cpu.Buffer]):
    store_cls = FsspecStore
    buffer_cls = cpu.Buffer
    # Of stores that need no thread; zarr's store for filesystems is none, and would skip them.
    test_get_sync = test_get_sync_missing = test_set_sync = None
    test_delete_sync = test_delete_sync_missing = None

    @pytest.fixture
    def anyio_backend(self):
        return "asyncio"

    @pytest.fixture
    def store_kwargs(self, each_fs):
        return {
            "fs": AsyncFileSystemWrapper(each_fs, asynchronous=True),
            "path": f"acme/video/zarr-{next(_names)}",
        }

    # Not asynchronous as zarr's: half of the tests are not, either.
    @pytest.fixture
    def store(self, open_kwargs):
        return sync(self.store_cls.open(**open_kwargs))

    @pytest.fixture
    def store_not_open(self, store_kwargs):
        return self.store_cls(**store_kwargs)

    async def set(self, store, key, value):
        store.fs.sync_fs.vault.put(f"{store.path}/{key}", value.to_bytes())

    async def get(self, store, key):
        data = store.fs.sync_fs.vault.read(f"{store.path}/{key}")
        return self.buffer_cls.from_bytes(data)

    def test_store_repr(self, store):
        assert repr(store) == f"<FsspecStore(AsyncFileSystemWrapper, {store.path})>"

    def test_store_supports_writes(self, store):
        assert store.supports_writes

    def test_store_supports_listing(self, store):
        assert store.supports_listing

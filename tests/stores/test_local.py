"""The local store keeps the protocol, and what a directory asks beyond it."""

from __future__ import annotations

import pytest
from tests.stores import local_layout

from multistore.stores.local import LocalStore
from multistore.testing import StoreConformance


class TestLocalStore(StoreConformance):
    @pytest.fixture
    def store(self, tmp_path):
        return LocalStore("files", tmp_path / "store")

    def raw_read(self, store, name):
        return local_layout.read_body(store.bucket, name)

    def raw_write(self, store, name, data):
        local_layout.write_file(store.bucket, name, data)

    def raw_upload(self, store, name):
        local_layout.begin_upload(store.bucket, name)

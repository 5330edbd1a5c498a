"""The Azure store keeps the protocol on Azurite."""

from __future__ import annotations

import pytest
from azure.core.exceptions import ResourceNotFoundError
from tests.stores.azure_case import SMALL, on_azurite

from multistore.testing import StoreConformance

pytestmark = pytest.mark.azure
__all__ = ["on_azurite"]


class TestAzureStore(StoreConformance):
    # Fewer at a time than elsewhere: each is a request to one process of Node.
    writers = 16
    # What Azure itself would keep under another name; see azure._check_name.
    refused_names = frozenset({"back\\slash", "dot.", "..."})

    @pytest.fixture
    def store(self, on_azurite):
        return on_azurite(limits=SMALL)

    @pytest.fixture(autouse=True)
    def _raw(self, azurite_server, container):
        with azurite_server.client() as client:
            self.raw = client.get_container_client(container)
            yield

    def raw_read(self, store, name):
        try:
            return self.raw.download_blob(name).readall()
        except ResourceNotFoundError:
            return None

    def raw_write(self, store, name, data):
        self.raw.upload_blob(name, data, overwrite=True)

    def raw_upload(self, store, name):
        self.raw.get_blob_client(name).stage_block("A" * 24, b"begun")

    def no_upload_left(self, store):
        """A failed put leaves its blocks, which nobody can see, until a sweep drops them."""
        for upload in store.uploads.list_uploads(self.prefix):
            store.uploads.abort(upload)
        super().no_upload_left(store)

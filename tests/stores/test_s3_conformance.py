"""The S3 store keeps the protocol, on moto and in every dialect that moto can play."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from multistore.stores.s3.store import S3Store
from multistore.testing import StoreConformance
from multistore.testing.conformance.copying import Copying

pytestmark = pytest.mark.s3


class TestS3Store(StoreConformance):
    """A bucket without versions, every capability that moto has."""

    versioned = False
    changes = MappingProxyType({"versions": False})

    @pytest.fixture
    def server(self, moto_server):
        return moto_server

    @pytest.fixture
    def store(self, server, s3_credentials):
        store = S3Store(
            "tested",
            endpoint=server.endpoint(**self.changes),
            bucket=server.bucket(versioned=self.versioned),
            credentials=s3_credentials(server),
        )
        self.client = server.client()
        yield store
        store.close()

    def raw_read(self, store, name):
        name = store._bucket.names.spelt(name)
        try:
            return self.client.get_object(Bucket=store.bucket, Key=name)["Body"].read()
        except self.client.exceptions.NoSuchKey:
            return None

    def raw_write(self, store, name, data):
        name = store._bucket.names.spelt(name)
        self.client.put_object(Bucket=store.bucket, Key=name, Body=data)

    def raw_upload(self, store, name):
        name = store._bucket.names.spelt(name)
        self.client.create_multipart_upload(Bucket=store.bucket, Key=name)


class TestVersionedS3Store(TestS3Store):
    """A bucket with versions."""

    versioned = True
    changes = MappingProxyType({})


class TestPoorestS3Store(TestS3Store):
    """A service with ASCII names, no conditions, no copy, no bulk delete, no suffix ranges."""

    changes = MappingProxyType(
        {
            "ascii_names": True,
            "bulk_delete": False,
            "concurrency": 2,
            "conditional_create": False,
            "conditional_update": False,
            "server_copy": False,
            "suffix_range": False,
            "unequal_parts": False,
            "versions": False,
        }
    )
    # A byte of a Japanese name takes three.
    name_bytes = 1024 // 3


class TestS3StoreWithEqualParts(Copying):
    """A service that copies, but wants all parts of an upload equal."""

    versioned = False
    changes = MappingProxyType({"unequal_parts": False, "versions": False})
    server, store = TestS3Store.server, TestS3Store.store
    raw_read, raw_write = TestS3Store.raw_read, TestS3Store.raw_write

"""The S3 store keeps the protocol on a Ceph gateway: a real and strict S3 service."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from tests.stores.test_s3_conformance import TestS3Store as _S3Conformance

pytestmark = pytest.mark.ceph


class TestCephStore(_S3Conformance):
    """A bucket without versions."""

    @pytest.fixture
    def server(self, ceph_server):
        return ceph_server


class TestVersionedCephStore(TestCephStore):
    """A bucket with versions."""

    versioned = True
    changes = MappingProxyType({})

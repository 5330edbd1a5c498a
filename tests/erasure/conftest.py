"""An eraser on a ledger of its own, and stores of several kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from multistore.keys import keyring as keyrings
from multistore.stores.memory import MemoryStore
from tests.erasure.estate import Eraser

if TYPE_CHECKING:
    from multistore.stores.base import Store

TENANTS = ("acme", "acme2", "acm")


@pytest.fixture
def keyring(tmp_path):
    with keyrings.open("sqlite:///ledger.db", "local:keys/", base=tmp_path) as ring:
        for tenant in TENANTS:
            ring.ledger.tenants.add(tenant)
        yield ring


@pytest.fixture
def eraser(keyring, tmp_path):
    return Eraser(keyring, tmp_path)


@pytest.fixture
def memory():
    return MemoryStore("memory", versioned=True)


@dataclass
class S3Place:
    """A store on an S3 service, and a client past it."""

    store: Store
    client: Any
    bucket: str


def s3_place(server, request, *, versioned=True, **bucket):
    from multistore.stores.s3.store import S3Store

    name = server.bucket(versioned=versioned, **bucket)
    credentials = request.getfixturevalue("s3_credentials")(server)
    store = S3Store("main", endpoint=server.endpoint(), bucket=name, credentials=credentials)
    request.addfinalizer(store.close)
    return S3Place(store, server.client(), name)


@pytest.fixture
def moto(request):
    return s3_place(request.getfixturevalue("moto_server"), request)


@pytest.fixture
def ceph(request):
    return s3_place(request.getfixturevalue("ceph_server"), request)

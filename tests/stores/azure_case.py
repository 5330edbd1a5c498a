"""What the tests of the Azure store share: stores on Azurite, and on servers of their own."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

import pytest

from multistore.stores.azure.store import AzureStore
from multistore.stores.base import MEBIBYTE, Limits
from multistore.stores.endpoint import Endpoint, Profile

KEY = base64.b64encode(b"no account's real key, 32 bytes.").decode()
SMALL = Limits(part_size=MEBIBYTE, parts=50_000, concurrency=4, name_bytes=1016)


def endpoint_at(url, *, versions=False, proxy=None, hosts=None):
    return Endpoint(
        provider="azure",
        url=url,
        region=None,
        hosts=frozenset(hosts or {urlsplit(url).netloc}),
        profile=Profile(versions=versions, object_lock=versions),
        proxy=proxy,
    )


def store_at(
    url, container="box", *, versions=False, limits=SMALL, credentials="env:TOKYO", **more
):
    return AzureStore(
        "blobs",
        endpoint=endpoint_at(url, versions=versions, **more),
        account="tokyo",
        container=container,
        credentials=credentials,
        limits=limits,
    )


@pytest.fixture
def on_azurite(azurite_server, container, monkeypatch):
    """Make stores of one new container; all are closed afterwards."""
    monkeypatch.setenv("TOKYO_ACCOUNT_KEY", azurite_server.keys["tokyo"])
    made = []

    def make(**options):
        made.append(store_at(azurite_server.account_url(), container, **options))
        return made[-1]

    yield make
    for store in made:
        store.close()

"""A run whose erasure meets an odd answer of the service has failed, and the next one goes on."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from multistore.sealing.sealed import SealedStore
from multistore.stores.s3.store import S3Store
from tests.erasure.estate import everything
from tests.lifecycle.test_run import END
from tests.servers.fault_proxy import Answer

pytestmark = pytest.mark.s3

ODD = {
    "?versions": Answer(200, b"<html/>"),
    "?uploads": Answer(200, b""),
    "list-type=2": Answer(
        200, b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"
    ),
}


@pytest.fixture
def reached(house, moto_server, fault_proxy, s3_credentials):
    """Give the house with its videos on moto behind a proxy; that proxy; and the store."""
    where = urlsplit(moto_server.url)
    proxy = fault_proxy(where.hostname, where.port)
    endpoint = replace(
        moto_server.endpoint(), url=proxy.url, hosts=frozenset({urlsplit(proxy.url).netloc})
    )
    store = S3Store(
        "main",
        endpoint=endpoint,
        bucket=moto_server.bucket(versioned=True),
        credentials=s3_credentials(moto_server),
    )
    house.stores["main"].close()
    house.stores["main"] = SealedStore(store, house.keyring)
    for body in (b"1", b"2"):
        house.put("acme/video/lesson.mp4", body)
    yield house, proxy, store
    store.close()


def test_a_run_that_could_not_see_everything_has_failed(reached):
    house, proxy, store = reached
    house.tenants.end_contract("acme", END, by="sato")
    house.clock.on("2025-06-01")
    house.run()
    house.roll()
    for day in ("2025-07-23", "2025-07-30"):
        house.clock.on(day)
        assert not house.run().failed
    for query, answer in ODD.items():
        house.clock.forward(days=1)  # one fresh look on each day
        proxy.on("GET", answer, containing=query, times=None)
        report = house.run()
        assert report.failed, query
        (erase,) = (one for one in report.actions if one.step == "erase" and one.result == "failed")
        assert "UnreadableAnswer" in erase.detail
        assert house.states()["acme"] != "erased"
        proxy._orders.clear()
    house.clock.forward(days=1)
    assert not house.run().failed
    assert house.states()["acme"] == "erased"
    assert everything(store) == []

"""A connection to Azure that is lost at each request of an erasure, one after the other."""

from __future__ import annotations

import pytest

from multistore.erasure.fate import Fate
from multistore.stores.azure import client as azure_client
from tests.erasure.estate import everything, put
from tests.servers.fault_proxy import CutAnswer, ResetAnswer
from tests.stores.azure_case import on_azurite, store_at

__all__ = ["on_azurite"]
NAMES = ("acme/video/x/0", "acme/video/x/1")


@pytest.fixture
def proxied(azurite_server, container, fault_proxy, monkeypatch):
    """A store that reaches the container through a proxy, and tries nothing twice by itself."""
    monkeypatch.setattr(azure_client, "RETRIES", 0)
    host, port = azurite_server.host.split(":")
    proxy = fault_proxy(host, int(port))
    store = store_at(f"{proxy.url}/tokyo", container, versions=True)
    yield store, proxy
    store.close()


@pytest.mark.azure
def test_never_complete_over_something_left(eraser, on_azurite, proxied):
    plain, (store, proxy) = on_azurite(versions=True), proxied
    put(plain, "acme/video/xx")
    complete = set()
    for number in range(1, 20):
        for name in NAMES:
            put(plain, name)
        spoil = ResetAnswer(after=0) if number % 2 else CutAnswer(after=10)
        last = len(proxy.requests) + number
        proxy._due = lambda _, n=last, s=spoil: s if len(proxy.requests) == n else None
        erasure = eraser("acme/video/x/", {"main": store})
        left = [one for one in everything(plain) if one[1] in NAMES]
        assert not (erasure.certificate.complete and left), number
        if all(fate.fate is Fate.ERASED for fate in erasure.report.fates):
            assert not left, number
        complete.add(erasure.certificate.complete)
        if len(proxy.requests) < last:  # every request of an erasure was lost once
            break
        assert eraser("acme/video/x/", {"main": store}).certificate.complete
    assert 6 <= number < 19
    assert False in complete  # a listing that was lost is never called empty
    assert "acme/video/xx" in {one[1] for one in everything(plain)}

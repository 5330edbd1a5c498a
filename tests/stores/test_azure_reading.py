"""Reads of Azurite through a proxy that spoils them: the very bytes asked for, or an error."""

from __future__ import annotations

import pytest
from tests.servers.fault_proxy import Answer, CutAnswer, LieAboutLength, ResetAnswer
from tests.stores.azure_case import SMALL, on_azurite, store_at

from multistore.errors import (
    PreconditionFailedError,
    TruncatedError,
    UnavailableError,
    UnsupportedError,
)
from multistore.stores import transfer
from multistore.stores.azure import client as azure_client
from multistore.stores.base import Body
from multistore.testing.conformance.harness import noise
from multistore.values import Last, PutMode, Span

pytestmark = pytest.mark.azure
__all__ = ["on_azurite"]

DATA = noise(300_000)
BUSY = Answer(503, b"<Error><Code>ServerBusy</Code><Message>Later.</Message></Error>")


@pytest.fixture
def proxied(on_azurite, azurite_server, container, fault_proxy, monkeypatch):
    """Give a store with one object, and the proxy that stands before it."""
    monkeypatch.setattr(azure_client, "RETRIES", 2)
    host, port = azurite_server.host.split(":")
    proxy = fault_proxy(host, int(port))
    store = store_at(f"{proxy.url}/tokyo", container, limits=SMALL)
    patience = transfer.Deadlines(connect=2, read=2, request=10, retrying=2)
    monkeypatch.setattr(store._data, "_deadlines", patience)
    store.put("a", Body([DATA], len(DATA)), mode=PutMode.OVERWRITE)
    yield store, proxy
    store.close()


@pytest.mark.parametrize("fault", [BUSY, CutAnswer(1000), ResetAnswer(1000), CutAnswer(0)])
@pytest.mark.parametrize("span", [Span(0, 300_000), Span(7, 299_999), Last(100_000)], ids=str)
def test_an_answer_that_breaks_off_is_taken_up_where_it_broke(proxied, fault, span):
    store, proxy = proxied
    proxy.on("GET", fault)
    start, stop = span.resolve(len(DATA))
    assert bytes(store.get("a", span).data) == DATA[start:stop]
    asked = [r for r in proxy.requests if r.method == "GET"]
    assert len(asked) == 2
    if fault == CutAnswer(1000):
        assert asked[1].headers["range"] == f"bytes={start + 1000}-{stop - 1}"


@pytest.mark.parametrize("fault", [CutAnswer(1000), ResetAnswer(10), LieAboutLength(+10)])
def test_an_answer_that_never_comes_whole_is_an_error(proxied, fault):
    store, proxy = proxied
    proxy.on("GET", fault, times=None)
    with pytest.raises((UnavailableError, TruncatedError, UnsupportedError)) as caught:
        store.get("a", Span(0, 300_000))
    assert caught.value.key == "a"


def test_fewer_bytes_than_the_object_has_are_an_error(proxied):
    store, proxy = proxied
    proxy.on("GET", LieAboutLength(-10), times=None)
    with pytest.raises(TruncatedError):
        store.get("a", Span(0, 300_000))


def test_an_object_that_is_replaced_in_the_middle_of_an_answer_is_not_mixed(proxied):
    """The second half would be another object's: obstore compares the etags."""
    store, proxy = proxied
    proxy.on("GET", CutAnswer(1000))
    asking, replaced = proxy._ask, []

    def replacing(request):
        reply = asking(request)
        if request.method == "GET" and not replaced:
            replaced.append(True)
            store.put("a", Body([noise(300_000, seed=9)], 300_000), mode=PutMode.OVERWRITE)
        return reply

    proxy._ask = replacing
    with pytest.raises((UnavailableError, PreconditionFailedError)) as caught:
        store.get("a", Span(0, 300_000))
    assert caught.value.hint == "Try again."


@pytest.mark.parametrize("call", [lambda s: list(s.list("")), lambda s: s.placement.placement()])
def test_the_other_client_repeats_what_broke(proxied, call):
    store, proxy = proxied
    before = len(proxy.requests)
    proxy.on("GET", BUSY)
    assert call(store)
    assert len(proxy.requests) == before + 2

"""A vault on a directory, and the count of what its store is asked for."""

from __future__ import annotations

import os

import pytest

from tests.vault import estate


@pytest.fixture(scope="module")
def estate_here(tmp_path_factory):
    return estate.local(tmp_path_factory.mktemp("estate"), None)


@pytest.fixture(scope="module")
def opened(estate_here):
    with pytest.MonkeyPatch.context() as patched, estate_here.open() as vault:
        # What lasts through a power cut is asked of the store itself; here it is only waiting.
        patched.setattr(os, "fsync", lambda _: None)
        yield vault


@pytest.fixture
def vault(opened):
    """Give one vault to a module's tests, empty to each."""
    yield opened
    opened.delete_many([entry.address for entry in opened.list("acme/video/")])


class Traffic(list):
    """The length of every read that reached the store."""

    @property
    def bytes(self):
        return sum(self)


@pytest.fixture
def traffic(vault, monkeypatch):
    """Count what is asked of the store itself, below the sealing."""
    seen = Traffic()
    store = vault._routing.named("main").store.inner
    get = store.get

    def counted(*args, **options):
        fetched = get(*args, **options)
        seen.append(len(fetched.data))
        return fetched

    monkeypatch.setattr(store, "get", counted)
    return seen

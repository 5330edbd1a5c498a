"""Keyrings on real ledgers and real key services; a key service that counts its calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

import pytest

from multistore.keys import keyring as opening
from multistore.keys.keyring import Keyring
from multistore.keys.kms.local import LocalKms
from multistore.ledger.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Counting:
    """A key service of the real kind, and how often each of its verbs was called."""

    inner: Any
    calls: dict[str, int] = field(default_factory=dict)
    lock: Any = field(default_factory=Lock)

    def __getattr__(self, name):
        value = getattr(self.inner, name)
        if not callable(value):
            return value

        def counted(*arguments, **named):
            with self.lock:
                self.calls[name] = self.calls.get(name, 0) + 1
            return value(*arguments, **named)

        return counted


@dataclass
class Place:
    """A ledger's address and a key directory, to be opened as often as a test likes."""

    ledger_url: str
    base: Path

    @property
    def keys_url(self) -> str:
        return "local:keys/"

    def open(self, **options) -> Keyring:
        return opening.open(self.ledger_url, self.keys_url, base=self.base, **options)

    def counted(self, **options) -> tuple[Keyring, Counting]:
        """A keyring whose calls of the key service are counted."""
        kms = Counting(LocalKms(self.base / "keys", url=self.keys_url))
        return Keyring(open_ledger(self.ledger_url, base=self.base), kms, **options), kms


@pytest.fixture
def sqlite_place(tmp_path) -> Place:
    return Place("sqlite:///ledger.db", tmp_path)


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def place(request, tmp_path) -> Place:
    """The same on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return Place("sqlite:///ledger.db", tmp_path)
    return Place(request.getfixturevalue("postgres_url"), tmp_path)


@pytest.fixture
def keyring(place) -> Iterator[Keyring]:
    """A keyring with the tenants acme and bolt, and nothing sealed yet."""
    with place.open() as ring:
        ring.ledger.tenants.add("acme")
        ring.ledger.tenants.add("bolt")
        yield ring

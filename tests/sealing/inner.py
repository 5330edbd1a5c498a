"""Inner stores for the tests: one that writes down what it is asked, and may lie in answering."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, replace

from multistore.sealing.sealed import SealedStore
from multistore.stores.base import Body
from multistore.stores.memory import MemoryStore
from multistore.values import PutMode
from tests.sealing.scopes import Scopes

NAME = "acme/data/film.mp4"
C = 2**17


@dataclass(frozen=True)
class Get:
    name: str
    span: object
    if_match: str | None
    version: str | None


class Inner(MemoryStore):
    """Keeps every get in ``gets``; ``lie(number, fetched)`` may change an answer.

    ``before(number)`` runs before the answer is made: overwrite the object there, or block.
    """

    def __init__(self, *, part_size=None, concurrency=4, versioned=False):
        super().__init__("inner", versioned=versioned)
        self.limits = replace(
            self.limits, concurrency=concurrency, part_size=part_size or self.limits.part_size
        )
        self.gets = []
        self.lie = lambda number, fetched: fetched
        self.before = lambda number: None
        self._counting = threading.Lock()

    def get(self, name, span, *, if_match=None, version=None):
        with self._counting:
            number = len(self.gets)
            self.gets.append(Get(name, span, if_match, version))
        self.before(number)
        return self.lie(number, super().get(name, span, if_match=if_match, version=version))


def sealed(data=None, *, known=True, name=NAME, **options):
    """A sealed store over an Inner, with one object where data is given; its gets are forgotten."""
    store = SealedStore(Inner(**options), Scopes())
    if data is not None:
        put(store, data, known=known, name=name)
    return store


def put(store, data, *, known=True, name=NAME, mode=PutMode.OVERWRITE, **described):
    return store.put(name, Body([data], len(data) if known else None), mode=mode, **described)


def pattern(size, seed=0):
    """Bytes without a pattern, so that every offset is told from its neighbours."""
    return random.Random(seed).randbytes(size)


def raw(store, name=NAME):
    return bytearray(store.inner._entries[name.encode()][-1].data)


def tamper(store, data, name=NAME):
    """Put other bytes at rest in the place of an object, with its metadata."""
    metadata = store.inner.head(name).metadata
    body = Body([bytes(data)], len(data))
    store.inner.put(name, body, mode=PutMode.OVERWRITE, metadata=metadata)

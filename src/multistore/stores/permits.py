"""A cap on the requests in flight, over all threads of one store.

Some providers count them: Sakura's object storage documents 100 at a time, over all clients.
"""

from __future__ import annotations

from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    _Tokens = SimpleQueue[None]


REQUESTS = 64
"""Requests of one store in flight at most, where its provider allows as many. *Measured* with 16
threads before a gateway that takes 40 ms for a request: a cap of 8 halves what they get done."""


class Permits:
    """So many requests at a time, and no more.

    A single request ends by itself. An upload out of a stream ends only when its source does,
    and the source may be a read from the very same store: so uploads together never take the
    last permit, and a read always comes through in the end. Hence two permits at least. And
    since each part of theirs is held in memory, together they have no more than ``parts``.

    A permit is a token in a queue. *Measured*: to take one and to give it back costs 0.2
    microseconds, a sixth of what a condition variable costs.
    """

    def __init__(self, requests: int, parts: int) -> None:
        requests = max(2, requests)
        self._free = _tokens(requests)
        self._free_for_streams = _tokens(min(requests - 1, parts))
        self._request = _Permit(self._free)

    def requests(self) -> _Permit:
        """Hold one request back until it may leave."""
        return self._request

    @contextmanager
    def stream(self, up_to: int) -> Generator[int]:
        """Wait until an upload may begin; give how many of its parts may be on their way at once.

        It takes what is free at that moment, never waiting for more than the first: so two of
        them cannot wait for each other.
        """
        taken = 0
        self._free_for_streams.get()
        try:
            self._free.get()
            taken = 1
            while taken < up_to and _took(self._free_for_streams):
                if not _took(self._free):
                    self._free_for_streams.put(None)
                    break
                taken += 1
            yield taken
        finally:
            for _ in range(taken):
                self._free.put(None)
            for _ in range(max(1, taken)):
                self._free_for_streams.put(None)


class _Permit:
    """One request's permit, the same for all of them: it remembers nothing."""

    __slots__ = ("_free",)

    def __init__(self, free: _Tokens) -> None:
        self._free = free

    def __enter__(self) -> None:
        """Wait, and take one."""
        self._free.get()

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self._free.put(None)


def _tokens(count: int) -> _Tokens:
    tokens: _Tokens = SimpleQueue()
    for _ in range(count):
        tokens.put(None)
    return tokens


def _took(tokens: _Tokens) -> bool:
    try:
        tokens.get_nowait()
    except Empty:
        return False
    return True

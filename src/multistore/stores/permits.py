"""A cap on the requests in flight, over all threads of one store.

Some providers count them: Sakura's object storage documents 100 at a time.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


class Permits:
    """So many requests at a time, and no more.

    A single request ends by itself. An upload out of a stream ends only when its source does,
    and the source may be a read from the very same store: so uploads together never take the
    last permit, and a read always comes through in the end. Hence two permits at least.
    """

    def __init__(self, permits: int) -> None:
        self._free = max(2, permits)
        self._free_for_streams = self._free - 1
        lock = threading.Lock()
        self._for_requests = threading.Condition(lock)
        self._for_streams = threading.Condition(lock)

    def requests(self) -> _Permit:
        """Hold one request back until it may leave."""
        return _Permit(self)

    def take(self) -> None:
        """Wait for a permit for one request, and take it."""
        with self._for_requests:
            while self._free == 0:
                _wait(self._for_requests)
            self._free -= 1

    @contextmanager
    def stream(self, up_to: int) -> Generator[int]:
        """Wait until an upload may begin; give how many of its parts may be on their way at once.

        It takes what is free at that moment, never waiting for more while it already holds some:
        so two of them cannot wait for each other.
        """
        with self._for_streams:
            while self._free_for_streams == 0 or self._free == 0:
                _wait(self._for_streams)
            taken = min(up_to, self._free_for_streams, self._free)
            self._free -= taken
            self._free_for_streams -= taken
        try:
            yield taken
        finally:
            self.give_back(taken, of_streams=taken)

    def give_back(self, count: int = 1, *, of_streams: int = 0) -> None:
        """Give permits back, and wake as many as they are for: to wake all costs each a turn."""
        with self._for_requests:
            self._free += count
            self._free_for_streams += of_streams
            self._for_requests.notify(count)
            if self._free_for_streams:
                self._for_streams.notify_all()


def _wait(condition: threading.Condition) -> None:
    try:
        condition.wait()
    except BaseException:  # Ctrl-C: what woke this one as well must not be lost
        condition.notify()
        raise


class _Permit:
    """One request's permit; a class, because a generator would cost four times as much."""

    __slots__ = ("_permits",)

    def __init__(self, permits: Permits) -> None:
        self._permits = permits

    def __enter__(self) -> None:
        """Wait."""
        self._permits.take()

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self._permits.give_back()

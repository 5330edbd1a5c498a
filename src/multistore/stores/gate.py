"""A cap on the requests in flight, over all threads of one store.

Some providers count them: Sakura's object storage documents 100 at a time.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


class Gate:
    """So many requests at a time, and no more.

    A single request ends by itself. An upload out of a stream ends only when its source does,
    and the source may be a read from the very same store: so uploads together never take the
    last permit, and a read always comes through in the end. Hence two permits at least.
    """

    def __init__(self, permits: int) -> None:
        self._free = max(2, permits)
        self._free_for_streams = self._free - 1
        self._changed = threading.Condition()

    @contextmanager
    def requests(self) -> Generator[None]:
        """Hold one request back until it may leave."""
        with self._changed:
            while self._free == 0:
                self._changed.wait()
            self._free -= 1
        try:
            yield
        finally:
            self._give_back(1)

    @contextmanager
    def stream(self, up_to: int) -> Generator[int]:
        """Wait until an upload may begin; give how many of its parts may be on their way at once.

        It takes what is free at that moment, never waiting for more while it already holds some:
        so two of them cannot wait for each other.
        """
        with self._changed:
            while self._free_for_streams == 0 or self._free == 0:
                self._changed.wait()
            taken = min(up_to, self._free_for_streams, self._free)
            self._free -= taken
            self._free_for_streams -= taken
        try:
            yield taken
        finally:
            self._give_back(taken, of_streams=taken)

    def _give_back(self, count: int, *, of_streams: int = 0) -> None:
        with self._changed:
            self._free += count
            self._free_for_streams += of_streams
            self._changed.notify_all()

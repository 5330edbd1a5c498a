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
    """So many requests at a time, and no more."""

    def __init__(self, permits: int) -> None:
        self._free = permits
        self._changed = threading.Condition()

    @contextmanager
    def requests(self, up_to: int = 1) -> Generator[int]:
        """Wait until a request may leave; give how many may leave together, at least one.

        A transfer of many parts takes what is free at that moment, never waiting for more while
        it already holds some: so two of them cannot wait for each other.
        """
        with self._changed:
            while self._free == 0:
                self._changed.wait()
            taken = min(up_to, self._free)
            self._free -= taken
        try:
            yield taken
        finally:
            with self._changed:
                self._free += taken
                self._changed.notify_all()

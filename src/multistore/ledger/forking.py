"""A fork waits until no thread is inside SQLite.

SQLite has locks of its own, one for the whole process. A fork that comes while another thread
holds one leaves it locked for ever in the child, whose first use of SQLite then hangs
(*measured*: after 141 forks beside four busy threads).
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import Condition, local
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

WAIT_SECONDS = 30
"""How long a fork waits at most; then it goes ahead, as it would without the gate."""


class _Here(local):
    depth = 0


class ForkGate:
    """Counts the threads inside, and holds a fork back until they are out."""

    def __init__(self) -> None:
        self._here = _Here()
        self._changed = Condition()
        self._inside = 0
        self._forking = False

    @contextmanager
    def inside(self) -> Generator[None, None, None]:
        """Be inside; a thread that comes while another one forks waits for that to be over."""
        with self._changed:
            if not self._here.depth:
                self._changed.wait_for(lambda: not self._forking, WAIT_SECONDS)
            self._enter(1)
        try:
            yield
        finally:
            with self._changed:
                self._enter(-1)

    def before(self) -> None:
        """Hold the fork back until every other thread is out."""
        with self._changed:
            self._forking = True
            self._changed.wait_for(lambda: self._inside == self._here.depth, WAIT_SECONDS)

    def in_parent(self) -> None:
        """Let the other threads in again."""
        with self._changed:
            self._forking = False
            self._changed.notify_all()

    def in_child(self) -> None:
        """Begin anew: the other threads are not here, and their lock may be held for ever."""
        self._changed = Condition()
        self._inside = self._here.depth
        self._forking = False

    def _enter(self, step: int) -> None:
        self._here.depth += step
        self._inside += step
        self._changed.notify_all()


gate = ForkGate()
os.register_at_fork(
    before=gate.before, after_in_parent=gate.in_parent, after_in_child=gate.in_child
)

"""One value per process: clients, connections, pools and locks do not survive a fork."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_generation = 0
"""How many forks lie between this process and the one that imported this module. *Measured*: to
ask the system for its number instead costs half a microsecond, five times for a small object."""


def _forked() -> None:
    global _generation  # noqa: PLW0603 - of this process, as its threads are
    _generation += 1


os.register_at_fork(after_in_child=_forked)


class PerProcess(Generic[T]):
    """A value that every process makes for itself, at its first use there. Thread-safe.

    After a fork the child never touches what it inherited: a lock may be held by a thread that
    does not exist there, and a connection is the parent's.

    Args:
        make: makes the value; of threads that race for the first, one calls it.
        abandon: receives what a child inherited, once, before the child makes its own. It must
            not close anything that the parent still uses. Without it the value is let go.
    """

    def __init__(self, make: Callable[[], T], abandon: Callable[[T], object] | None = None) -> None:
        self._make = make
        self._abandon = abandon
        # By generation: a lock that another thread held at the fork stays locked in the child.
        self._locks: dict[int, threading.Lock] = {}
        self._held: tuple[int, T] | None = None

    def get(self) -> T:
        """Return this process's value, made on the first call."""
        held = self._held
        if held is not None and held[0] == _generation:
            return held[1]
        with self._locks.setdefault(_generation, threading.Lock()):
            held = self._held
            if held is None or held[0] != _generation:
                if held is not None and self._abandon is not None:
                    self._abandon(held[1])
                held = self._held = (_generation, self._make())
            return held[1]

    def take(self) -> T | None:
        """Remove and return this process's value, or None where it has made none."""
        held = self._held
        if held is None or held[0] != _generation:
            return None
        self._held = None
        return held[1]

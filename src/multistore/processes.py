"""One value per process: clients, connections, pools and locks do not survive a fork."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


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
        # By process: a lock that another thread held at the fork stays locked in the child.
        self._locks: dict[int, threading.Lock] = {}
        self._held: tuple[int, T] | None = None

    def get(self) -> T:
        """Return this process's value, made on the first call."""
        held, pid = self._held, os.getpid()
        if held is not None and held[0] == pid:
            return held[1]
        with self._locks.setdefault(pid, threading.Lock()):
            held = self._held
            if held is None or held[0] != pid:
                if held is not None and self._abandon is not None:
                    self._abandon(held[1])
                held = self._held = (pid, self._make())
            return held[1]

    def take(self) -> T | None:
        """Remove and return this process's value, or None where it has made none."""
        held = self._held
        if held is None or held[0] != os.getpid():
            return None
        self._held = None
        return held[1]

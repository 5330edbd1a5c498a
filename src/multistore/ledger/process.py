"""One value per process: what a fork must not share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class PerProcess(Generic[T]):
    """A value that every process makes for itself, at its first use there.

    After a fork the child never touches what it inherited: a lock may be held by a thread that
    does not exist there, and a connection is the parent's. ``abandon`` receives the inherited
    value once; it must not close anything the parent still uses.
    """

    def __init__(self, make: Callable[[], T], abandon: Callable[[T], object]) -> None:
        self._make = make
        self._abandon = abandon
        self._values: dict[int, T] = {}

    def get(self) -> T:
        """Return this process's value. Threads that race for the first get the same one."""
        pid = os.getpid()
        value = self._values.get(pid)
        if value is None:
            for other in [other for other in self._values if other != pid]:
                if (inherited := self._values.pop(other, None)) is not None:
                    self._abandon(inherited)
            value = self._values.setdefault(pid, self._make())
        return value

    def take(self) -> T | None:
        """Remove and return this process's value, or None where it has made none."""
        return self._values.pop(os.getpid(), None)

"""What belongs to one process: clients, pools and locks do not survive a fork.

*Measured with obstore 0.12*: in a child whose parent has moved bytes with it, every call of
obstore hangs for ever, with the old store or with a new one. Its runtime's threads exist only in
the parent. So the process that first moves bytes is remembered, and a child of it is refused at
once; a process that moves its first bytes after the fork works. boto3's and azure-core's
clients do work in a child once they are made anew, which ``PerProcess`` does.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from multistore.errors import ForkedProcessError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_first_mover: int | None = None


def claim_data_plane() -> None:
    """Remember this process as the one that moves bytes. Cost: one comparison of a number.

    Raises:
        ForkedProcessError: an ancestor moved bytes before it forked this process off.
    """
    global _first_mover  # noqa: PLW0603 - the runtime that a fork breaks is one per process, too
    pid = os.getpid()
    if _first_mover is None:
        _first_mover = pid
    elif _first_mover != pid:
        raise ForkedProcessError(
            f"process {pid} was forked from process {_first_mover}, which had already moved bytes",
            hint="Start workers with spawn or forkserver, or touch the vault first after the fork.",
        )


class PerProcess(Generic[T]):
    """One lazily made value per process; a child makes its own. Safe for several threads."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        # By process: a lock that another thread held at the fork stays locked in the child.
        self._locks: dict[int, threading.Lock] = {}
        self._held: tuple[int, T] | None = None

    def get(self) -> T:
        """Return this process's value, made on the first call."""
        held, pid = self._held, os.getpid()
        if held is not None and held[0] == pid:
            return held[1]
        with self._locks.setdefault(pid, threading.Lock()):
            if self._held is None or self._held[0] != pid:
                self._held = (pid, self._make())
            return self._held[1]

    def drop(self) -> T | None:
        """Forget the value; return it where it was made in this process."""
        held, self._held = self._held, None
        return held[1] if held is not None and held[0] == os.getpid() else None

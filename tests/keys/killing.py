"""Kill a process at each of its side effects, one after the other.

A side effect is a ledger transaction, a call of the key service, a flush, a link, a rename or an
unlinking. The work is done in a forked child that kills itself (SIGKILL: no handler, no cleanup)
just before or just after the n-th of them.
"""

from __future__ import annotations

import os
import pathlib
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from multistore.keys.kms.local import LocalKms
from multistore.ledger.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

EFFECTS = [
    (os, "fsync"),
    (os, "link"),
    (pathlib.Path, "rename"),
    (pathlib.Path, "replace"),
    (pathlib.Path, "unlink"),
    (LocalKms, "create"),
    (LocalKms, "wrap"),
    (LocalKms, "unwrap"),
    (LocalKms, "disable"),
    (LocalKms, "enable"),
    (LocalKms, "schedule_destruction"),
]


class Bomb:
    """Counts side effects, and goes off at the one that was asked for."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.count = 0

    def tick(self) -> None:
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.count += 1

    def arm(self) -> None:
        for owner, name in EFFECTS:
            setattr(owner, name, self.around(getattr(owner, name)))
        writing = Ledger.writing

        @contextmanager
        def watched(ledger):
            self.tick()
            with writing(ledger) as connection:
                yield connection
                self.tick()  # nothing of this transaction may be left
            self.tick()

        Ledger.writing = watched

    def around(self, effect):
        def watched(*arguments, **named):
            self.tick()
            result = effect(*arguments, **named)
            self.tick()
            return result

        return watched


def killed_at(at: int | None, work: Callable[[], None]) -> int | None:
    """Do the work in a child that is killed at a moment.

    Returns None where it was killed, else the number of moments that there were.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            bomb = Bomb(at)
            bomb.arm()
            work()
            os.write(writing, str(bomb.count).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            assert code in {0, -signal.SIGKILL}, f"the child failed with {code}"
            return int(said) if code == 0 else None
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("the child hung")

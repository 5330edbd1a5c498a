"""A bounded number of jobs in flight, in order, and a door that shuts behind the last one."""

from __future__ import annotations

import threading
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from multistore.sealing.workers import Workers

T = TypeVar("T")


def in_flight(workers: Workers, jobs: Iterable[Callable[[], T]], width: int) -> Iterator[T]:
    """Run jobs in threads and give their results in order, at most ``width`` at a time.

    A job is taken from the iterable when there is room for it, and a result that is ready is
    given before the next one is begun. One job alone runs in the calling thread. When the caller
    stops early, what has not begun is cancelled.
    """
    remaining = iter(jobs)
    first, second = next(remaining, None), next(remaining, None)
    if first is None or second is None:
        yield from (job() for job in (first,) if job is not None)
        return
    pending: deque[Future[T]] = deque()
    ahead = chain((first, second), remaining)
    del first, second  # a job may hold a large buffer
    try:
        for job in ahead:
            if pending and (len(pending) >= width or pending[0].done()):
                yield pending.popleft().result()
            pending.append(workers.submit(job))
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()


class Door:
    """Guards a destination that the caller gets back: a buffer, a file descriptor.

    Jobs that are still on the way when the caller leaves (an error, Ctrl-C) find it shut; the
    caller waits only for those that are inside, which are writing and not waiting for a server.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition(threading.Lock())
        self._inside = 0
        self._is_shut = False

    def passing(self) -> _Passage:
        """Enter; the value says whether the door was open."""
        return _Passage(self)

    def enter(self) -> bool:
        """Go in where the door is open."""
        with self._condition:
            self._inside += not self._is_shut
            return not self._is_shut

    def leave(self) -> None:
        """Come out again."""
        with self._condition:
            self._inside -= 1
            if self._is_shut:
                self._condition.notify_all()

    def shut(self) -> None:
        """Let nobody in any more, and wait for those who are inside."""
        with self._condition:
            self._is_shut = True
            while self._inside:
                self._condition.wait()


class _Passage:
    """One way in and out; a class, because a generator would cost four times as much."""

    __slots__ = ("_door", "_is_in")

    def __init__(self, door: Door) -> None:
        self._door = door
        self._is_in = False

    def __enter__(self) -> bool:
        """Go in, if the door is open."""
        self._is_in = self._door.enter()
        return self._is_in

    def __exit__(self, *_: object) -> None:
        """Come out, if it was."""
        if self._is_in:
            self._door.leave()

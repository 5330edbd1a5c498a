"""Threads for leaf work: fetching, sealing and opening pieces. None ever waits for another.

Not concurrent.futures' pool, for one reason: that one joins its threads at exit, so a transfer
that stalls would keep the process alive after Ctrl-C. These are daemons.
"""

from __future__ import annotations

import os
import queue
import resource
import threading
import weakref
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from multistore.stores.base import MEBIBYTE

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    _Task = tuple[Future[Any], Callable[[], Any]]
    _Tasks = queue.SimpleQueue[_Task | None]

T = TypeVar("T")

_ROOM = 384 * MEBIBYTE


class Workers:
    """At most ``width`` threads, started when work comes and none is idle.

    After a fork the child starts its own. Where no thread can be had (the interpreter is going
    down, a limit on threads or on the address space), the work is done in the calling thread:
    slower, never lost.
    Thread-safe without a lock of its own, so that a fork never inherits a held one.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._crews: dict[int, _Crew] = {}

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Have the work done; its result or its error is in the future."""
        future: Future[T] = Future()
        pid = os.getpid()
        crew = self._crews.get(pid)
        if crew is None:
            # setdefault is atomic: of two threads that come first, one crew stays.
            crew = self._crews.setdefault(pid, _Crew(self._width))
        if crew.ready():
            crew.tasks.put((future, work))
            if crew.dismissed:
                crew.drain()
        else:
            _do(future, work)
        return future

    def close(self) -> None:
        """Send the threads home once they are done. Work that comes later starts new ones."""
        crew = self._crews.pop(os.getpid(), None)
        if crew is not None:
            crew.dismiss()


class _Crew:
    """The threads of one process."""

    def __init__(self, width: int) -> None:
        self.tasks: _Tasks = queue.SimpleQueue()
        self.dismissed = False
        self._idle = threading.Semaphore(0)
        # Every thread not yet started is one permit; a list's pop is atomic.
        self._permits = [None] * width
        self._threads: list[threading.Thread] = []
        self._home = weakref.finalize(self, _send_home, self.tasks, self._threads)
        self._home.atexit = False

    def ready(self) -> bool:
        """Make sure that a thread will take the next task; False where none can."""
        if self._idle.acquire(blocking=False):
            return True
        if not _has_room():
            return bool(self._threads)
        try:
            self._permits.pop()
        except IndexError:
            return True
        thread = threading.Thread(
            target=_serve, args=(self.tasks, self._idle), name="multistore", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:
            self._permits.append(None)
            return any(thread.is_alive() for thread in self._threads)
        self._threads.append(thread)
        return True

    def dismiss(self) -> None:
        """Send the threads home behind the work that is queued."""
        self.dismissed = True
        self._home()

    def drain(self) -> None:
        """Do here what was queued behind the dismissal, where no thread may come any more."""
        marks = 0
        while True:
            try:
                task = self.tasks.get_nowait()
            except queue.Empty:
                break
            if task is None:
                marks += 1
            else:
                _do(*task)
        for _ in range(marks):
            self.tasks.put(None)


def _has_room() -> bool:
    """Whether the process may have one more thread, where its address space is limited.

    *Measured*: glibc reserves 72 MiB for each thread, a heap of 64 and a stack of 8, of which it
    uses next to nothing; under ``ulimit -v`` the buffers would then find no room, and native code
    that finds none ends the process.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return True
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    except OSError:
        return True
    return limit - pages * resource.getpagesize() > _ROOM


def _serve(tasks: _Tasks, idle: threading.Semaphore) -> None:
    while (task := tasks.get()) is not None:
        _do(*task)
        del task  # or its buffers would live as long as the next wait
        idle.release()


def _send_home(tasks: _Tasks, threads: list[threading.Thread]) -> None:
    for _ in threads:
        tasks.put(None)


def _do(future: Future[T], work: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - it is raised again where the result is taken
        future.set_exception(error)
        # The error knows this frame: with these in it, buffers would stay until a collection.
        del future, work
    else:
        future.set_result(result)

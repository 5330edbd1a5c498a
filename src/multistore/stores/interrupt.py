"""Calls into native code that Ctrl-C can leave at once.

*Measured with obstore 0.12*: a call made on the main thread ignores Ctrl-C until the request ends
or times out, since Python runs signal handlers on the main thread only, between two of its own
instructions. So the main thread hands such a call to a helper thread and waits on a lock, which a
signal does interrupt. Other threads call directly: no signal ever reaches them. *Measured*: the
hand-over costs some tens of microseconds.

The helper threads are daemons: one that is still held by a silent peer does not hold up the exit
of the program, as the workers of concurrent.futures would.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from contextvars import copy_context
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Call(Generic[T]):
    """One call on a helper thread."""

    def __init__(self, work: Callable[[], T]) -> None:
        # In the caller's context: what the work tells of itself is told to the caller.
        context = copy_context()
        self._work: Callable[[], T] = lambda: context.run(work)
        self._done = threading.Lock()
        self._done.acquire()
        self._result: T
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do the work; the helper thread's side."""
        try:
            self._result = self._work()
        except BaseException as error:  # noqa: BLE001 - it is raised on the waiting thread
            self._error = error
        finally:
            del self._work
            self._done.release()

    def wait(self, timeout: float = -1) -> bool:
        """Wait for the end, interruptibly; say whether it came."""
        if not self._done.acquire(timeout=timeout):
            return False
        self._done.release()
        return True

    def result(self) -> T:
        """Wait for the end and give the result, or raise what the work raised."""
        self.wait()
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None
        return self._result


class _Helper:
    """A daemon thread that runs one call after another, and is lent out in between."""

    def __init__(self) -> None:
        self.calls: SimpleQueue[Call[object]] = SimpleQueue()
        threading.Thread(target=self._serve, name="multistore-transfer", daemon=True).start()

    def _serve(self) -> None:
        while True:
            call = self.calls.get()
            call.run()
            del call
            _idle.append(self)


_idle: deque[_Helper] = deque()
# A child has none of its parent's threads.
os.register_at_fork(after_in_child=_idle.clear)


def start(work: Callable[[], T]) -> Call[T]:
    """Run ``work`` on a helper thread.

    Where no thread can be had any more, at the end of the interpreter, it runs here and now.
    """
    call: Call[T] = Call(work)
    try:
        helper = _idle.pop()
    except IndexError:
        try:
            helper = _Helper()
        except RuntimeError:
            call.run()
            return call
    helper.calls.put(call)  # type: ignore[arg-type]
    return call


def interruptibly(work: Callable[[], T]) -> T:
    """Run ``work``; on the main thread, in such a way that Ctrl-C leaves it within a moment.

    What was left keeps running until its own timeout: whether a write took effect is then not
    known, only that it took effect whole or not at all.
    """
    if threading.get_ident() != threading.main_thread().ident:
        return work()
    return start(work).result()

"""One large object out of an iterator, as a multipart upload that obstore cuts and carries.

The iterator runs on the caller's thread: what it raises is the caller's own, a Ctrl-C in it
included, and generators that belong to a thread stay there. The parts go through a channel of one
buffer to obstore, which runs on a helper thread. Whatever ends the source early reaches obstore as
an exception in *its* iterator, and obstore then aborts the upload, so that nothing becomes
visible and no part stays (*measured*).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from multistore.errors import LengthError
from multistore.stores.interrupt import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from multistore.stores.base import Buffer

ABORT_GRACE = 0.5
"""Seconds that an interrupted upload gets to abort itself before the interruption goes on."""


class _SourceEndedError(Exception):
    """Told to obstore, so that it aborts; the caller sees what ended the source instead."""


class _Channel:
    """A hand-over of one buffer at a time between two threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._buffer: Buffer | None = None
        self._finished = False
        self._failed = False
        self._closed = False

    def send(self, buffer: Buffer) -> bool:
        """Hand one buffer over; False where the receiver is gone."""
        with self._changed:
            while self._buffer is not None and not self._closed:
                self._changed.wait()
            if self._closed:
                return False
            self._buffer = buffer
            self._changed.notify_all()
            return True

    def finish(self, *, failed: bool) -> None:
        """Say that nothing follows; ``failed``: and that what went before is to be dropped."""
        with self._changed:
            self._finished, self._failed = True, failed
            self._changed.notify_all()

    def close(self) -> None:
        """Say that the receiver takes nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def received(self) -> Iterator[Buffer]:
        """Yield the buffers; the receiver's side."""
        while True:
            with self._changed:
                while self._buffer is None and not self._finished:
                    self._changed.wait()
                if self._failed:
                    raise _SourceEndedError
                buffer, self._buffer = self._buffer, None
                self._changed.notify_all()
            if buffer is None:
                return
            yield buffer


def measured(parts: Iterable[Buffer], size: int | None) -> Iterator[Buffer]:
    """Pass the buffers on, and hold their sum against ``size``.

    Raises:
        LengthError: as soon as they are more, or at the end where they are fewer.
    """
    total = 0
    for part in parts:
        total += memoryview(part).nbytes
        if size is not None and total > size:
            raise LengthError(f"the source gave more than the {size} bytes that it announced")
        yield part
    if size is not None and total < size:
        raise LengthError(f"the source gave {total} of the {size} bytes that it announced")


def stream(parts: Iterable[Buffer], upload: Callable[[Iterator[Buffer]], Any]) -> Any:
    """Feed ``parts`` to ``upload``, which runs on a helper thread; give what it returns.

    Memory: one buffer beside those that ``upload`` holds.
    """
    channel = _Channel()

    def receive() -> Any:
        try:
            return upload(channel.received())
        finally:
            channel.close()

    call = start(receive)
    try:
        for part in parts:
            if not channel.send(part):
                break
    except Exception:
        channel.finish(failed=True)
        call.wait()
        raise
    except BaseException:  # Ctrl-C, or the exit of the program: it goes on, whatever the peer does
        channel.finish(failed=True)
        call.wait(ABORT_GRACE)
        raise
    channel.finish(failed=False)
    try:
        return call.result()
    except Exception:
        raise
    except BaseException:
        channel.finish(failed=True)
        raise

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

from multistore.errors import InvalidArgumentError, LengthError
from multistore.stores.base import MEBIBYTE
from multistore.stores.interrupt import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from multistore.stores.base import Buffer, Limits

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


class Measured:
    """The buffers of a body, passed on, counted, and held against what was announced.

    Args:
        parts: the buffers.
        size: what their sum must be, or None.
        most: what their sum may be.
    """

    def __init__(self, parts: Iterable[Buffer], size: int | None, *, most: int) -> None:
        self._parts = iter(parts)
        self._size = size
        self._most = most
        self._pushed_back: list[Buffer] = []
        self.total = 0

    def begin(self, count: int) -> list[Buffer] | None:
        """Take the buffers where the whole body has at most ``count`` bytes, else None.

        What was drawn for it comes again first when the parts are iterated. Memory: ``count``
        bytes and one buffer.
        """
        taken: list[Buffer] = []
        for part in self:
            taken.append(part)
            if self.total > count:
                self._pushed_back = taken
                return None
        return taken

    def __iter__(self) -> Iterator[Buffer]:
        """Yield the buffers, each once.

        Raises:
            LengthError: as soon as they are more than announced, or at the end where fewer.
            InvalidArgumentError: as soon as they are more than can be stored.
        """
        while self._pushed_back:
            yield self._pushed_back.pop(0)
        for part in self._parts:
            self.total += memoryview(part).nbytes
            if self._size is not None and self.total > self._size:
                raise LengthError(
                    f"the source gave more than the {self._size} bytes that it announced"
                )
            if self.total > self._most:
                raise InvalidArgumentError(
                    f"the source gave more than {self._most} bytes, without having said so",
                    code="EntityTooLarge",
                    hint="Give the size at the start, or a larger part_size.",
                )
            yield part
        if self._size is not None and self.total < self._size:
            raise LengthError(
                f"the source gave {self.total} of the {self._size} bytes that it announced"
            )


def part_size_for(size: int | None, limits: Limits) -> int:
    """Return how large the parts must be, so that the upload does not run out of them.

    Raises:
        InvalidArgumentError: the object is larger than the service stores; nothing was sent.
    """
    if size is None:
        return limits.part_size
    if size > limits.object_size:
        raise InvalidArgumentError(
            f"{size} bytes are more than the {limits.object_size} of the largest object",
            code="EntityTooLarge",
            hint="Split it.",
        )
    needed = -(-size // limits.parts)
    return max(limits.part_size, -(-needed // MEBIBYTE) * MEBIBYTE)


def recut(parts: Iterable[Buffer], size: int) -> Iterator[Buffer]:
    """Yield the same bytes in pieces of ``size``; only the last may be shorter.

    Memory: one piece. What lies whole in a buffer is not copied.
    """
    held = bytearray()
    for part in parts:
        view, at = memoryview(part).cast("B"), 0
        if held:
            at = size - len(held)
            held += view[:at]
            if len(held) < size:
                continue
            yield held
            held = bytearray()
        while view.nbytes - at >= size:
            yield view[at : at + size]
            at += size
        held += view[at:]
    if held:
        yield held


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

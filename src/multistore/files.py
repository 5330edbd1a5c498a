"""A sealed object as a seekable binary file."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING

from multistore.errors import ClosedError
from multistore.stores.base import MEBIBYTE
from multistore.values import Span

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from multistore.sealing.reader import SealedObject

FIRST_AHEAD = 128 * 1024
LARGEST_AHEAD = 4 * MEBIBYTE
LINE = 8 * 1024
FIRST_READ = Span(0, MEBIBYTE + 1)
"""What comes with the header: all of an object of up to 1 MiB, whose last chunk may be the empty
one after it; enough for most first reads of a larger one, and cheap where one reads its end."""


class ObjectFile(io.RawIOBase):
    """Reads one version of one object; made by Vault.open.

    Every read is a closed range. A read that goes on where the last one ended doubles the
    read-ahead, from 128 KiB (one chunk) up to 4 MiB; a jump sets it back. Memory: the read-ahead.
    One file is for one thread at a time, as files are.
    """

    def __init__(
        self,
        opened: SealedObject,
        name: str,
        told: Callable[[], AbstractContextManager[object]],
    ) -> None:
        super().__init__()
        self._opened = opened
        self._told = told
        self._position = 0
        self._ahead = FIRST_AHEAD
        self._buffer: memoryview = memoryview(b"")
        self._buffer_start = 0
        self.name = name
        self.mode = "rb"

    @property
    def size(self) -> int:
        """The number of plaintext bytes."""
        return self._opened.size

    def readable(self) -> bool:
        """Return True."""
        self._require_open()
        return True

    def seekable(self) -> bool:
        """Return True."""
        self._require_open()
        return True

    def tell(self) -> int:
        """Return the position in plaintext bytes."""
        self._require_open()
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move; nothing is fetched until the next read. Past the end is allowed.

        Raises:
            OSError: the position would be negative (as of a file; zipfile relies on it).
            ValueError: whence is unknown.
        """
        self._require_open()
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._opened.size}
        if whence not in base:
            raise ValueError(f"whence is 0, 1 or 2, and not {whence}")
        position = base[whence] + offset
        if position < 0:
            raise OSError(errno.EINVAL, f"the position {position} is before the first byte")
        self._position = position
        return position

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill the buffer as far as the object goes; 0 at the end.

        Raises:
            IntegrityError: a chunk did not verify; nothing of it was given out.
            PreconditionFailedError: the object was overwritten since it was opened.
        """
        self._require_open()
        if memoryview(buffer).readonly:
            raise TypeError("the buffer is read-only")
        if not memoryview(buffer).nbytes:
            return 0
        target = memoryview(buffer).cast("B")
        target = target[: max(0, self._opened.size - self._position)]
        filled = self._from_buffer(target)
        # Never short before the end: pyarrow and others take a short read for the end.
        if filled < len(target):
            with self._told():
                if len(target) - filled >= self._ahead:
                    filled += self._past_the_buffer(target[filled:])
                else:
                    self._fill(len(target) - filled)
                    filled += self._from_buffer(target[filled:])
        return filled

    def read1(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes, at least one before the end; what is at hand if -1."""
        self._require_open()
        return self.read(len(self.peek()) if size < 0 else size)

    def peek(self, _: int = 0, /) -> bytes:
        """Return what is at hand from the position on, at least one byte before the end."""
        self._require_open()
        if self._position >= self._opened.size:
            return b""
        if not self._at_hand():
            with self._told():
                self._fill(1)
        return bytes(self._at_hand())

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return what is left of the line, its newline included, at most ``size`` bytes."""
        # IOBase's own counts its limit anew at each peek, and so gives more (CPython 3.11).
        limit = sys.maxsize if size is None or size < 0 else size
        line = bytearray()
        self._require_open()
        while len(line) < limit and self._position < self._opened.size:
            if not self._at_hand():
                with self._told():
                    self._fill(1)
            window = bytes(self._at_hand()[: min(LINE, limit - len(line))])
            end = window.find(b"\n") + 1
            line += window[:end] if end else window
            self._position += end or len(window)
            if end:
                break
        return bytes(line)

    def read(self, size: int | None = -1, /) -> bytes:
        """Return ``size`` bytes, fewer only at the end; all that is left for -1 or None."""
        if size is None or size < 0:
            return self.readall()
        self._require_open()
        buffer = bytearray(min(size, max(0, self._opened.size - self._position)))
        self.readinto(buffer)
        return bytes(buffer)

    def readall(self) -> bytes:
        """Return everything from the position to the end."""
        self._require_open()
        if self._position >= self._opened.size:
            return b""
        with self._told():
            data = self._opened.read(Span(self._position, self._opened.size))
        self._position += len(data)
        return data

    def write(self, _: object, /) -> int:
        """Refuse: an object is never edited in place."""
        raise io.UnsupportedOperation("a sealed object is not edited in place; put it anew")

    def close(self) -> None:
        """Drop the read-ahead. Idempotent."""
        self._buffer = memoryview(b"")
        super().close()

    def _require_open(self) -> None:
        if self.closed:
            raise ClosedError("the file is closed", key=self.name)

    def _at_hand(self) -> memoryview:
        start = self._position - self._buffer_start
        return self._buffer[start:] if 0 <= start < len(self._buffer) else self._buffer[:0]

    def _from_buffer(self, target: memoryview) -> int:
        piece = self._at_hand()[: len(target)]
        target[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _past_the_buffer(self, target: memoryview) -> int:
        span = Span(self._position, self._position + len(target))
        self._opened.readinto(span, target)
        self._position += len(target)
        return len(target)

    def _fill(self, wanted: int) -> None:
        reads_on = self._position == self._buffer_start + len(self._buffer) and self._buffer
        self._ahead = min(2 * self._ahead, LARGEST_AHEAD) if reads_on else FIRST_AHEAD
        stop = min(self._position + max(wanted, self._ahead), self._opened.size)
        self._buffer = memoryview(self._opened.read(Span(self._position, stop)))
        self._buffer_start = self._position

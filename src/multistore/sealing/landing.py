"""A file that receives what was opened, from many threads, each piece at its own place.

docs/adr/0007 says why a large one goes past the page cache.
"""

from __future__ import annotations

import errno
import fcntl
import os
import weakref
from typing import TYPE_CHECKING, Self

from multistore.sealing.buffers import BLOCK, WORTH_KEEPING

if TYPE_CHECKING:
    from multistore.sealing.buffers import Buffers

_DIRECT: int = getattr(os, "O_DIRECT", 0)


class Landing:
    """A regular file that has its whole length at once, and its content when the block ends.

    Where the file system writes past the page cache, a file of a MiB or more goes to the disk
    as it comes, so that little is left to wait for when it is synced. Elsewhere the same blocks
    go through the cache. Thread-safe.

    Args:
        descriptor: of a file opened for writing; its position is neither used nor moved.
        size: bytes of the file when all is written.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        # One of its own, open until the last thread lets go. A second Ctrl-C does not wait for
        # them: the caller then closes his, and its number is soon that of another file.
        self._descriptor = os.dup(descriptor)
        self._close = weakref.finalize(self, os.close, self._descriptor)
        self._close.atexit = False
        self._size = size
        self._is_direct = False

    def __enter__(self) -> Self:
        """Give the file its length."""
        os.ftruncate(self._descriptor, self._size)
        if self._size >= WORTH_KEEPING:
            self._is_direct = _switched(self._descriptor, on=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Take off what the last block was filled up with."""
        try:
            if self._is_direct:
                _switched(self._descriptor, on=False)
            if kind is None:
                os.ftruncate(self._descriptor, self._size)
        finally:
            if kind is None or issubclass(kind, Exception):
                self._close()  # no thread is left that writes

    def room(self, buffers: Buffers, length: int) -> memoryview:
        """Give whole blocks of memory for a piece of ``length`` bytes."""
        blocks = -(-length // BLOCK) * BLOCK
        return buffers.take(max(blocks, WORTH_KEEPING) if self._is_direct else blocks)[:blocks]

    def write(self, blocks: memoryview, length: int, position: int) -> None:
        """Write a piece that was put into its ``room``, at a multiple of BLOCK."""
        # What the memory held before is another object's plaintext.
        blocks[length:] = bytes(len(blocks) - length)
        written = 0
        # Up to a limit on the size of files that lies within the last block, it goes no further.
        while written < length:
            written += self._written(blocks[written:], position + written)

    def _written(self, blocks: memoryview, position: int) -> int:
        is_direct = self._is_direct
        try:
            return os.pwrite(self._descriptor, blocks, position)
        except OSError as error:
            # Some file systems and disks take the flag, and then want other blocks.
            if error.errno != errno.EINVAL or not is_direct:
                raise
        _switched(self._descriptor, on=False)
        self._is_direct = False
        return os.pwrite(self._descriptor, blocks, position)


def _switched(descriptor: int, *, on: bool) -> bool:
    """Have a file written past the page cache, or through it again; False where it cannot be."""
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | _DIRECT if on else flags & ~_DIRECT)
    except OSError:
        return False
    return _DIRECT != 0

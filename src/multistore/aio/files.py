"""One object as an asynchronous file, for reading or for writing."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from multistore.aio.threads import go_on
from multistore.files import ObjectFile
from multistore.stores.base import MEBIBYTE

if TYPE_CHECKING:
    import threading
    from collections.abc import AsyncGenerator, Callable

    from multistore.aio.threads import Threads
    from multistore.stores.base import Buffer
    from multistore.values import ObjectInfo
    from multistore.writing import ObjectWriter

STEP = 64 * MEBIBYTE
"""How much of one large read is fetched, in parallel parts, before a cancellation is looked for."""


class AsyncReader:
    """An ObjectFile whose reads are awaited; made by AsyncVault.open.

    Tasks that share one take turns, call by call.

    Attributes:
        name: the address.
        size: plaintext bytes.
    """

    def __init__(self, file: ObjectFile, threads: Threads) -> None:
        self.name = file.name
        self.size = file.size
        self._file = file
        self._threads = threads
        self._turn = anyio.Lock()

    async def read(self, size: int = -1) -> bytes:
        """Return ``size`` bytes, fewer only at the end; all that is left for -1."""

        def read(stop: threading.Event) -> bytes:
            left = self._left() if size < 0 else min(size, self._left())
            buffer = bytearray(left)
            self._fill(memoryview(buffer), stop)
            return bytes(buffer)

        async with self._turn:
            return await self._threads.stoppable(read)

    async def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill the buffer as far as the object goes; 0 at the end."""

        def read(stop: threading.Event) -> int:
            view = memoryview(buffer).cast("B")
            return self._fill(view[: self._left()], stop)

        async with self._turn:
            return await self._threads.stoppable(read)

    async def seek(self, offset: int, whence: int = 0) -> int:
        """Move; nothing is fetched until the next read."""
        async with self._turn:
            return self._file.seek(offset, whence)

    async def tell(self) -> int:
        """Return the position in plaintext bytes."""
        async with self._turn:
            return self._file.tell()

    def _left(self) -> int:
        return max(0, self.size - self._file.tell())

    def _fill(self, view: memoryview, stop: threading.Event) -> int:
        for start in range(0, len(view), STEP):
            go_on(stop)
            self._file.readinto(view[start : start + STEP])
        return len(view)


class AsyncWriter:
    """An ObjectWriter whose writes are awaited; made by AsyncVault.open.

    The object is there, whole, when the ``async with`` block has ended; where the block ends by
    an exception or is cancelled, nothing becomes visible. Tasks that share one take turns.

    Attributes:
        name: the address.
    """

    def __init__(self, file: ObjectWriter, threads: Threads) -> None:
        self.name = file.name
        self._file = file
        self._threads = threads
        self._turn = anyio.Lock()

    @property
    def info(self) -> ObjectInfo | None:
        """What was written; None before the block has ended."""
        return self._file.info

    async def write(self, data: Buffer) -> int:
        """Take all of the buffer; it is copied.

        Raises:
            MultistoreError: the upload failed, as Vault.put tells it.
        """
        async with self._turn:
            return await self._threads.call(partial(self._file.write, data))

    async def tell(self) -> int:
        """Return the number of bytes written."""
        async with self._turn:
            return self._file.tell()


@asynccontextmanager
async def opened(
    threads: Threads, opening: Callable[[], ObjectFile | ObjectWriter]
) -> AsyncGenerator[Any]:
    """Open a file on a thread, and close it, commit it or give it up at the end of the block."""
    file = await threads.call(opening)
    if isinstance(file, ObjectFile):
        with file:
            yield AsyncReader(file, threads)
        return
    try:
        yield AsyncWriter(file, threads)
        await threads.call(file.close)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await threads.call(file.discard)
        raise

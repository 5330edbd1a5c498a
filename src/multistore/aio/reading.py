"""One object on its way to an asynchronous reader."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import anyio
import anyio.to_thread

from multistore.aio.threads import go_on

if TYPE_CHECKING:
    import os
    import threading
    from collections.abc import AsyncIterator
    from pathlib import Path

    from multistore.aio.threads import Threads
    from multistore.download import Download


class AsyncDownload:
    """One object on its way; ``async for`` gives verified pieces of up to 8 MiB, in order.

    The end of the iteration is the proof that the object is whole.

    Attributes:
        info: what is known about the object.
    """

    def __init__(self, begun: Download, threads: Threads) -> None:
        self.info = begun.info
        self._begun = begun
        self._threads = threads

    async def __aiter__(self) -> AsyncIterator[memoryview]:
        """Give the object, piece by piece; each call begins anew."""
        pieces = iter(self._begun)
        try:
            while piece := await self._threads.call(partial(next, pieces, None)):
                yield piece
        finally:
            with anyio.CancelScope(shield=True):
                # A generator, as Download gives it: its requests in flight end here.
                await anyio.to_thread.run_sync(cast("Any", pieces).close)

    async def read(self) -> bytes:
        """Return the whole object."""
        return await self._threads.call(self._begun.read)

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the object to a file, which appears when it is whole; cancelled: not at all."""

        def save(stop: threading.Event) -> Path:
            return self._begun.save(path, progress=lambda _: go_on(stop))

        return await self._threads.stoppable(save)

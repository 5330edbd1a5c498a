"""The vault for asyncio and trio: the same verbs, each on a bounded number of threads.

A call that is cancelled ends only when its thread has stopped: a transfer stops at the next
piece, and what had begun to be written is aborted by then.
"""

from __future__ import annotations

import math
import threading
from collections.abc import AsyncIterable
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread

from multistore.opening import DEFAULT
from multistore.opening import open as open_vault
from multistore.values import EMPTY, PutMode

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from multistore.config import Settings
    from multistore.download import Download
    from multistore.erasure.certificate import Certificate
    from multistore.erasure.plan import Plan
    from multistore.sources import Progress, Source
    from multistore.stores.base import Buffer
    from multistore.values import (
        Address,
        ByteRange,
        CommonPrefix,
        ObjectInfo,
        Outcome,
        Prefix,
        WriteMode,
    )
    from multistore.vault import Vault

    AsyncSource = Source | AsyncIterable[Buffer]

T = TypeVar("T")

THREADS = 16
"""How many calls of one AsyncVault are under way at once; the others wait their turn."""

_PAGE = 256
"""How many entries of a listing come by one change of threads."""


@asynccontextmanager
async def open(  # noqa: A001 - multistore.aio.open, as multistore.open
    configuration: str | os.PathLike[str] | Settings = DEFAULT, *, threads: int = THREADS
) -> AsyncGenerator[AsyncVault]:
    """Open a vault for one ``async with`` block. Raises and costs as multistore.open.

    Args:
        configuration: as of multistore.open.
        threads: the most calls that are under way at once.
    """
    vault = await anyio.to_thread.run_sync(partial(open_vault, configuration))
    try:
        yield AsyncVault(vault, threads=threads)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(vault.close)


class _Threads:
    """A bounded number of threads for blocking calls."""

    def __init__(self, count: int) -> None:
        self._limiter = anyio.CapacityLimiter(count)

    async def call(self, work: Callable[[], T]) -> T:
        """Run on a thread; wait for its end even where the caller is cancelled."""
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def stoppable(self, work: Callable[[threading.Event], T]) -> T:
        """Run what looks at an event between its pieces; set it where the caller is cancelled."""
        return await _result(await self.outcome(work))

    async def outcome(self, work: Callable[[threading.Event], T]) -> T | _Failed:
        """As stoppable, with an error returned: a task group would wrap what is raised."""
        stop = threading.Event()

        def run() -> T | _Failed:
            try:
                return work(stop)
            except BaseException as error:  # noqa: BLE001 - raised where it is awaited
                return _Failed(error)

        async def watch() -> None:
            try:
                await anyio.sleep(math.inf)
            finally:
                stop.set()

        # The group's children are cancelled with the caller.
        outcome: list[T | _Failed] = []
        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            outcome.append(await self.call(run))
            group.cancel_scope.cancel()
        return outcome[0]


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


async def _result(outcome: T | _Failed) -> T:
    if not isinstance(outcome, _Failed):
        return outcome
    if isinstance(outcome.error, _Stopped):
        await anyio.lowlevel.checkpoint()  # raises the caller's cancellation
    raise outcome.error


class AsyncVault:
    """A vault whose verbs are awaited; each means, costs and raises what Vault's does.

    Belongs to the event loop that it is used in; the vault beneath may serve threads besides.

    Args:
        vault: the vault; it is not closed here.
        threads: the most calls that are under way at once.
    """

    def __init__(self, vault: Vault, *, threads: int = THREADS) -> None:
        self.vault = vault
        self._threads = _Threads(threads)

    async def put(
        self,
        address: str | Address,
        source: AsyncSource,
        *,
        mode: WriteMode = PutMode.OVERWRITE,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
        progress: Progress | None = None,
    ) -> ObjectInfo:
        """Seal and write one object; the source may be an asynchronous iterator, too.

        ``progress`` is called on another thread. Cancelled: nothing was written, or, where the
        cancellation came after the last byte, the whole object.
        """

        def put(body: Source, stop: threading.Event) -> ObjectInfo:
            def told(count: int) -> None:
                _go_on(stop)
                if progress is not None:
                    progress(count)

            return self.vault.put(
                address,
                body,
                mode=mode,
                content_type=content_type,
                metadata=metadata,
                progress=told,
            )

        if not isinstance(source, AsyncIterable):
            return await self._threads.stoppable(partial(put, source))
        pieces = source.__aiter__()
        outcome: list[ObjectInfo | _Failed] = []
        async with anyio.from_thread.BlockingPortal() as portal:
            outcome.append(await self._threads.outcome(partial(put, _pulled(portal, pieces))))
        return await _result(outcome[0])

    async def copy(
        self,
        source: str | Address,
        target: str | Address,
        *,
        mode: WriteMode = PutMode.OVERWRITE,
    ) -> ObjectInfo:
        """Copy one object."""
        return await self._threads.call(partial(self.vault.copy, source, target, mode=mode))

    async def rename(
        self,
        source: str | Address,
        target: str | Address,
        *,
        mode: WriteMode = PutMode.CREATE,
    ) -> ObjectInfo:
        """Copy one object, then delete the source."""
        return await self._threads.call(partial(self.vault.rename, source, target, mode=mode))

    async def delete(self, address: str | Address) -> Outcome:
        """Delete one object."""
        return await self._threads.call(partial(self.vault.delete, address))

    async def delete_many(self, addresses: Iterable[str | Address]) -> tuple[Outcome, ...]:
        """Delete objects; one outcome per address."""
        return await self._threads.call(partial(self.vault.delete_many, list(addresses)))

    async def plan_erasure(self, subject: str | Address | Prefix) -> Plan:
        """List what an erasure would take."""
        return await self._threads.call(partial(self.vault.plan_erasure, subject))

    async def erase(
        self,
        subject: str | Address | Prefix,
        *,
        reason: str,
        performed_by: str | None = None,
        plan: str | None = None,
    ) -> Certificate:
        """Erase and certify. It is gone through with even if the waiting is cancelled."""
        return await self._threads.call(
            partial(self.vault.erase, subject, reason=reason, performed_by=performed_by, plan=plan)
        )

    async def get(
        self, address: str | Address, *, version: str | None = None, pin: bytes | None = None
    ) -> AsyncDownload:
        """Begin to read one object: ``async for piece in await vault.get(address)``."""
        begun = await self._threads.call(partial(self.vault.get, address, version=version, pin=pin))
        return AsyncDownload(begun, self._threads)

    async def read(
        self, address: str | Address, span: ByteRange | None = None, *, pin: bytes | None = None
    ) -> bytes:
        """Read one range, or the whole object."""
        return await self._threads.call(partial(self.vault.read, address, span, pin=pin))

    async def head(self, address: str | Address, *, version: str | None = None) -> ObjectInfo:
        """Describe one object."""
        return await self._threads.call(partial(self.vault.head, address, version=version))

    async def exists(self, address: str | Address) -> bool:
        """Tell whether there is an object."""
        return await self._threads.call(partial(self.vault.exists, address))

    async def list(
        self,
        prefix: str | Prefix,
        *,
        delimiter: str | None = None,
        start_after: str | None = None,
    ) -> AsyncIterator[ObjectInfo | CommonPrefix]:
        """List lazily: ``async for entry in vault.list(prefix)``."""
        entries = await self._threads.call(
            partial(self.vault.list, prefix, delimiter=delimiter, start_after=start_after)
        )
        while page := await self._threads.call(lambda: list(islice(entries, _PAGE))):
            for entry in page:
                yield entry


class AsyncDownload:
    """One object on its way; ``async for`` gives verified pieces of up to 8 MiB, in order.

    The end of the iteration is the proof that the object is whole.

    Attributes:
        info: what is known about the object.
    """

    def __init__(self, begun: Download, threads: _Threads) -> None:
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
            return self._begun.save(path, progress=lambda _: _go_on(stop))

        return await self._threads.stoppable(save)


class _Stopped(Exception):  # noqa: N818 - a word between two threads, and no error
    """The caller was cancelled; it gets its own cancellation and never sees this."""


def _go_on(stop: threading.Event) -> None:
    if stop.is_set():
        raise _Stopped


def _pulled(
    portal: anyio.from_thread.BlockingPortal, pieces: AsyncIterator[Buffer]
) -> Iterator[Buffer]:
    """Give the pieces of an asynchronous iterator to a thread."""

    async def following() -> Buffer | None:
        return await anext(pieces, None)

    try:
        while (piece := portal.call(following)) is not None:
            yield piece
    except CancelledError:
        raise _Stopped from None

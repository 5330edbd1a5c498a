"""AsyncVault, and how one is opened."""

from __future__ import annotations

from collections.abc import AsyncIterable
from contextlib import asynccontextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, overload

import anyio
import anyio.from_thread
import anyio.to_thread

from multistore.aio.files import opened
from multistore.aio.reading import AsyncDownload
from multistore.aio.threads import Threads, go_on, pulled, result_of
from multistore.opening import DEFAULT
from multistore.opening import open as open_vault
from multistore.values import EMPTY, PutMode, each_address

if TYPE_CHECKING:
    import os
    import threading
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager

    from multistore.aio.files import AsyncReader, AsyncWriter
    from multistore.aio.threads import Failed
    from multistore.config import Settings
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


class AsyncVault:
    """A vault whose verbs are awaited; each means, costs and raises what Vault's does.

    Belongs to the event loop that it is used in; the vault beneath may serve threads besides.

    Args:
        vault: the vault; it is not closed here.
        threads: the most calls that are under way at once.
    """

    def __init__(self, vault: Vault, *, threads: int = THREADS) -> None:
        self.vault = vault
        self._threads = Threads(threads)

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
                go_on(stop)
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
        outcome: list[ObjectInfo | Failed] = []
        async with anyio.from_thread.BlockingPortal() as portal:
            outcome.append(await self._threads.outcome(partial(put, pulled(portal, pieces))))
        return await result_of(outcome[0])

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
        return await self._threads.call(
            partial(self.vault.delete_many, list(each_address(addresses)))
        )

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

    @overload
    def open(
        self, address: str | Address, mode: Literal["rb"] = "rb", *, pin: bytes | None = None
    ) -> AbstractAsyncContextManager[AsyncReader]: ...

    @overload
    def open(
        self,
        address: str | Address,
        mode: Literal["wb", "xb"],
        *,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> AbstractAsyncContextManager[AsyncWriter]: ...

    def open(
        self, address: str | Address, mode: str = "rb", **options: Any
    ) -> AbstractAsyncContextManager[Any]:
        """Open one object as a file for one ``async with`` block; modes as of Vault.open.

        What the call of Vault.open raises is raised where the block is entered.
        """
        return opened(self._threads, partial(self.vault.open, address, mode, **options))

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

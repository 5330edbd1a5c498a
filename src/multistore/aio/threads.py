"""Blocking calls on a bounded number of threads, which a cancelled caller waits for and stops."""

from __future__ import annotations

import math
import threading
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from multistore.stores.base import Buffer

T = TypeVar("T")


class Threads:
    """A bounded number of threads for blocking calls."""

    def __init__(self, count: int) -> None:
        self._limiter = anyio.CapacityLimiter(count)

    async def call(self, work: Callable[[], T]) -> T:
        """Run on a thread; wait for its end even where the caller is cancelled."""
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def stoppable(self, work: Callable[[threading.Event], T]) -> T:
        """Run what looks at an event between its pieces; set it where the caller is cancelled."""
        return await result_of(await self.outcome(work))

    async def outcome(self, work: Callable[[threading.Event], T]) -> T | Failed:
        """As stoppable, with an error returned: a task group would wrap what is raised."""
        stop = threading.Event()

        def run() -> T | Failed:
            try:
                return work(stop)
            except BaseException as error:  # noqa: BLE001 - raised where it is awaited
                return Failed(error)

        async def watch() -> None:
            try:
                await anyio.sleep(math.inf)
            finally:
                stop.set()

        # The group's children are cancelled with the caller.
        outcome: list[T | Failed] = []
        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            outcome.append(await self.call(run))
            group.cancel_scope.cancel()
        return outcome[0]


@dataclass(frozen=True, slots=True)
class Failed:
    """What a call raised, on its way to where it is awaited."""

    error: BaseException


async def result_of(outcome: T | Failed) -> T:
    """Give the result, or raise what the call raised: a cancellation where that stopped it."""
    if not isinstance(outcome, Failed):
        return outcome
    if isinstance(outcome.error, Stopped):
        await anyio.lowlevel.checkpoint()  # raises the caller's cancellation
    raise outcome.error


class Stopped(Exception):  # noqa: N818 - a word between two threads, and no error
    """The caller was cancelled; it gets its own cancellation and never sees this."""


def go_on(stop: threading.Event) -> None:
    """Stop here where the caller was cancelled."""
    if stop.is_set():
        raise Stopped


def pulled(
    portal: anyio.from_thread.BlockingPortal, pieces: AsyncIterator[Buffer]
) -> Iterator[Buffer]:
    """Give the pieces of an asynchronous iterator to a thread."""

    async def following() -> Buffer | None:
        return await anext(pieces, None)

    try:
        while (piece := portal.call(following)) is not None:
            yield piece
    except CancelledError:
        raise Stopped from None

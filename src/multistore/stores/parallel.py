"""The same work on many things at a time, in order, with a bounded number in hand."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from multistore.stores.interrupt import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from multistore.stores.interrupt import Call

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(work: Callable[[T], R], things: Iterable[T], workers: int) -> list[R]:
    """Do ``work`` on each thing, at most ``workers`` at a time; give the results in their order.

    ``things`` is drawn from on the caller's thread, and never further ahead than the workers. Where
    one fails, none begins any more, those in hand are waited for, and the first error goes on.
    Ctrl-C waits for none.
    """
    results: list[R] = []
    running: deque[Call[R]] = deque()
    try:
        for thing in things:
            if len(running) >= workers:
                results.append(running.popleft().result())
            running.append(start(partial(work, thing)))
        while running:
            results.append(running.popleft().result())
    except Exception:
        for call in running:
            call.wait()
        raise
    return results

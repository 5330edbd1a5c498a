"""How a read is cut into ranged gets. Numbers only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.sealing.framing import Framing


class Window(NamedTuple):
    """Some consecutive chunks, and the plaintext bytes that are wanted of them.

    Attributes:
        first: the first chunk.
        past: one past the last.
        start: the first plaintext byte that is wanted.
        stop: one past the last.
    """

    first: int
    past: int
    start: int
    stop: int


class Held(NamedTuple):
    """Whole sealed chunks that came with an earlier answer."""

    first: int
    past: int
    sealed: memoryview

    def within(self, framing: Framing, window: Window) -> memoryview | None:
        """Give a window's sealed chunks, or None where they are not all here."""
        if not self.first <= window.first < window.past <= self.past:
            return None
        low = (window.first - self.first) * framing.sealed
        return self.sealed[low : low + (window.past - window.first) * framing.sealed]


NOTHING_HELD = Held(0, 0, memoryview(b""))


def cut(
    framing: Framing, size: int, start: int, stop: int, *, per_request: int, held: Held
) -> Iterator[Window]:
    """Cut a plaintext range into windows, each within ``held`` or within one request.

    Args:
        framing: the object's chunk size.
        size: its plaintext size.
        start: the first byte that is wanted.
        stop: one past the last. Where it is the size, the last chunk is in the last window.
        per_request: chunks that one request carries.
        held: chunks that need no request.
    """
    position, end = framing.covering(start, stop, size)
    while position < end:
        if held.first <= position < held.past:
            past = min(end, held.past)
        else:
            past = min(end, position + per_request)
            if position < held.first < past:
                past = held.first
        low, high = position << framing.chunk_log2, past << framing.chunk_log2
        low, high = max(start, low), min(stop, high)
        yield Window(position, past, low, max(low, high))
        position = past

"""How long things are: chunks, totals and ranges of a sealed object, from numbers alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

HEADER_BYTES = 160
TAG_BYTES = 16
CHUNK_LOG2_LEAST, CHUNK_LOG2_MOST = 14, 20
CHUNK_LOG2 = 17
"""What this writer uses; listings reckon with it, because they see no header."""
MOST_PLAINTEXT = 1 << 50


@dataclass(frozen=True, slots=True)
class Framing:
    """The arithmetic of one chunk size.

    The last chunk is always shorter than a full one, if need be empty; so the number of bytes
    at rest alone proves where the plaintext ends, and no two plaintext sizes share a total.

    Attributes:
        chunk_log2: the header's ``k``.
        chunk: plaintext bytes of a full chunk.
        sealed: bytes of a full chunk at rest.
    """

    chunk_log2: int
    chunk: int = field(init=False)
    sealed: int = field(init=False)

    def __post_init__(self) -> None:
        """Work out both lengths once."""
        object.__setattr__(self, "chunk", 1 << self.chunk_log2)
        object.__setattr__(self, "sealed", (1 << self.chunk_log2) + TAG_BYTES)

    def chunks(self, size: int) -> int:
        """How many chunks ``size`` bytes of plaintext make; the empty object has one."""
        return (size >> self.chunk_log2) + 1

    def total(self, size: int) -> int:
        """Bytes at rest of ``size`` bytes of plaintext, header included."""
        return HEADER_BYTES + size + TAG_BYTES * self.chunks(size)

    def size(self, total: int) -> int | None:
        """Plaintext bytes behind ``total`` bytes at rest; None where no size has that total."""
        full, rest = divmod(total - HEADER_BYTES, self.sealed)
        if total < HEADER_BYTES or rest < TAG_BYTES:
            return None
        return full * self.chunk + rest - TAG_BYTES

    def largest(self, total: int) -> int:
        """The most plaintext that needs no more than ``total`` bytes at rest."""
        full, rest = divmod(max(0, total - HEADER_BYTES), self.sealed)
        if rest >= TAG_BYTES:
            return full * self.chunk + rest - TAG_BYTES
        return max(0, full * self.chunk - 1)

    def covering(self, start: int, stop: int, size: int) -> tuple[int, int]:
        """The chunks, first and one past the last, that a reader of [start, stop) must open.

        One who reads up to the end also opens the last chunk, be it empty: it is the proof
        that this is the end.
        """
        first = start >> self.chunk_log2
        if stop >= size:
            return min(first, self.chunks(size) - 1), self.chunks(size)
        return first, ((stop - 1) >> self.chunk_log2) + 1

    def at_rest(self, first: int, past: int, total: int) -> tuple[int, int]:
        """Where the chunks ``first`` up to, not including, ``past`` lie in the object."""
        return (
            HEADER_BYTES + first * self.sealed,
            min(HEADER_BYTES + past * self.sealed, total),
        )

    def per_request(self, part_size: int) -> int:
        """How many whole chunks one ranged get of about ``part_size`` bytes carries."""
        return max(1, part_size // self.sealed)


@cache
def framing_of(chunk_log2: int) -> Framing:
    """Give the arithmetic of a chunk size; there are seven."""
    return Framing(chunk_log2)

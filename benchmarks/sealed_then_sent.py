"""What a put from memory would take without overlap: first all is sealed, then all is sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from multistore.sealing.framing import CHUNK_LOG2, framing_of
from multistore.sealing.header import Core, ObjectKeys
from multistore.sealing.stream import seal_into
from multistore.stores.base import Limits

if TYPE_CHECKING:
    from collections.abc import Callable


def sealing(source: bytes) -> Callable[[], None]:
    """Give the sealing of all of it, by one thread, into parts that are used in turns.

    There are as many of them as a put of multistore's keeps: neither what is read nor what is
    written lies in a cache.
    """
    limits, framing = Limits(), framing_of(CHUNK_LOG2)
    parts = [memoryview(bytearray(limits.part_size)) for _ in range(limits.concurrency + 2)]
    chunks = framing.per_request(limits.part_size)
    core = Core(CHUNK_LOG2, False, 1, os.urandom(16), os.urandom(32))  # noqa: FBT003 - its fields
    keys, view = ObjectKeys(os.urandom(32), core), memoryview(source)

    def seal() -> None:
        for number, start in enumerate(range(0, len(source), chunks * framing.chunk)):
            plain = view[start : start + chunks * framing.chunk]
            seal_into(keys, number * chunks, plain, parts[number % len(parts)])

    return seal

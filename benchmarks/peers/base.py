"""What a peer is given, and the verbs that it may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ACCESS, SECRET, REGION = "AKIABENCHBENCHBENCHB", "benchmark-secret", "ap-northeast-1"
MEBIBYTE = 1 << 20
PIECE = MEBIBYTE


class AbsentError(Exception):
    """The peer cannot run here, and why."""


@dataclass(frozen=True)
class Place:
    """The server, and a directory for what the peer needs on disk."""

    url: str
    port: int
    home: Path


class Peer:
    """A client. It has those of these methods that its library has.

    put(bucket, key, data) · put_file(bucket, key, path) · put_pipe(bucket, key, file) ·
    get(bucket, key, size) · get_file(bucket, key, path) · read_small(bucket, key) ·
    read_range(bucket, key, start, stop) · list(bucket, prefix) -> count · delete(bucket, keys) ·
    and ``asynchronous()``, an async context manager that gives an object with ``put`` and
    ``read_small``. Those that read give the number of bytes.

    Attributes:
        module: whose version is reported.
        note: what has to be said of how it is used.
    """

    module = ""
    note = ""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._buffer = bytearray()

    def buffer(self, size: int) -> bytearray:
        """Give a buffer that is used again and again, as a careful caller would."""
        if len(self._buffer) != size:
            self._buffer = bytearray(size)
        return self._buffer

    def close(self) -> None:
        """Let go of what the peer holds."""

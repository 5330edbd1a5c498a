"""What a peer is given, and the verbs that it may have."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Self

REGION = "ap-northeast-1"
MEBIBYTE = 1 << 20
PIECE = MEBIBYTE
VERBS = (
    *("put", "put_file", "put_pipe", "get", "get_file", "get_pipe"),
    *("read_small", "read_range", "list", "delete", "asynchronous"),
)
OTHER = "which is not its dialect"
"""Why a peer is not measured before a server where nothing is missing."""


class AbsentError(Exception):
    """The peer, or the server, cannot run here, and why."""


@dataclass(frozen=True)
class Place:
    """The server, how it is spoken to, and a directory for what the peer needs on disk.

    Attributes:
        access: S3's access key, and the name of Azure's account.
        secret: S3's secret key, and the account's.
        dialects: of ``s3`` and ``azure`` those that the server speaks.
        keeps: whether the server keeps every object, as a real one does; the loopback server
            keeps those of one bucket.
    """

    url: str
    access: str
    secret: str = field(repr=False)
    dialects: tuple[str, ...]
    keeps: bool
    home: Path

    def as_argument(self) -> str:
        """Give it as one word for another process."""
        return json.dumps({**asdict(self), "home": str(self.home)})

    @classmethod
    def of_argument(cls, text: str) -> Self:
        """Take what ``as_argument`` gave."""
        given = json.loads(text)
        return cls(**{**given, "dialects": tuple(given["dialects"]), "home": Path(given["home"])})


class Peer:
    """A client. It has those of these methods that its library has.

    put(bucket, key, data) · put_file(bucket, key, path) · put_pipe(bucket, key, file) ·
    get(bucket, key, size) · get_file(bucket, key, path) · get_pipe(bucket, key, file) ·
    read_small(bucket, key) · read_range(bucket, key, start, stop) ·
    list(bucket, prefix) -> count · delete(bucket, keys) ·
    and ``asynchronous()``, an async context manager that gives an object with ``put`` and
    ``read_small``. Those that read give the number of bytes.

    Attributes:
        module: whose version is reported.
        note: what has to be said of how it is used.
        sealed: whether it encrypts, so that nobody else can read what it puts.
        speaks: the dialects that it has; the server must have one of them.
        only: the verbs that it is measured by, where not by all that it has.
        processes: whether it works in processes of its own, whose memory is not seen.
    """

    module = ""
    note = ""
    speaks: ClassVar[tuple[str, ...]] = ("s3",)
    only: ClassVar[tuple[str, ...] | None] = None
    processes = False
    sealed = False

    def __init__(self, place: Place) -> None:
        self.place = place
        self._buffer = bytearray()

    def verbs(self) -> list[str]:
        """Give those that it has, and is measured by."""
        return [
            verb
            for verb in VERBS
            if getattr(self, verb, None) is not None and (self.only is None or verb in self.only)
        ]

    def buffer(self, size: int) -> bytearray:
        """Give a buffer that is used again and again, as a careful caller would."""
        if len(self._buffer) != size:
            self._buffer = bytearray(size)
        return self._buffer

    def close(self) -> None:
        """Let go of what the peer holds."""

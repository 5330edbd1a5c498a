"""Which headers were seen last, so that a further range of the same object is one request."""

from __future__ import annotations

from typing import NamedTuple

MOST_ENTRIES = 1_024


class Seen(NamedTuple):
    """What was seen of one object; nothing in it is secret, and nothing is believed unchecked.

    Attributes:
        raw: its header, 160 bytes.
        etag: of the answer that the header came in.
        total: bytes at rest, from the same answer.
    """

    raw: bytes
    etag: str
    total: int


class Headers:
    """The headers seen last, at most 1,024.

    A plain dict in order of use, each step of which is atomic in CPython: there is no lock that
    a fork could inherit held, and the worst that a race of two threads can do is to forget.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str | None], Seen] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._seen)

    def find(self, name: str, version: str | None) -> Seen | None:
        """Give what was seen, and count it as used."""
        seen = self._seen.pop((name, version), None)
        if seen is not None:
            self._seen[name, version] = seen
        return seen

    def keep(self, name: str, version: str | None, seen: Seen) -> None:
        """Remember one; the one longest unused makes room."""
        self.drop(name, version)
        self._seen[name, version] = seen
        while len(self._seen) > MOST_ENTRIES:
            try:
                self._seen.pop(next(iter(self._seen)), None)
            except (StopIteration, RuntimeError):  # another thread was quicker
                return

    def drop(self, name: str, version: str | None = None) -> None:
        """Forget one."""
        self._seen.pop((name, version), None)

r"""The end of an object's file: what the store knows about the body in front of it.

One line of ASCII behind the body, readable with ``tail -n 1``::

    file    = body | "\n" | JSON | footer
    JSON    = {"content_type": …, "etag": …, "metadata": {…}, "modified": …, "size": …}
    footer  = " " length of JSON, 8 hex | " " CRC-32 of JSON, 8 hex | " multistore-local-1\n"

The footer's length is fixed, so it is read first, from the end. ``size`` is the body's; with the
lengths it must give the file's own, or bytes were lost or added. ``etag`` is random and new for
every write; ``modified`` is microseconds since 1970. The CRC tells rot from a writer's word; it
is no protection against a forger, which is the sealing layer's work.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from multistore.errors import FormatError, TruncatedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FOOTER = re.compile(rb" ([0-9a-f]{8}) ([0-9a-f]{8}) multistore-local-1\n")
_FOOTER_SIZE = 38
# One read of this much nearly always holds the whole trailer.
_TAIL = 4096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HINT = "Something other than this store changed the file; restore it from a copy."


@dataclass(frozen=True, slots=True)
class Trailer:
    """What is written behind a body."""

    size: int
    etag: str
    modified: datetime
    content_type: str | None
    metadata: Mapping[str, str]

    def encode(self) -> bytes:
        """Return the bytes that follow the body."""
        fields = {
            "content_type": self.content_type,
            "etag": self.etag,
            "metadata": dict(self.metadata),
            "modified": (self.modified - _EPOCH) // timedelta(microseconds=1),
            "size": self.size,
        }
        text = json.dumps(fields, sort_keys=True).encode("ascii")
        return b"\n%b %08x %08x multistore-local-1\n" % (text, len(text), zlib.crc32(text))


def read(size: int, pread: Callable[[int, int], bytes]) -> Trailer:
    """Read the trailer of a file of ``size`` bytes; ``pread(count, offset)`` gives its bytes.

    Raises:
        FormatError: the file has no trailer, or one that no writer would have written.
        TruncatedError: the trailer is whole, but the body in front of it is not.
    """
    tail = pread(min(size, _TAIL), max(0, size - _TAIL))
    footer = _FOOTER.fullmatch(tail[-_FOOTER_SIZE:])
    if footer is None:
        raise FormatError("the file does not end in a trailer", hint=_HINT)
    length, crc = int(footer[1], 16), int(footer[2], 16)
    whole = 1 + length + _FOOTER_SIZE
    if whole > size:
        raise FormatError("the file is shorter than its trailer", hint=_HINT)
    if whole > len(tail):
        tail = pread(whole, size - whole)
    line = tail[len(tail) - whole : len(tail) - _FOOTER_SIZE]
    text = line[1:]
    if line[:1] != b"\n" or zlib.crc32(text) != crc:
        raise FormatError("the trailer's checksum is wrong", hint=_HINT)
    found = _parse(text)
    if found.size != size - whole:
        raise TruncatedError(
            f"the body has {size - whole} bytes, but {found.size} were written", hint=_HINT
        )
    return found


def _parse(text: bytes) -> Trailer:
    try:
        fields = cast("dict[str, Any]", json.loads(text))
        found = Trailer(
            size=fields["size"],
            etag=fields["etag"],
            modified=_EPOCH + timedelta(microseconds=fields["modified"]),
            content_type=fields["content_type"],
            metadata=dict(fields["metadata"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        raise FormatError("the trailer cannot be read", hint=_HINT) from None
    texts: list[object] = [found.etag, found.content_type or ""]
    texts += [*found.metadata.keys(), *found.metadata.values()]
    if type(found.size) is not int or not all(isinstance(text, str) for text in texts):
        raise FormatError("the trailer's fields are of other types", hint=_HINT)
    return found

"""Names: what may be a bucket, and any object name as plain ASCII that sorts the same.

Some S3-compatible clouds take only ASCII letters, digits and a few signs in object names (Sakura
documents so). The encoding here is reversible, keeps the order of the bytes, and keeps ``/`` where
it is, so that listings, prefixes and ``start_after`` work on it unchanged.

The alphabet is the set that every S3 service takes: ``! ' ( ) * - . / 0-9 A-Z _ a-z``. Five of
its signs introduce two lower-case hex digits and never stand for themselves. Each covers the
bytes between its neighbours in the alphabet, and sorts where they sort:

====== =============
``!``  00 to 26
``*``  2a to 2c
``A``  3a to 41
``_``  5b to 60
``z``  7a to ff
====== =============

Cost: a letter stays one byte (but ``A`` and ``z``, three), each byte of a Japanese name becomes
three: a kana takes nine.
"""

from __future__ import annotations

import re

from multistore.errors import ConfigurationError, FormatError, InvalidArgumentError

_GAPS = (
    ("!", 0x00, 0x26),
    ("*", 0x2A, 0x2C),
    ("A", 0x3A, 0x41),
    ("_", 0x5B, 0x60),
    ("z", 0x7A, 0xFF),
)
_CODES = {byte: f"{sign}{byte:02x}" for sign, low, high in _GAPS for byte in range(low, high + 1)}
_ENCODE = [_CODES.get(byte, chr(byte)) for byte in range(256)]
_DECODE = {code: byte for byte, code in enumerate(_ENCODE)}
_TOKEN = re.compile(r"[!*A_z][0-9a-f]{2}|['()\-./0-9B-Za-y]")

# The strictest rules of S3's general-purpose buckets that no compatible service widens safely.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_BUCKET_REFUSALS = (
    ("arn:", "is an ARN, which names its own region and host", "NET-014"),
    ("://", "is a URL, which names its own host", "NET-014"),
    (".mrap", "is a Multi-Region Access Point, which may answer from any region", "RES-005"),
    ("--x-s3", "is a directory bucket, which lies in the zone that its name says", "RES-002"),
    ("--op-s3", "is on an Outpost, which stands wherever its owner put it", "RES-003"),
    ("-s3alias", "is an access point's alias, which may lead to another bucket", "NET-014"),
    ("--ol-s3", "is an Object Lambda alias, which runs foreign code over the bytes", "NET-014"),
)


def checked_bucket(bucket: str) -> str:
    """Return the bucket's name where it is the plain name of a bucket, and nothing else.

    Raises:
        ConfigurationError: an ARN, a URL, a directory bucket, an Outpost, a Multi-Region Access
            Point or an alias (rules NET-014, RES-002, RES-003, RES-005), or no bucket's name.
    """
    for mark, reason, rule in _BUCKET_REFUSALS:
        if mark in bucket.lower():
            raise ConfigurationError(
                f"the bucket {bucket[:120]!r} {reason}",
                code=rule,
                hint="Name an ordinary bucket, by its name alone.",
            )
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise ConfigurationError(
            f"{bucket[:120]!r} is not the name of a bucket",
            code="NET-014",
            hint="Use 3 to 63 of a-z, 0-9, - and ., beginning and ending with a letter or digit.",
        )
    return bucket


def encoded(name: str) -> str:
    """Return a name, or the beginning of one, as ASCII."""
    return "".join([_ENCODE[byte] for byte in name.encode()])


def decoded(text: str) -> str:
    """Return the name that ``encoded`` made ``text`` from.

    Raises:
        FormatError: nothing encodes to it: somebody else wrote this object.
    """
    tokens = _TOKEN.findall(text)
    try:
        if "".join(tokens) == text:
            return bytes([_DECODE[token] for token in tokens]).decode()
    except (KeyError, UnicodeDecodeError):
        pass
    raise FormatError(
        f"the bucket has an object {text[:120]!r}, whose name this store did not write",
        hint="Give this store a bucket of its own.",
    )


class Names:
    """How one store spells its names.

    Args:
        ascii_only: whether the service takes ASCII names only.
        limit: bytes of the longest name, as spelt.
    """

    def __init__(self, *, ascii_only: bool, limit: int) -> None:
        self.ascii_only = ascii_only
        self.limit = limit

    def spelt(self, name: str) -> str:
        """Return the name as the service gets it.

        Raises:
            InvalidArgumentError: it would be too long; nothing was sent.
        """
        text = encoded(name) if self.ascii_only else name
        size = len(text) if self.ascii_only else len(text.encode())
        if size > self.limit:
            raise InvalidArgumentError(
                f"the name takes {size} bytes as this store spells it; {self.limit} are allowed",
                key=name,
                code="KeyTooLongError",
                hint="Shorten the key."
                + (" This service takes ASCII only: a kana needs nine." if self.ascii_only else ""),
            )
        return text

    def prefix(self, text: str) -> str:
        """Return the beginning of names as the service gets it."""
        return encoded(text) if self.ascii_only else text

    def read(self, text: str) -> str:
        """Return the name behind what the service lists; raises as ``decoded`` does."""
        return decoded(text) if self.ascii_only else text

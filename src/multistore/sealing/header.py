"""The 160 bytes before every sealed object, and the keys that follow from them. No I/O.

docs/spec/object-format.md is the text that this follows; field names are the same there.
"""

from __future__ import annotations

import hmac
import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from multistore.errors import FormatError, LengthError, TruncatedError
from multistore.sealing.framing import (
    CHUNK_LOG2_LEAST,
    CHUNK_LOG2_MOST,
    HEADER_BYTES,
    MOST_PLAINTEXT,
    Framing,
    framing_of,
)

MAGIC = b"\x89MSO\r\n\x1a\n"
FORMAT_VERSION = 1
SUITE = 1
LENGTH_UNKNOWN = 0b0000_0001
NO_METADATA = bytes(32)

_CORE = struct.Struct(">8sBBBBI16s32s")
_REST = struct.Struct(">QQ16s32s32s")
_SIGNED_BYTES = 128
_OBJECT_INFO = b"multistore-object-v1\0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Core(NamedTuple):
    """Bytes 0 to 63: what the object's keys are derived from. Never rewritten.

    Attributes:
        chunk_log2: the chunk size is two to this power.
        length_unknown: the header was written before the length was known.
        key_version: which key of the scope.
        scope_id: whose key.
        salt: 32 random bytes, fresh for every sealing.
    """

    chunk_log2: int
    length_unknown: bool
    key_version: int
    scope_id: bytes
    salt: bytes

    def encode(self) -> bytes:
        """Give the 64 bytes."""
        return _CORE.pack(
            MAGIC,
            FORMAT_VERSION,
            SUITE,
            self.chunk_log2,
            LENGTH_UNKNOWN if self.length_unknown else 0,
            self.key_version,
            self.scope_id,
            self.salt,
        )


class Header(NamedTuple):
    """A whole header. Only what ``parse`` and the tags have let through may be believed.

    Attributes:
        core: see Core.
        plaintext_len: 0 where ``core.length_unknown``.
        created_at: microseconds since 1970-01-01T00:00:00Z.
        name_tag: binds the object's key inside its collection.
        metadata_digest: SHA-256 of the sealed metadata, or 32 zero bytes for none.
        header_tag: authenticates all that stands before it.
    """

    core: Core
    plaintext_len: int
    created_at: int
    name_tag: bytes
    metadata_digest: bytes
    header_tag: bytes = bytes(32)

    @property
    def framing(self) -> Framing:
        """The arithmetic of its chunk size."""
        return framing_of(self.core.chunk_log2)

    def signed(self, keys: ObjectKeys) -> Header:
        """Return it with the right ``header_tag``."""
        return Header(
            self.core,
            self.plaintext_len,
            self.created_at,
            self.name_tag,
            self.metadata_digest,
            keys.header_tag(self.encode()),
        )

    def encode(self) -> bytes:
        """Give the 160 bytes."""
        return self.core.encode() + _REST.pack(
            self.plaintext_len,
            self.created_at,
            self.name_tag,
            self.metadata_digest,
            self.header_tag,
        )

    @classmethod
    def parse(cls, raw: bytes) -> Header:
        """Check the syntax, and nothing else: step 1 of a reader.

        Raises:
            TruncatedError: fewer than 160 bytes, as far as they go those of a sealed object.
            FormatError: not a sealed object, or a field that no writer may write.
        """
        if raw[: len(MAGIC)] != MAGIC[: len(raw)]:
            raise FormatError(
                "this is not a sealed object: it does not begin as one",
                hint="Something wrote to the store past multistore; put the object anew.",
            )
        if len(raw) < HEADER_BYTES:
            raise TruncatedError(
                f"the object ends after {len(raw)} bytes, inside its header of {HEADER_BYTES}"
            )
        _, version, suite, chunk_log2, flags, key_version, scope_id, salt = _CORE.unpack_from(raw)
        rest = _REST.unpack_from(raw, _CORE.size)
        if version != FORMAT_VERSION:
            _refuse("format version", version)
        if suite != SUITE:
            _refuse("suite", suite)
        if not CHUNK_LOG2_LEAST <= chunk_log2 <= CHUNK_LOG2_MOST:
            _refuse("chunk size exponent", chunk_log2)
        if flags & ~LENGTH_UNKNOWN:
            _refuse("flags", flags)
        if key_version == 0:
            _refuse("key version", key_version)
        length_unknown = bool(flags & LENGTH_UNKNOWN)
        if rest[0] > MOST_PLAINTEXT or (length_unknown and rest[0]):
            _refuse("plaintext length", rest[0])
        return cls(Core(chunk_log2, length_unknown, key_version, scope_id, salt), *rest)

    def size_within(self, total: int) -> int:
        """Hold the plaintext length against the bytes at rest: step 2 of a reader.

        Returns:
            The plaintext size. With ``length_unknown`` it is a claim until the last chunk has
            been opened.

        Raises:
            TruncatedError: bytes are missing.
            LengthError: there are more bytes than the header says.
        """
        if self.core.length_unknown:
            size = self.framing.size(total)
            if size is None:
                raise TruncatedError(f"no sealed object has {total} bytes: its end is missing")
            if size > MOST_PLAINTEXT:
                raise LengthError(f"{size} bytes of plaintext are more than the format has")
            return size
        expected = self.framing.total(self.plaintext_len)
        if total < expected:
            raise TruncatedError(f"the object has {total} bytes, its header says {expected}")
        if total > expected:
            raise LengthError(f"the object has {total} bytes, its header says {expected}")
        return self.plaintext_len

    def created(self) -> datetime:
        """Give ``created_at`` as aware UTC.

        Raises:
            FormatError: it lies beyond the year 9999.
        """
        try:
            return _EPOCH + timedelta(microseconds=self.created_at)
        except OverflowError:
            raise FormatError(
                f"the sealed time of {self.created_at} microseconds is beyond the calendar"
            ) from None


class ObjectKeys:
    """The keys of one object, derived from its scope's key; never printed, pickled or kept.

    Their bytes are zeroed when the last reference goes. AES's own key schedule lives inside
    OpenSSL, which clears it itself.
    """

    __slots__ = ("_okm", "_view", "base_nonce", "body", "core", "framing")

    def __init__(self, secret: bytearray | bytes, core: Core) -> None:
        okm, self.core = bytearray(140), core.encode()
        # NIST SP 800-108r1, feedback mode: HKDF-Expand of RFC 5869. The scope's key is
        # uniformly random, so there is nothing to extract.
        HKDFExpand(hashes.SHA256(), len(okm), _OBJECT_INFO + self.core).derive_into(secret, okm)
        self._okm = okm
        self._view = memoryview(okm)
        self.framing = framing_of(core.chunk_log2)
        self.body = AESGCM(self._view[0:32])
        self.base_nonce = int.from_bytes(self._view[32:44])

    def nonce(self, number: int) -> bytes:
        """Give the nonce of one chunk."""
        return (self.base_nonce ^ number).to_bytes(12)

    def metadata_cipher(self) -> AESGCM:
        """Give the cipher of the sealed metadata."""
        return AESGCM(self._view[44:76])

    def header_tag(self, raw: bytes) -> bytes:
        """Authenticate the first 128 bytes of a header."""
        return hmac.digest(self._view[76:108], raw[:_SIGNED_BYTES], "sha256")

    def name_tag(self, key: str) -> bytes:
        """Bind an object's key inside its collection."""
        return hmac.digest(self._view[108:140], key.encode(), "sha256")[:16]

    def __repr__(self) -> str:
        """Say what it is, and nothing of what is in it."""
        return "ObjectKeys(…)"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise TypeError("the keys of an object never leave their process")

    def __del__(self) -> None:
        """Zero the key bytes."""
        okm = getattr(self, "_okm", None)
        if okm is not None:
            okm[:] = bytes(len(okm))


def _refuse(field: str, value: int) -> NoReturn:
    raise FormatError(
        f"the header's {field} is {value}, which this reader does not accept",
        hint="It is damaged, or was written by a newer multistore.",
    )

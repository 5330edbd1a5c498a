"""Content type and user metadata, sealed into the one entry that the provider sees."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from cryptography.exceptions import InvalidTag

from multistore.errors import FormatError, InvalidArgumentError, TamperedError
from multistore.sealing.framing import TAG_BYTES
from multistore.sealing.header import NO_METADATA
from multistore.values import EMPTY

if TYPE_CHECKING:
    from multistore.sealing.header import ObjectKeys

ENTRY = "multistore"
"""The name of the provider's metadata entry."""
MOST_CHARACTERS = 1_800
"""Of the entry's value; S3 gives 2 KiB to all of an object's metadata."""

_NONCE_BYTES = 12
_CONTEXT = b"multistore-metadata-v1\0"


class Metadata(NamedTuple):
    """What a caller says about an object.

    Attributes:
        content_type: or None.
        user: any text to any text.
    """

    content_type: str | None = None
    user: Mapping[str, str] = EMPTY

    def __bool__(self) -> bool:
        """Whether there is anything to seal."""
        return self.content_type is not None or bool(self.user)


def seal(keys: ObjectKeys, metadata: Metadata) -> tuple[dict[str, str], bytes]:
    """Seal metadata under a fresh nonce.

    Returns:
        The provider's metadata, and the header's ``metadata_digest``.

    Raises:
        InvalidArgumentError: it is not text, or longer than a provider keeps.
    """
    return seal_under(os.urandom(_NONCE_BYTES) if metadata else b"", keys, metadata)


def seal_under(nonce: bytes, keys: ObjectKeys, metadata: Metadata) -> tuple[dict[str, str], bytes]:
    """Seal metadata under a given nonce, as known answers need it; else see seal."""
    user: object = metadata.user
    if user is not EMPTY and not isinstance(user, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgumentError(
            f"metadata is a mapping of text to text, not {type(user).__name__}"
        )
    if not metadata:
        return {}, NO_METADATA
    plain = _encode(metadata)
    sealed = nonce + keys.metadata_cipher().encrypt(nonce, plain, _CONTEXT + keys.core)
    carried = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
    if len(carried) > MOST_CHARACTERS:
        most = MOST_CHARACTERS * 3 // 4 - _NONCE_BYTES - TAG_BYTES
        raise InvalidArgumentError(
            f"content type and metadata take {len(plain)} bytes; at most {most} can be kept",
            hint="Keep long descriptions in an object of their own.",
        )
    return {ENTRY: carried}, hashlib.sha256(sealed).digest()


def unseal(keys: ObjectKeys, digest: bytes, provider: Mapping[str, str]) -> Metadata:
    """Open what the provider carries, held against the header's ``metadata_digest``.

    Raises:
        TamperedError: it was lost, added, replaced or altered. The data is not concerned.
        FormatError: it is not of the shape that a writer gives it.
    """
    carried = provider.get(ENTRY, "")
    absent = hmac.compare_digest(digest, NO_METADATA)
    if not carried:
        if absent:
            return Metadata()
        raise TamperedError(
            "the sealed metadata is gone, though the object had some",
            hint="A tool copied the object without its metadata. The data is whole: read it, "
            "and copy the object onto itself with new metadata.",
        )
    sealed = _decode(carried)
    if absent or not hmac.compare_digest(hashlib.sha256(sealed).digest(), digest):
        raise TamperedError(
            "the metadata is not what was sealed with this object",
            hint="The data is whole: read it, and copy the object onto itself with new metadata.",
        )
    nonce = sealed[:_NONCE_BYTES]
    try:
        plain = keys.metadata_cipher().decrypt(nonce, sealed[_NONCE_BYTES:], _CONTEXT + keys.core)
    except InvalidTag:
        raise TamperedError("the metadata did not verify") from None
    return _parse(plain)


def _encode(metadata: Metadata) -> bytes:
    fields: dict[str, object] = {}
    if metadata.content_type is not None:
        fields["content_type"] = metadata.content_type
    if metadata.user:
        fields["user"] = dict(metadata.user)
    try:
        _shaped(dict(fields))
        text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode()
    except (TypeError, UnicodeEncodeError):
        raise InvalidArgumentError(
            "content type and metadata must be text, names and values alike"
        ) from None


def _decode(carried: str) -> bytes:
    if len(carried) > MOST_CHARACTERS:
        raise FormatError(f"the sealed metadata has {len(carried)} characters")
    try:
        raw = carried.encode("ascii")
        sealed = base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise FormatError("the sealed metadata is not base64url") from None
    # One value, one spelling: no padding, no stray bits behind the last byte.
    if base64.urlsafe_b64encode(sealed).rstrip(b"=") != raw:
        raise FormatError("the sealed metadata is not in the canonical form of base64url")
    if len(sealed) < _NONCE_BYTES + TAG_BYTES:
        raise FormatError(f"the sealed metadata has only {len(sealed)} bytes")
    return sealed


def _parse(plain: bytes) -> Metadata:
    try:
        fields: object = json.loads(plain.decode(), object_pairs_hook=_without_doubles)
        return _shaped(fields)
    except (ValueError, TypeError, RecursionError):
        pass
    # Raised out here, because json's own error carries the text, and that is plaintext.
    raise FormatError("the opened metadata is not of the format's shape")


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name twice")
    return fields


def _shaped(fields: object) -> Metadata:
    """Give what JSON gave as metadata; TypeError where it is of another shape."""
    if not isinstance(fields, dict):
        raise TypeError
    known = cast("dict[str, object]", fields)
    user = known.pop("user", {})
    if known.keys() - {"content_type"} or not isinstance(user, dict):
        raise TypeError
    texts = _texts(cast("dict[object, object]", user))
    return Metadata(_texts(known).get("content_type"), texts)


def _texts(user: Mapping[Any, object]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, value in user.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError
        texts[name] = value
    return texts

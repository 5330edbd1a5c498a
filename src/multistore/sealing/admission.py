"""Steps 1 to 6 of a reader: from raw bytes to a header that may be believed. No I/O."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, NamedTuple

from multistore.errors import (
    InvalidArgumentError,
    NameMismatchError,
    ScopeMismatchError,
    TamperedError,
)
from multistore.sealing.header import Header, ObjectKeys

if TYPE_CHECKING:
    from multistore.sealing.framing import Framing
    from multistore.sealing.scopes import ScopeKeys


class Named(NamedTuple):
    """The three parts of a name in a sealed store: ``tenant/collection/key``."""

    tenant: str
    collection: str
    key: str

    @classmethod
    def parse(cls, name: str) -> Named:
        """Split a name; the layers above have validated its parts.

        Raises:
            InvalidArgumentError: there are fewer than three.
        """
        parts = name.split("/", 2)
        if len(parts) != 3 or not all(parts):
            raise InvalidArgumentError(
                f"{name[:80]!r} is not tenant/collection/key",
                hint="What is sealed belongs to a tenant and a collection.",
            )
        return cls(*parts)

    @property
    def scope(self) -> tuple[str, str]:
        """Tenant and collection."""
        return self.tenant, self.collection


class Admitted(NamedTuple):
    """A header that has passed, and what opens its body.

    Attributes:
        raw: the 160 bytes.
        header: the same, parsed.
        keys: of this object.
        total: bytes at rest.
        size: plaintext bytes; with LENGTH_UNKNOWN a claim until the last chunk is open.
    """

    raw: bytes
    header: Header
    keys: ObjectKeys
    total: int
    size: int

    @property
    def framing(self) -> Framing:
        """The arithmetic of its chunk size."""
        return self.keys.framing


def admit(
    raw: bytes,
    total: int,
    named: Named,
    keys: ScopeKeys,
    *,
    pin: bytes | None = None,
    adopt: bool = False,
) -> Admitted:
    """Check a header in the format's own order, and stop at the first failure.

    Args:
        raw: the first 160 bytes of the object, or all where it has fewer.
        total: bytes at rest, as the store says.
        named: the name that was asked for; its scope is the one that is expected.
        keys: who holds the scopes' keys.
        pin: the ``header_tag`` that the caller remembers, where it does.
        adopt: the caller knows that the object was moved here past multistore.

    Raises:
        FormatError: the syntax (step 1).
        TruncatedError: bytes are missing (steps 1 and 2).
        LengthError: there are too many (step 2).
        ScopeMismatchError: another tenant's or collection's object (step 3).
        KeyUnavailableError: an unknown key version (step 4); also KeyDestroyedError and
            TenantSuspendedError.
        TamperedError: the header does not verify (step 5), or is not the pinned one.
        NameMismatchError: sealed for another key of this collection (step 6).
    """
    header = Header.parse(raw)
    size = header.size_within(total)
    expected = keys.scope_id(named.tenant, named.collection)
    if expected is None or not hmac.compare_digest(expected, header.core.scope_id):
        raise ScopeMismatchError(
            f"the object here was not sealed for tenant {named.tenant!r} and collection "
            f"{named.collection!r}",
            hint="Someone moved or replaced it past multistore.",
        )
    scope_key = keys.for_opening(named.tenant, named.collection, header.core.key_version)
    object_keys = ObjectKeys(scope_key.secret, header.core)
    if not hmac.compare_digest(object_keys.header_tag(raw), header.header_tag):
        raise TamperedError(
            "the header did not verify",
            hint="It is not what was sealed: restore the object from a backup or put it anew.",
        )
    if not adopt and not hmac.compare_digest(object_keys.name_tag(named.key), header.name_tag):
        raise NameMismatchError(
            "the object here was sealed for another key of this collection",
            hint="If you moved it here yourself past multistore, open it with adopt=True.",
        )
    if pin is not None and not hmac.compare_digest(pin, header.header_tag):
        raise TamperedError(
            "the object here is a sealed one, but not the one that was pinned",
            hint="It was replaced, perhaps by an older copy of itself.",
        )
    return Admitted(raw, header, object_keys, total, size)

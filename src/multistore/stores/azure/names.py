"""Names: what may be an account, a container, an object, a piece of metadata."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from multistore.errors import ConfigurationError, InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multistore.stores.base import Limits

SEGMENTS = 254
"""Microsoft Learn, "Naming and referencing containers, blobs, and metadata"."""

_CONTAINER = re.compile(r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_METADATA = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_name(name: str, limits: Limits) -> None:
    """Refuse what Azure would store under another name, or not at all.

    Microsoft documents that no segment should end with a dot, and that a path has 254 segments
    at most; a backslash becomes a slash on its way through several clients.

    Raises:
        InvalidArgumentError: before anything was sent.
    """
    segments = name.split("/")
    reason = None
    if len(name.encode()) > limits.name_bytes:
        reason = f"has more than {limits.name_bytes} bytes of UTF-8"
    elif "\\" in name:
        reason = "has a backslash"
    elif any(segment.endswith(".") for segment in segments):
        reason = "has a segment that ends with a dot"
    elif len(segments) > SEGMENTS:
        reason = f"has more than {SEGMENTS} segments"
    if reason:
        raise InvalidArgumentError(
            f"the name {reason}, which Azure Blob does not keep as it is",
            code="InvalidResourceName",
            hint="Choose another key for this collection, or another store.",
        )


def check_metadata(metadata: Mapping[str, str]) -> None:
    """Refuse what a header cannot carry, or Azure does not name: names are C# identifiers.

    Raises:
        InvalidArgumentError: before anything was sent.
    """
    for key, value in metadata.items():
        if not _METADATA.fullmatch(key):
            raise InvalidArgumentError(
                f"{key[:80]!r} cannot be a metadata name on Azure Blob",
                code="InvalidMetadata",
                hint="Use letters, digits and _, not beginning with a digit.",
            )
        if not value.isascii() or not value.isprintable():
            raise InvalidArgumentError(
                f"the value of the metadata {key!r} is not printable ASCII",
                code="InvalidMetadata",
            )


def checked_account(account: str) -> str:
    """Return the name where it is one of a storage account; raises ConfigurationError."""
    if not _ACCOUNT.fullmatch(account):
        raise ConfigurationError(
            f"{account[:80]!r} is not the name of a storage account",
            hint="Use 3 to 24 of a-z and 0-9.",
        )
    return account


def checked_container(container: str) -> str:
    """Return the name where it is one of a container; raises ConfigurationError."""
    if not _CONTAINER.fullmatch(container):
        raise ConfigurationError(
            f"{container[:80]!r} is not the name of a container",
            hint="Use 3 to 63 of a-z, 0-9 and -, without two - in a row, and none at the ends.",
        )
    return container

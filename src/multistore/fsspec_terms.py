"""Addresses, and what is known of objects, as fsspec has them: paths and dictionaries."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from multistore.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.values import ObjectInfo


def plain(path: str | os.PathLike[str]) -> str:
    """Take the protocol off, and a slash at the end."""
    return os.fspath(path).removeprefix("multistore://").removeprefix("multistore::").rstrip("/")


def is_root(path: str) -> bool:
    """Tell whether the path is a collection's; a tenant's alone, or none, is refused."""
    parts = path.split("/", 2)
    if len(parts) < 2 or not all(parts[:2]):
        raise InvalidArgumentError(
            f"{path[:80]!r} names no collection of a tenant",
            hint="Write multistore://tenant/collection/key.",
        )
    return len(parts) == 2


def parents(name: str, root: str) -> Iterator[str]:
    """Give the directories that a file is in, up to a root, which is one of them."""
    while (name := name.rpartition("/")[0]) and len(name) >= len(root):
        yield name


def directory_entry(path: str) -> dict[str, Any]:
    """Describe a directory."""
    return {"name": path, "size": 0, "type": "directory"}


def file_entry(info: ObjectInfo) -> dict[str, Any]:
    """Describe a file; from a listing with less than from its header."""
    entry: dict[str, Any] = {
        "name": str(info.address),
        "size": info.size,
        "type": "file",
        "modified": info.modified,
        "etag": info.etag,
    }
    if info.created is not None:  # not in listings
        entry |= {
            "created": info.created,
            "content_type": info.content_type,
            "metadata": dict(info.metadata),
        }
    return entry

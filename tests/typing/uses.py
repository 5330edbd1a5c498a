"""How users write it, as the type checkers must see it. Checked by mypy and pyright, never run.

Each ``type: ignore`` marks a mistake that must stay one: an ignore that is not needed fails too.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, assert_type

import multistore
from multistore import (
    CommonPrefix,
    From,
    IfMatch,
    Last,
    ObjectInfo,
    Outcome,
    PutMode,
    Span,
    Vault,
    aio,
)
from multistore.files import ObjectFile
from multistore.writing import ObjectWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.stores.base import Store
    from multistore.stores.memory import MemoryStore


def opening() -> None:
    assert_type(multistore.open("multistore.toml"), Vault)
    assert_type(multistore.open(Path("multistore.toml")), Vault)
    with multistore.open() as vault:
        assert_type(vault, Vault)


def writing(vault: Vault, pieces: Iterator[bytes]) -> None:
    assert_type(vault.put("a/b/c", b""), ObjectInfo)
    vault.put("a/b/c", bytearray(), mode=PutMode.CREATE)
    vault.put("a/b/c", memoryview(b""), mode=IfMatch("etag"))
    vault.put("a/b/c", Path("file"), content_type="video/mp4", metadata={"題名": "第1回"})
    vault.put("a/b/c", io.BytesIO())
    vault.put("a/b/c", pieces, progress=lambda count: None)
    with Path("file").open("rb") as file:
        vault.put("a/b/c", file)
    vault.put("a/b/c", "text")  # type: ignore[arg-type]
    vault.put("a/b/c", b"", mode="create")  # type: ignore[arg-type]
    vault.put("a/b/c", b"", metadata={"pages": 3})  # type: ignore[dict-item]
    assert_type(vault.copy("a/b/c", "a/b/d"), ObjectInfo)
    assert_type(vault.rename("a/b/c", "a/b/d"), ObjectInfo)
    assert_type(vault.delete("a/b/c"), Outcome)
    vault.delete(None)  # type: ignore[arg-type]


def reading(vault: Vault) -> None:
    assert_type(vault.read("a/b/c"), bytes)
    assert_type(vault.read("a/b/c", Span(0, 1)), bytes)
    assert_type(vault.read("a/b/c", From(1)), bytes)
    assert_type(vault.read("a/b/c", Last(1)), bytes)
    vault.read("a/b/c", (0, 1))  # type: ignore[arg-type]
    assert_type(vault.open("a/b/c"), ObjectFile)
    assert_type(vault.open("a/b/c", "rb", pin=b""), ObjectFile)
    assert_type(vault.open("a/b/c", "wb", content_type="text/plain"), ObjectWriter)
    assert_type(vault.open("a/b/c", "xb"), ObjectWriter)
    vault.open("a/b/c", "r+b")  # type: ignore[call-overload]
    vault.open("a/b/c", "rb", content_type="text/plain")  # type: ignore[call-overload]
    zipfile.ZipFile(vault.open("a/b/c"))
    io.TextIOWrapper(vault.open("a/b/c", "wb"))
    io.TextIOWrapper(vault.open("a/b/c"))
    with vault.get("a/b/c", pin=b"") as download:
        assert_type(download.info, ObjectInfo)
        assert_type(download.read(), bytes)
    assert_type(vault.head("a/b/c"), ObjectInfo)
    assert_type(vault.exists("a/b/c"), bool)
    for entry in vault.list("a/b/"):
        assert_type(entry, ObjectInfo | CommonPrefix)


def implementing(memory: MemoryStore) -> Store:
    return memory


async def awaiting(vault: aio.AsyncVault) -> None:
    assert_type(await vault.put("a/b/c", b""), ObjectInfo)
    assert_type(await vault.read("a/b/c", Span(0, 1)), bytes)
    async with vault.open("a/b/c") as file:
        assert_type(file, aio.AsyncReader)
        assert_type(await file.read(), bytes)
    async with vault.open("a/b/c", "wb", metadata={"a": "b"}) as out:
        assert_type(out, aio.AsyncWriter)
        assert_type(await out.write(b""), int)
    vault.open("a/b/c", "r+b")  # type: ignore[call-overload]
    async for entry in vault.list("a/b/"):
        assert_type(entry, ObjectInfo | CommonPrefix)

"""Test vectors of the object format, run through the real reader and writer.

``python -m multistore.testing.vectors FILE.json …`` checks files of vectors; the format of both
kinds is in docs/spec/object-format.md. Every vector runs four ways: whole read, random access,
inspect (the header alone) and re-seal. One line is printed per difference.

Exit codes: 0 no difference, 1 at least one, 2 a file that cannot be used.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from multistore.errors import (
    KeyDestroyedError,
    KeyUnavailableError,
    MultistoreError,
    NotFoundError,
    TenantSuspendedError,
)
from multistore.sealing import metadata as sealed_metadata
from multistore.sealing.buffers import Buffers
from multistore.sealing.framing import HEADER_BYTES, Framing
from multistore.sealing.header import Core, Header, ObjectKeys
from multistore.sealing.metadata import ENTRY, Metadata
from multistore.sealing.scopes import ScopeKey
from multistore.sealing.sealed import CONTENT_TYPE, SealedStore
from multistore.sealing.workers import Workers
from multistore.sealing.writer import SealedBody
from multistore.stores.base import Body, Limits
from multistore.stores.memory import MemoryStore
from multistore.values import PutMode, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from multistore.stores.base import StoredObject

Vector = dict[str, Any]

_SCOPE = "tenant/collection/"
_TARGET = _SCOPE + "target of the re-seal"
_PATTERN = re.compile(r"bytes\(i % (\d+) for i in range\((\d+)\)\)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# One request for everything, and about a request per chunk.
_PART_SIZES = (Limits().part_size, 140_000)


class VectorKeys:
    """The one scope of a vector, in one state."""

    def __init__(self, vector: Vector) -> None:
        self._id = bytes.fromhex(vector["scope_id"])
        self._version = int(vector["key_version"])
        self._secret = bytearray.fromhex(vector["scope_key"])
        self._state = vector.get("scope_state", "active")

    def scope_id(self, tenant: str, collection: str) -> bytes | None:
        """See ScopeKeys.scope_id."""
        return self._id if f"{tenant}/{collection}/" == _SCOPE else None

    def for_sealing(self, tenant: str, collection: str) -> ScopeKey:
        """See ScopeKeys.for_sealing."""
        return self.for_opening(tenant, collection, self._version)

    def for_opening(self, tenant: str, collection: str, version: int) -> ScopeKey:
        """See ScopeKeys.for_opening."""
        if self._state == "suspended":
            raise TenantSuspendedError(f"the scope of {tenant}/{collection} is suspended")
        if self._state == "erased":
            raise KeyDestroyedError(f"the key of {tenant}/{collection} was erased")
        if version != self._version:
            raise KeyUnavailableError(f"there is no key version {version}")
        return ScopeKey(self._id, version, self._secret)


class Bench:
    """One vector's object in a memory store, under the real sealing layer."""

    def __init__(self, vector: Vector, sealed: bytes, part_size: int) -> None:
        self.name = _SCOPE + vector["name"]
        self.pin = bytes.fromhex(vector["pin"]) if "pin" in vector else None
        inner = MemoryStore()
        inner.limits = replace(inner.limits, part_size=part_size)
        carried = vector.get("sealed_metadata_b64url")
        inner.put(
            self.name,
            Body([sealed], len(sealed)),
            mode=PutMode.OVERWRITE,
            content_type=CONTENT_TYPE,
            metadata={ENTRY: carried} if carried else {},
        )
        self.store = SealedStore(inner, VectorKeys(vector))

    def whole(self) -> Iterator[bytes]:
        """Read everything, the description first."""
        opened = self.store.open(self.name, pin=self.pin)
        _ = opened.info
        for piece in opened.stream():
            yield bytes(piece)

    def random_access(self) -> Iterator[bytes]:
        """Read every chunk and every border between two, from the end to the beginning."""
        opened = self.store.open(self.name, pin=self.pin, first=Span(0, 1))
        _ = opened.info
        size, chunk = opened.size, 1 << self._chunk_log2()
        for start in sorted({0, *range(0, size, chunk)}, reverse=True):
            yield bytes(opened.read(Span(start, start + chunk)))
            if start:
                yield bytes(opened.read(Span(start - 1, start + 1)))

    def inspect(self) -> StoredObject:
        """Describe it from its header."""
        opened = self.store.open(self.name, pin=self.pin, first=Span(0, 1))
        described = self.store.head(self.name)
        if described != opened.info:
            raise AssertionError("head and open describe two different objects")
        return described

    def resealed_plaintext(self) -> Iterator[bytes]:
        """Open it, seal it anew under another name, and give what that one reads."""
        opened = self.store.open(self.name, pin=self.pin)
        self.store.put(
            _TARGET,
            Body(opened.stream(), opened.size),
            mode=PutMode.CREATE,
            content_type=opened.info.content_type,
            metadata=opened.info.metadata,
        )
        anew = self.store.open(_TARGET)
        if (anew.info.content_type, anew.info.metadata) != (
            opened.info.content_type,
            opened.info.metadata,
        ):
            raise AssertionError("the metadata was not kept")
        for piece in anew.stream():
            yield bytes(piece)

    def has_target(self) -> bool:
        """Whether anything became visible under the target's name."""
        try:
            self.store.inner.head(_TARGET)
        except NotFoundError:
            return False
        return True

    def _chunk_log2(self) -> int:
        raw = self.store.inner.get(self.name, Span(0, HEADER_BYTES)).data
        return Header.parse(bytes(raw)).core.chunk_log2


def check(vector: Vector) -> Iterator[str]:
    """Give one line for each difference between a vector and this implementation."""
    try:
        yield from _negative(vector) if "expect" in vector else _positive(vector)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        yield f"the vector cannot be used: {type(error).__name__}: {error}"


def _positive(vector: Vector) -> Iterator[str]:
    plain = _plaintext(vector)
    core = Core(
        chunk_log2=vector["chunk_log2"],
        length_unknown=vector["length_unknown"],
        key_version=vector["key_version"],
        scope_id=bytes.fromhex(vector["scope_id"]),
        salt=bytes.fromhex(vector["salt"]),
    )
    keys = ObjectKeys(bytearray.fromhex(vector["scope_key"]), core)
    yield from _other_keys(vector, core)
    given: Vector = vector["metadata"] or {}
    metadata = Metadata(given.get("content_type"), given.get("user", {}))
    nonce = bytes.fromhex(vector["meta_nonce"] or "")
    entry, digest = sealed_metadata.seal_under(nonce, keys, metadata)
    header = Header(
        core=core,
        plaintext_len=0 if core.length_unknown else len(plain),
        created_at=vector["created_at_us"],
        name_tag=keys.name_tag(vector["name"]),
        metadata_digest=digest,
    ).signed(keys)
    body = SealedBody(
        header.encode(),
        keys,
        [plain],
        size=None if core.length_unknown else len(plain),
        limits=Limits(),
        workers=Workers(2),
        buffers=Buffers(2),
    )
    sealed = b"".join(body)
    found = {
        "sealed_metadata_b64url": entry.get(ENTRY, ""),
        "header": sealed[:HEADER_BYTES].hex(),
        "total_len": len(sealed),
        "object_sha256": hashlib.sha256(sealed).hexdigest(),
        "first_chunk_prefix": sealed[HEADER_BYTES : HEADER_BYTES + 16].hex(),
        "final_tag": sealed[-16:].hex(),
    }
    yield from (
        f"{field} is {value}, not {vector[field]}"
        for field, value in found.items()
        if value != vector[field]
    )
    framing = Framing(core.chunk_log2)
    if (framing.total(len(plain)), framing.size(len(sealed))) != (len(sealed), len(plain)):
        yield "the size equation does not hold"
    for part_size in _PART_SIZES:
        yield from _opens(Bench(vector, sealed, part_size), vector, plain, metadata)


def _other_keys(vector: Vector, core: Core) -> Iterator[str]:
    info = b"multistore-object-v1\0" + core.encode()
    okm = HKDFExpand(hashes.SHA256(), 140, info).derive(bytes.fromhex(vector["scope_key"]))
    start = 0
    for name, size in {"body": 32, "base": 12, "meta": 32, "hdr": 32, "name": 32}.items():
        if okm[start : start + size].hex() != vector["keys"][name]:
            yield f"the key {name!r} is another"
        start += size


def _opens(bench: Bench, vector: Vector, plain: bytes, metadata: Metadata) -> Iterator[str]:
    chunk = 1 << vector["chunk_log2"]
    try:
        if b"".join(bench.whole()) != plain:
            yield "whole read: other bytes"
        pieces = iter(bench.random_access())
        for start in sorted({0, *range(0, len(plain), chunk)}, reverse=True):
            if next(pieces, None) != plain[start : start + chunk]:
                yield f"random access: other bytes at {start}"
            if start and next(pieces, None) != plain[start - 1 : start + 1]:
                yield f"random access: other bytes across {start}"
        info = bench.inspect()
        created = _EPOCH + timedelta(microseconds=vector["created_at_us"])
        if (info.size, info.created, info.header_tag) != (
            len(plain),
            created,
            bytes.fromhex(vector["header"])[128:],
        ):
            yield "inspect: another size, time or tag"
        if (info.content_type, info.metadata) != (metadata.content_type, metadata.user):
            yield "inspect: other metadata"
        if b"".join(bench.resealed_plaintext()) != plain:
            yield "re-seal: other bytes"
    except (MultistoreError, AssertionError) as error:
        yield f"it is refused: {type(error).__name__}: {error}"


def _negative(vector: Vector) -> Iterator[str]:
    if "object_hex" in vector:
        sealed = bytes.fromhex(vector["object_hex"])
    else:
        sealed = base64.b64decode(vector["object_b64"], validate=True)
    for part_size in _PART_SIZES:
        bench = Bench(vector, sealed, part_size)
        yield from _fails(vector, "whole read", bench.whole, vector["released"])
        yield from _fails(vector, "random access", bench.random_access, -1)
        yield from _fails(vector, "re-seal", bench.resealed_plaintext, 0)
        if bench.has_target():
            yield "re-seal: an object became visible"
        # Damage that lies in the chunks does not show in the header.
        must = vector.get("inspect")
        try:
            bench.inspect()
        except Exception as error:  # noqa: BLE001 - every kind of failure is a finding here
            if must == "passes" or not _is_expected(vector, error):
                yield f"inspect: {type(error).__name__} instead of {vector['expect']}: {error}"
        else:
            if must == "fails":
                yield f"inspect: no {vector['expect']}"


def _fails(
    vector: Vector, way: str, read: Callable[[], Iterator[bytes]], released: int
) -> Iterator[str]:
    count = 0
    try:
        for piece in read():
            count += len(piece)
    except Exception as error:  # noqa: BLE001 - as above
        if not _is_expected(vector, error):
            yield f"{way}: {type(error).__name__} instead of {vector['expect']}: {error}"
    else:
        yield f"{way}: no {vector['expect']}, and {count} bytes"
    if released not in {-1, count}:
        yield f"{way}: {count} bytes were released, not {released}"


def _is_expected(vector: Vector, error: Exception) -> bool:
    names = {kind.__name__ for kind in type(error).__mro__}
    return isinstance(error, MultistoreError) and vector["expect"] in names


def _plaintext(vector: Vector) -> bytes:
    matched = _PATTERN.fullmatch(vector["plaintext"])
    if matched is None:
        raise ValueError(f"the plaintext {vector['plaintext'][:60]!r} is not of the known form")
    modulus, size = int(matched[1]), int(matched[2])
    if size != vector["plaintext_len"]:
        raise ValueError("plaintext and plaintext_len disagree")
    cycle = bytes(range(modulus))
    return (cycle * (size // modulus + 1))[:size]


def _loaded(path: str) -> list[Vector]:
    found: object = json.loads(Path(path).read_text(encoding="utf-8"))
    vectors = cast("list[object]", found) if isinstance(found, list) else []
    if not vectors or not all(isinstance(vector, dict) for vector in vectors):
        raise ValueError("it holds no list of vectors")
    return cast("list[Vector]", vectors)


def main(arguments: Sequence[str]) -> int:
    """Check files of vectors; see the module."""
    if not arguments:
        sys.stderr.write("usage: python -m multistore.testing.vectors FILE.json …\n")
        return 2
    count = differences = 0
    for path in arguments:
        try:
            vectors = _loaded(path)
        except (OSError, ValueError) as error:
            sys.stderr.write(f"{path}: {error}\n")
            return 2
        for number, vector in enumerate(vectors):
            count += 1
            for line in check(vector):
                differences += 1
                sys.stdout.write(f"{path}: {vector.get('label', number)}: {line}\n")
    sys.stdout.write(f"{count} vectors, {differences} differences\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

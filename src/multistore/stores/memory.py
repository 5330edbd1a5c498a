"""The memory store: objects in a dict, for tests and for data that need not outlive a process.

Every promise of the protocol is kept: strong etags (a new random one per write), atomic
conditions under one lock, and, with ``versioned=True``, versions and delete markers as S3 has
them, and legal holds on them. Its uploads cannot be left unfinished, so it has no such facet.
"""

from __future__ import annotations

import bisect
import secrets
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from multistore.errors import (
    AlreadyExistsError,
    InvalidArgumentError,
    LengthError,
    NotFoundError,
    PreconditionFailedError,
    UnsupportedError,
)
from multistore.stores.base import Capability, Fetched, Limits, StoredObject, Version
from multistore.stores.facets import Kept
from multistore.values import EMPTY, CommonPrefix, IfMatch, Outcome, OutcomeStatus, PutMode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from multistore.stores.base import (
        Body,
        PlacementFacet,
        Ref,
        UploadsFacet,
        VersionsFacet,
    )
    from multistore.stores.facets import RetentionFacet, RulesFacet, StraysFacet
    from multistore.values import Last, Span, WriteMode

_CAPABILITIES = frozenset(
    {
        Capability.CONDITIONAL_CREATE,
        Capability.CONDITIONAL_UPDATE,
        Capability.CONDITIONAL_DELETE,
        Capability.SERVER_COPY,
        Capability.SUFFIX_RANGE,
        Capability.BULK_DELETE,
        Capability.UNEQUAL_PARTS,
        Capability.NON_ASCII_NAMES,
    }
)
# No byte of UTF-8 is as high as this one: it sorts behind every name that begins the same.
_BEYOND = b"\xff"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One version of one name: an object with its bytes, or a delete marker without."""

    version: str
    info: StoredObject
    data: bytes | None
    kept: Kept = field(default_factory=Kept)


class MemoryStore:
    """Objects in this process's memory.

    Cost: no request; a put holds its body once more while it is written. Nothing is shared
    between two stores, nor with another process: after a fork each side has its own.

    Args:
        name: the store's name in the configuration.
        versioned: keep every version and hide deleted objects behind delete markers.
    """

    provider = "memory"
    bucket = "memory"
    placement: PlacementFacet | None = None
    uploads: UploadsFacet | None = None
    rules: RulesFacet | None = None
    strays: StraysFacet | None = None

    def __init__(self, name: str = "memory", *, versioned: bool = False) -> None:
        self.name = name
        self.capabilities = _CAPABILITIES | {Capability.VERSIONS} if versioned else _CAPABILITIES
        self.limits = Limits()
        self.versions: VersionsFacet | None = _Versions(self) if versioned else None
        self.retention: RetentionFacet | None = Retention(self) if versioned else None
        self._versioned = versioned
        self._lock = threading.Lock()
        self._entries: dict[bytes, list[_Entry]] = {}  # the newest entry last
        self._order: list[bytes] = []  # the names in use, sorted

    def __repr__(self) -> str:
        """Name the store; never its contents."""
        return f"MemoryStore({self.name!r}, versioned={self._versioned})"

    def put(
        self,
        name: str,
        body: Body,
        *,
        mode: WriteMode,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> StoredObject:
        """See Store.put. No request; memory: the whole body."""
        data = b"".join(body.parts)
        if body.size is not None and len(data) != body.size:
            raise LengthError(
                f"the body has {len(data)} bytes, but {body.size} were announced",
                **self._where("put", name),
            )
        return self._write("put", mode, self._entry(name, data, content_type, metadata))

    def get(
        self,
        name: str,
        span: Span | Last,
        *,
        if_match: str | None = None,
        version: str | None = None,
    ) -> Fetched:
        """See Store.get. No request; the bytes are shared with the store, not copied."""
        entry = self._find("get", name, version)
        if if_match is not None and if_match != entry.info.etag:
            self._refuse_match("get", name, if_match)
        data = entry.data or b""
        try:
            start, stop = span.resolve(len(data)) if data else (0, 0)
        except InvalidArgumentError as error:
            error.locate(**self._where("get", name))
            raise
        return Fetched(entry.info, start, memoryview(data)[start:stop])

    def head(self, name: str, *, version: str | None = None) -> StoredObject:
        """See Store.head."""
        return self._find("head", name, version).info

    def list(
        self, prefix: str, *, delimiter: str | None = None, start_after: str | None = None
    ) -> Iterator[StoredObject | CommonPrefix]:
        """See Store.list. Objects that come and go meanwhile may or may not be seen."""
        begin, mark = prefix.encode(), (delimiter or "").encode()
        after = None if start_after is None else start_after.encode()
        position = begin
        while True:
            with self._lock:
                found = self._next_current(position)
            if found is None or not found[0].startswith(begin):
                return
            raw, entry = found
            cut = raw.find(mark, len(begin)) if mark else -1
            item = raw if cut < 0 else raw[: cut + len(mark)]
            position = raw + b"\0" if cut < 0 else item + _BEYOND
            if after is None or item > after:
                yield entry.info if cut < 0 else CommonPrefix(item.decode())

    def copy(
        self,
        source: str,
        target: str,
        *,
        head: bytes,
        if_match: str,
        mode: WriteMode,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> StoredObject:
        """See Store.copy. Memory: the object once more."""
        if source == target and mode is PutMode.OVERWRITE:
            mode = IfMatch(if_match)  # a write in between must not be lost
        entry = self._find("copy", source, None)
        if if_match != entry.info.etag:
            self._refuse_match("copy", source, if_match)
        data = b"".join((head, memoryview(entry.data or b"")[len(head) :]))
        return self._write("copy", mode, self._entry(target, data, content_type, metadata))

    def delete(self, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """See Store.delete."""
        if not self._versioned:
            for ref in refs:
                if ref.version is not None:
                    self._refuse_version("delete", ref.name)
        return [self._delete(ref) for ref in refs]

    def close(self) -> None:
        """Do nothing: there is no connection to give back."""

    def list_entries(self, prefix: str) -> Iterator[Version]:
        """Walk every version and marker below the prefix, newest first within a name."""
        begin = prefix.encode()
        position = begin
        while True:
            with self._lock:
                at = bisect.bisect_left(self._order, position)
                if at == len(self._order) or not self._order[at].startswith(begin):
                    return
                raw = self._order[at]
                entries = tuple(self._entries[raw])
            for entry in reversed(entries):
                yield Version(
                    name=entry.info.name,
                    version=entry.version,
                    size=entry.info.size or 0,
                    modified=entry.info.modified,
                    latest=entry is entries[-1],
                    kind="object" if entry.data is not None else "delete-marker",
                )
            position = raw + b"\0"

    def _write(self, operation: str, mode: WriteMode, entry: _Entry) -> StoredObject:
        name = entry.info.name
        raw = name.encode()
        with self._lock:
            current = self._current(raw)
            if mode is PutMode.CREATE and current is not None:
                raise AlreadyExistsError(
                    "an object of this name exists", **self._where(operation, name)
                )
            if isinstance(mode, IfMatch) and (current is None or current.info.etag != mode.etag):
                self._refuse_match(operation, name, mode.etag)
            if raw not in self._entries:
                bisect.insort(self._order, raw)
            kept = self._entries.get(raw, []) if self._versioned else []
            self._entries[raw] = [*kept, entry]
        return entry.info

    def _entry(
        self,
        name: str,
        data: bytes | None,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> _Entry:
        version = secrets.token_hex(16)
        info = StoredObject(
            name=name,
            size=len(data or b""),
            modified=datetime.now(UTC),
            etag=secrets.token_hex(16),
            version=version if self._versioned else None,
            content_type=content_type,
            metadata=MappingProxyType(dict(metadata)),
        )
        return _Entry(version, info, data)

    def kept(self, ref: Ref) -> Kept:
        """Say what keeps one version; see RetentionFacet."""
        return self._find("kept", ref.name, ref.version).kept

    def keep(self, ref: Ref, **changes: Any) -> None:
        """Change what keeps one version: the fields of Kept."""
        found = self._find("keep", ref.name, ref.version)
        with self._lock:
            entries = self._entries.get(ref.name.encode(), [])
            entries[:] = [
                replace(one, kept=replace(one.kept, **changes))
                if one.version == found.version
                else one
                for one in entries
            ]

    def _delete(self, ref: Ref) -> Outcome:
        raw = ref.name.encode()
        with self._lock:
            entries = self._entries.get(raw, [])
            current = self._current(raw)
            if ref.version is None:
                meant = current
            else:
                meant = next((one for one in entries if one.version == ref.version), None)
            if meant is None:
                return Outcome(ref.name, ref.version, OutcomeStatus.ABSENT)
            if ref.etag is not None and ref.etag != meant.info.etag:
                return Outcome(ref.name, ref.version, OutcomeStatus.CHANGED)
            if ref.version is not None and _is_kept(meant.kept):
                return Outcome(ref.name, ref.version, OutcomeStatus.RETAINED, code="ObjectLocked")
            left = [one for one in entries if one is not meant]
            if ref.version is None and self._versioned:
                left = [*entries, self._entry(ref.name, None)]
            if left:
                self._entries[raw] = left
            else:
                del self._entries[raw]
                del self._order[bisect.bisect_left(self._order, raw)]
        return Outcome(ref.name, ref.version, OutcomeStatus.DELETED)

    def _current(self, raw: bytes) -> _Entry | None:
        entries = self._entries.get(raw)
        return entries[-1] if entries and entries[-1].data is not None else None

    def _next_current(self, position: bytes) -> tuple[bytes, _Entry] | None:
        for at in range(bisect.bisect_left(self._order, position), len(self._order)):
            if (entry := self._current(self._order[at])) is not None:
                return self._order[at], entry
        return None

    def _find(self, operation: str, name: str, version: str | None) -> _Entry:
        if version is not None and not self._versioned:
            self._refuse_version(operation, name)
        with self._lock:
            if version is None:
                entry = self._current(name.encode())
            else:
                entries = self._entries.get(name.encode(), [])
                entry = next(
                    (e for e in entries if e.version == version and e.data is not None), None
                )
        if entry is None:
            raise NotFoundError(
                "there is no such object", version=version, **self._where(operation, name)
            )
        return entry

    def _refuse_match(self, operation: str, name: str, etag: str) -> NoReturn:
        raise PreconditionFailedError(
            f"the object's etag is not {etag!r}",
            hint="Somebody else wrote in between: read it again.",
            **self._where(operation, name),
        )

    def _refuse_version(self, operation: str, name: str) -> NoReturn:
        raise UnsupportedError(
            "this store keeps no versions",
            hint="Leave the version out.",
            **self._where(operation, name),
        )

    def _where(self, operation: str, name: str) -> dict[str, Any]:
        return {
            "operation": operation,
            "store": self.name,
            "provider": self.provider,
            "bucket": self.bucket,
            "key": name,
        }


class _Versions:
    """The versions facet of one memory store."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def list_versions(self, prefix: str) -> Iterator[Version]:
        """See VersionsFacet.list_versions."""
        return self._store.list_entries(prefix)


class Retention:
    """The retention facet of one memory store; ``lock`` is what S3's clients do by a PUT."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def usable(self) -> bool:
        """See RetentionFacet.usable."""
        return True

    def kept(self, ref: Ref) -> Kept:
        """See RetentionFacet.kept."""
        return self._store.kept(ref)

    def held(self, ref: Ref) -> bool:
        """See RetentionFacet.held."""
        return self._store.kept(ref).hold

    def set_hold(self, ref: Ref, *, on: bool) -> None:
        """See RetentionFacet.set_hold."""
        self._store.keep(ref, hold=on)

    def lock(self, ref: Ref, until: datetime) -> None:
        """Lock one version until a moment."""
        self._store.keep(ref, lock="COMPLIANCE", until=until)


def _is_kept(kept: Kept) -> bool:
    return kept.hold or (kept.until is not None and kept.until > datetime.now(UTC))

"""What a store is: the small protocol that an implementer writes, and its values.

Written for implementers. A store moves bytes by name and knows nothing of tenants, keys or
residency. It has no optional method and no default: what it cannot do it leaves out of
``capabilities`` and raises UnsupportedError for, before a byte moves. The callers above
validate names (NFC, no control character, at most 1,024 bytes of UTF-8), so a store never does.

All methods are safe to call from several threads. None keeps a reference to a caller's buffer
after it has returned. Every error is one of multistore.errors, mapped by the service's own
error code (the HTTP status only where there is none).

``multistore.testing.StoreConformance`` is the executable half of this text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from multistore.values import EMPTY, CommonPrefix, Outcome, Span, WriteMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from multistore.stores.facets import RetentionFacet, RulesFacet, StraysFacet
    from multistore.values import Last

Buffer = bytes | bytearray | memoryview
"""Contiguous bytes. One that is handed to a store is not touched by the giver again."""

MEBIBYTE = 1024 * 1024
PART = 8 * MEBIBYTE
"""The unit of transfer: a get asks for at most this much, a multipart upload sends this much."""


class Capability(StrEnum):
    """What not every store can do. Checked before a byte moves; absence is a clean refusal."""

    CONDITIONAL_CREATE = "conditional-create"
    CONDITIONAL_UPDATE = "conditional-update"
    CONDITIONAL_DELETE = "conditional-delete"
    SERVER_COPY = "server-copy"
    SUFFIX_RANGE = "suffix-range"
    BULK_DELETE = "bulk-delete"
    VERSIONS = "versions"
    UPLOADS = "uploads"
    UNEQUAL_PARTS = "unequal-parts"
    NON_ASCII_NAMES = "non-ascii-names"


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers that decide how a transfer is cut.

    Attributes:
        part_size: bytes per part of an upload; memory of a put is part_size * concurrency.
        parts: how many parts one upload may have.
        concurrency: requests of one transfer in flight at most. Uploads of more than a part have
            no more together, over all threads of this store.
        object_size: bytes of the largest object.
        name_bytes: bytes of the longest name, as the store encodes it.
    """

    part_size: int = PART
    parts: int = 10_000
    concurrency: int = 8
    object_size: int = 5 * 1024 * 1024 * MEBIBYTE
    name_bytes: int = 1024


class StoredObject(NamedTuple):
    """One object as the store holds it.

    Attributes:
        name: the object's name in the store.
        size: bytes at rest. None only where a sealing layer lists an object that is not sealed.
        modified: aware UTC.
        etag: opaque and strong: two contents under one name never share it.
        version: the version id, where the store keeps versions.
        content_type: as given at put (not in listings).
        metadata: as given at put, keys lower-case ASCII, values ASCII (not in listings).
        created: set by the sealing layer only: when the object was sealed.
        header_tag: set by the sealing layer only: the tag that authenticates the header.
    """

    name: str
    size: int | None
    modified: datetime
    etag: str
    version: str | None = None
    content_type: str | None = None
    metadata: Mapping[str, str] = EMPTY
    created: datetime | None = None
    header_tag: bytes | None = None

    def __reduce__(self) -> tuple[type[StoredObject], tuple[object, ...]]:
        """Pickle and copy it with a dictionary in the place of its view of one, which cannot be."""
        return StoredObject, tuple(self._replace(metadata=dict(self.metadata)))


class Fetched(NamedTuple):
    """The answer to one ranged get: the object's state, and the bytes from ``start`` on."""

    info: StoredObject
    start: int
    data: memoryview


@dataclass(slots=True)
class Body:
    """What a put sends: an iterator of buffers, consumed once and in order.

    Attributes:
        parts: buffers of any size. Those of a sealing writer are ``part_size`` long each, but
            for the last. Where the iterator raises, the put is aborted, nothing becomes
            visible, and the exception goes on to the caller unchanged.
        size: the sum of all buffers, or None where it is not known before the end. A store
            refuses a body that turns out longer or shorter than its size.
    """

    parts: Iterable[Buffer]
    size: int | None


class Ref(NamedTuple):
    """One thing to delete: a name, and a version or None for the current object.

    Attributes:
        name: the object's name.
        version: the version, or None.
        etag: delete only where this is the etag of what is there; needs CONDITIONAL_DELETE.
    """

    name: str
    version: str | None = None
    etag: str | None = None


@runtime_checkable
class Store(Protocol):
    """One bucket, container or directory at one provider."""

    @property
    def name(self) -> str:
        """The store's name in the configuration."""
        ...

    @property
    def provider(self) -> str:
        """The provider's name, such as ``aws``, ``azure``, ``s3-compatible`` or ``local``."""
        ...

    @property
    def bucket(self) -> str:
        """The bucket, container or directory, for messages and reports."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this store can do, proven or documented; never a hope."""
        ...

    @property
    def limits(self) -> Limits:
        """How transfers are cut."""
        ...

    def put(
        self,
        name: str,
        body: Body,
        *,
        mode: WriteMode,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> StoredObject:
        """Write one object, all of it or nothing.

        Cost: one request up to ``part_size`` bytes; beyond, one per part and two more.
        Memory: ``part_size * (concurrency + 1)``.

        Raises:
            AlreadyExistsError: mode is CREATE and the name is taken.
            PreconditionFailedError: mode is IfMatch and the etag is another, or nothing is there.
            UnsupportedError: the mode needs a capability that this store does not have.
            LengthError: the body was not ``body.size`` long; nothing was written.
        """
        ...

    def get(
        self,
        name: str,
        span: Span | Last,
        *,
        if_match: str | None = None,
        version: str | None = None,
    ) -> Fetched:
        """Read one range into memory. Cost: one request (two for Last without SUFFIX_RANGE).

        An empty object gives no bytes for every span.

        Raises:
            NotFoundError: a true 404.
            PreconditionFailedError: ``if_match`` is not the current etag.
            InvalidArgumentError: the span begins at or past the end (code ``InvalidRange``).
            TruncatedError: fewer bytes came than the service announced.
        """
        ...

    def head(self, name: str, *, version: str | None = None) -> StoredObject:
        """Describe one object. Cost: one request.

        Raises:
            NotFoundError: a true 404.
        """
        ...

    def list(
        self, prefix: str, *, delimiter: str | None = None, start_after: str | None = None
    ) -> Iterator[StoredObject | CommonPrefix]:
        """List the names that begin with ``prefix``, ordered by their UTF-8 bytes, lazily.

        With a delimiter, names that have it beyond the prefix are given once, as the
        CommonPrefix that ends with it, in the same order. ``start_after`` leaves out every
        name (and every group of names) up to and including it. An absent prefix is empty,
        not an error. Cost: one request per page of up to 1,000; memory: one page.
        """
        ...

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
        """Copy ``source`` to ``target`` with its first ``len(head)`` bytes replaced by ``head``.

        The rest is the very bytes of the source at etag ``if_match``; a source that changed
        meanwhile is PreconditionFailedError and nothing is written. Content type and metadata
        are those given, not the source's. With SERVER_COPY the bytes do not pass through this
        process beyond the first part; without it they do. ``source`` may be ``target``.
        """
        ...

    def delete(self, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Delete, and say of each reference what became of it, in the order given.

        Without a version: the current object goes, or is hidden by a delete marker where the
        store keeps versions. With one: that version goes. With an etag: only while what is there
        has it, else CHANGED, and no moment lies between the look and the deletion. What is absent
        counts as ABSENT or DELETED, never as an error. A refusal is an outcome, not an exception;
        an exception means that nothing is known about the references not reported. Cost: one
        request per 1,000 references with BULK_DELETE, else one each.

        Raises:
            UnsupportedError: a version, or an etag without CONDITIONAL_DELETE; nothing was sent.
        """
        ...

    def close(self) -> None:
        """Give connections back. Idempotent."""
        ...

    @property
    def placement(self) -> PlacementFacet | None:
        """Where the service says that the bytes are; None where it says nothing."""
        ...

    @property
    def versions(self) -> VersionsFacet | None:
        """Every version and marker; None where the store keeps none."""
        ...

    @property
    def uploads(self) -> UploadsFacet | None:
        """Unfinished uploads; None where the store has no such thing."""
        ...

    @property
    def retention(self) -> RetentionFacet | None:
        """Locks and legal holds of the service; None where the store has no such thing."""
        ...

    @property
    def rules(self) -> RulesFacet | None:
        """Lifecycle rules of the service; None where the store has no such thing."""
        ...

    @property
    def strays(self) -> StraysFacet | None:
        """What is among the objects and is none; None where nothing else can be."""
        ...


@dataclass(frozen=True, slots=True)
class Placement:
    """What a service itself says about where a bucket lies.

    Attributes:
        region: the region, verbatim.
        location_type: ``Region``, ``AvailabilityZone``, ``LocalZone`` … where it is told.
        location_name: the zone, where it is told.
        secondary: the region of a geo-redundant second copy, where there is one.
        replicas: the regions into which the service copies further, each once; ``unknown`` for
            a target that does not say. None where the service does not let us know.
        redundancy: the service's own word for it (``Standard_RAGRS`` …).
        call: the API call that said so.
        request_id: of that call.
        raw: the answer's relevant fields, for the evidence.
    """

    region: str | None
    call: str
    location_type: str | None = None
    location_name: str | None = None
    secondary: str | None = None
    replicas: tuple[str, ...] | None = ()
    redundancy: str | None = None
    request_id: str | None = None
    raw: Mapping[str, str] = field(default_factory=dict[str, str])


class PlacementFacet(Protocol):
    """Asks the service where the bucket is."""

    def placement(self) -> Placement:
        """Ask. Cost: one or two requests, never one that changes anything."""
        ...


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a name; its kind says what it is.

    Attributes:
        kind: ``object``, ``delete-marker``, ``snapshot`` or ``soft-deleted``.
        until: of a soft-deleted copy, when it is gone at the latest, where the service tells.
        etag: of a version whose id the next write takes over (S3's ``null``), as head gives it;
            else empty: the id alone names these bytes.
    """

    name: str
    version: str
    size: int
    modified: datetime
    latest: bool
    kind: str = "object"
    until: datetime | None = None
    etag: str = ""


class VersionsFacet(Protocol):
    """Lists what a plain listing hides."""

    def list_versions(self, prefix: str) -> Iterator[Version]:
        """Every version, marker, snapshot and soft-deleted copy below the prefix, lazily."""
        ...


@dataclass(frozen=True, slots=True)
class Upload:
    """One unfinished upload."""

    name: str
    upload_id: str
    started: datetime | None


class UploadsFacet(Protocol):
    """Lists and aborts unfinished uploads."""

    def list_uploads(self, prefix: str) -> Iterator[Upload]:
        """Every unfinished upload below the prefix, lazily."""
        ...

    def abort(self, upload: Upload) -> None:
        """Abort one, and every part of it. Absent already is success."""
        ...

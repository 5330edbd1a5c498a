"""AWS S3 and every service that speaks its dialect: obstore for the bytes, boto3 for the rest.

What a service does not do stands in its endpoint's profile, from its documents or a probe; an
option that it would ignore is refused before a byte moves.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from multistore.errors import InvalidArgumentError, MultistoreError, UnsupportedError
from multistore.stores.base import Capability, Limits
from multistore.stores.permits import REQUESTS
from multistore.stores.s3.bucket import Bucket, Place
from multistore.stores.s3.client import region_of
from multistore.stores.s3.copy import Copy, copy
from multistore.stores.s3.data import address, connect
from multistore.stores.s3.delete import delete
from multistore.stores.s3.errors import from_obstore
from multistore.stores.s3.listing import Uploads, Versions, objects
from multistore.stores.s3.names import Names, checked_bucket
from multistore.stores.s3.placement import S3Placement
from multistore.stores.s3.retention import S3Retention
from multistore.stores.s3.rules import S3Rules
from multistore.stores.s3.upload import Target
from multistore.stores.s3.write import write
from multistore.stores.transfer import DataPlane, stored
from multistore.values import EMPTY, IfMatch, PutMode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from multistore.stores.base import Body, Fetched, Ref, StoredObject
    from multistore.stores.endpoint import Endpoint
    from multistore.values import CommonPrefix, Last, Outcome, Span, WriteMode


class S3Store:
    """One bucket of an S3 service.

    Thread-safe; picklable: a pickle holds the arguments, and credentials only by reference.
    Making one costs no request. Clients are made at first use and shared by all stores of this
    process that name the same endpoint and credentials.

    Args:
        name: the store's name in the configuration.
        endpoint: where its requests go, and the dialect that is spoken there.
        bucket: the bucket's plain name.
        credentials: ``profile:NAME``, ``env:PREFIX``, or None for the AWS SDK's own chain.
        limits: how transfers are cut. ``concurrency`` is lowered to what the profile allows.

    Raises:
        ConfigurationError: the bucket is an ARN, a URL, a directory bucket or an alias; AWS
            without a region.
        ResidencyError: the endpoint's own address is not one of its hosts.
    """

    def __init__(
        self,
        name: str,
        *,
        endpoint: Endpoint,
        bucket: str,
        credentials: str | None,
        limits: Limits | None = None,
    ) -> None:
        self._arguments = (name, endpoint, bucket, credentials, limits)
        region_of(endpoint)
        endpoint.check(address(endpoint, checked_bucket(bucket)))
        given, cap = limits or Limits(), endpoint.profile.concurrency
        self._limits = (
            given if cap is None else replace(given, concurrency=min(given.concurrency, cap))
        )
        concurrency = self._limits.concurrency
        requests = max(concurrency, REQUESTS) if cap is None else min(cap, REQUESTS)
        place = Place(name, endpoint, bucket, credentials, concurrency, requests)
        names = Names(ascii_only=endpoint.profile.ascii_names, limit=self._limits.name_bytes)
        self._bucket = Bucket(place, names)
        self._data = DataPlane(
            partial(connect, self._bucket),
            partial(from_obstore, endpoint=endpoint),
            endpoint=endpoint,
            permits=self._bucket.permits,
        )
        self._capabilities = _capabilities(endpoint)
        self._retention = S3Retention(self._bucket)
        self._answered = False

    def __repr__(self) -> str:
        """Name the store, its endpoint's host and its bucket."""
        place = self._bucket.place
        return f"<S3Store {place.store}: {place.endpoint.url}/{place.bucket}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments; the clients are made anew."""
        return _remade, self._arguments

    @property
    def name(self) -> str:
        """The store's name in the configuration."""
        return self._bucket.place.store

    @property
    def provider(self) -> str:
        """The provider's name in the catalogue."""
        return self._bucket.place.endpoint.provider

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self._bucket.place.bucket

    @property
    def endpoint(self) -> Endpoint:
        """Where its requests go."""
        return self._bucket.place.endpoint

    @property
    def reach(self) -> Bucket:
        """The bucket as the control client reaches it: for probes and facets, past the store."""
        return self._bucket

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the endpoint's profile says that this service can do."""
        return self._capabilities

    @property
    def limits(self) -> Limits:
        """How transfers are cut."""
        return self._limits

    def put(
        self,
        name: str,
        body: Body,
        *,
        mode: WriteMode,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> StoredObject:
        """Write one object; see Store.put.

        Up to ``part_size`` bytes go in one request. More go as a multipart upload, by obstore, or
        under a condition by boto3, which costs one request more. A body of unknown size may have
        ``part_size * parts`` bytes, a known one has its parts made large enough.
        """
        with self._located("put", name):
            self._check_mode(mode)
            size, result = write(
                self._bucket,
                self._data,
                Target(name, mode, content_type, metadata),
                body,
                self._limits,
            )
            return stored(name, size, result, content_type=content_type, metadata=metadata)

    def get(
        self,
        name: str,
        span: Span | Last,
        *,
        if_match: str | None = None,
        version: str | None = None,
    ) -> Fetched:
        """Read one range into memory; see Store.get."""
        with self._located("get", name):
            self._check_version(version)
            fetched = self._data.get(
                name,
                span,
                spelt=self._bucket.names.spelt(name),
                if_match=if_match,
                version=version,
                suffix_range=Capability.SUFFIX_RANGE in self._capabilities,
            )
            self._answered = True
            return fetched

    def head(self, name: str, *, version: str | None = None) -> StoredObject:
        """Describe one object; see Store.head.

        An answer to HEAD has no body, so it cannot say why it refuses. Where it refuses, the
        same object is asked for once more in a way that can; a 404 is so questioned only until
        the bucket has been seen to answer.
        """
        with self._located("head", name):
            self._check_version(version)
            try:
                info = self._data.head(name, spelt=self._bucket.names.spelt(name), version=version)
            except MultistoreError as error:
                if error.code is None and not (self._answered and error.status == 404):
                    self._explain(name, version)
                raise
            self._answered = True
            return info

    def list(
        self, prefix: str, *, delimiter: str | None = None, start_after: str | None = None
    ) -> Iterator[StoredObject | CommonPrefix]:
        """List names in the order of their bytes, page by page; see Store.list."""
        return objects(self._bucket, prefix, delimiter=delimiter, start_after=start_after)

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
        """Copy under a new head; see Store.copy.

        Up to ``part_size`` bytes are read and written. More are copied inside the service but
        for the first part, where it can.
        """
        with self._located("copy", source):
            self._check_mode(mode)
            size, result = copy(
                self._bucket,
                self._data,
                Copy(source, Target(target, mode, content_type, metadata), head, if_match),
                self._limits,
                self._capabilities,
            )
            return stored(target, size, result, content_type=content_type, metadata=metadata)

    def delete(self, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Delete, with one outcome per reference; see Store.delete."""
        with self._located("delete", None):
            self._bucket.check_open()
            for name, version, etag in refs:
                if version is not None:
                    self._check_version(version, name)
                if etag is not None:
                    self._check(Capability.CONDITIONAL_DELETE, name)
            bulk = Capability.BULK_DELETE in self._capabilities
            return delete(self._bucket, refs, bulk=bulk)

    def close(self) -> None:
        """Give connections back. Idempotent."""
        self._data.close()
        self._bucket.close()

    @property
    def placement(self) -> S3Placement:
        """Where the service says that the bucket is."""
        return S3Placement(self._bucket)

    @property
    def versions(self) -> Versions | None:
        """Every version and delete marker, where the service keeps versions."""
        return Versions(self._bucket) if Capability.VERSIONS in self._capabilities else None

    @property
    def uploads(self) -> Uploads:
        """Unfinished multipart uploads."""
        return Uploads(self._bucket)

    @property
    def retention(self) -> S3Retention | None:
        """Object Lock and legal holds, where the service has them."""
        return self._retention if self.endpoint.profile.object_lock else None

    @property
    def rules(self) -> S3Rules | None:
        """Lifecycle rules, where the service has them."""
        return S3Rules(self._bucket) if self.endpoint.profile.rules else None

    @property
    def strays(self) -> None:
        """None: a bucket holds nothing but objects."""
        return

    def _check_mode(self, mode: WriteMode) -> None:
        if mode is PutMode.CREATE:
            needed = Capability.CONDITIONAL_CREATE
        elif isinstance(mode, IfMatch):
            needed = Capability.CONDITIONAL_UPDATE
        else:
            return
        self._check(needed)

    def _check(self, needed: Capability, name: str | None = None) -> None:
        if needed not in self._capabilities:
            raise UnsupportedError(
                f"this service is not known to honour {needed}; nothing was sent",
                key=name,
                hint="multistore probe finds out whether it does.",
            )

    def _check_version(self, version: str | None, name: str | None = None) -> None:
        if version is not None and Capability.VERSIONS not in self._capabilities:
            raise UnsupportedError("this service is not known to keep versions", key=name)

    def _explain(self, name: str, version: str | None) -> None:
        """Ask for one byte, whose refusal has a body, and raise what it says."""
        given = {} if version is None else {"VersionId": version}
        try:
            answer = self._bucket.ask(
                "get_object", operation="head", name=name, Range="bytes=0-0", **given
            )
        except InvalidArgumentError as error:
            if error.code == "InvalidRange":
                return
            raise
        answer["Body"].close()

    def _located(self, operation: str, name: str | None) -> _Located:
        return _Located(self._bucket, operation, name)


class _Located:
    """Says of every error of a block where it happened; a class, which costs less at each call."""

    __slots__ = ("_bucket", "_name", "_operation")

    def __init__(self, bucket: Bucket, operation: str, name: str | None) -> None:
        self._bucket = bucket
        self._operation = operation
        self._name = name

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Name the store, the object and the verb."""
        if not isinstance(error, MultistoreError):
            return
        name = self._name
        if error.key is not None and name is not None and error.key != name:
            # obstore's side knows the name only as the service spells it.
            error.key = None
        self._bucket.located(error).locate(key=name)
        error.operation = self._operation


def _remade(
    name: str, endpoint: Endpoint, bucket: str, credentials: str | None, limits: Limits | None
) -> S3Store:
    return S3Store(name, endpoint=endpoint, bucket=bucket, credentials=credentials, limits=limits)


def _capabilities(endpoint: Endpoint) -> frozenset[Capability]:
    profile = endpoint.profile
    told = {
        Capability.CONDITIONAL_CREATE: profile.conditional_create,
        Capability.CONDITIONAL_UPDATE: profile.conditional_update,
        Capability.CONDITIONAL_DELETE: profile.conditional_delete,
        Capability.SERVER_COPY: profile.server_copy,
        Capability.SUFFIX_RANGE: profile.suffix_range,
        Capability.BULK_DELETE: profile.bulk_delete,
        Capability.VERSIONS: profile.versions,
        Capability.UNEQUAL_PARTS: profile.unequal_parts,
        Capability.UPLOADS: True,
        # By encoding, where the service takes ASCII only.
        Capability.NON_ASCII_NAMES: True,
    }
    return frozenset(capability for capability, is_so in told.items() if is_so)

"""The sealing layer: a store over another store, in which everything at rest is sealed.

docs/spec/object-format.md says what the inner store gets to see.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from multistore.errors import InvalidArgumentError, LengthError, UnsupportedError
from multistore.sealing import metadata as sealed_metadata
from multistore.sealing.admission import Named
from multistore.sealing.buffers import Buffers
from multistore.sealing.framing import CHUNK_LOG2, MOST_PLAINTEXT, framing_of
from multistore.sealing.header import Core, Header, ObjectKeys
from multistore.sealing.metadata import Metadata
from multistore.sealing.opener import Asked, Opener
from multistore.sealing.reader import SealedObject, described, in_plain_terms
from multistore.sealing.workers import Workers
from multistore.sealing.writer import SealedBody
from multistore.stores.base import Body, Fetched, StoredObject
from multistore.values import EMPTY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from multistore.sealing.opener import Snapshot
    from multistore.sealing.scopes import ScopeKeys
    from multistore.stores.base import (
        Capability,
        Limits,
        PlacementFacet,
        Ref,
        Store,
        UploadsFacet,
        VersionsFacet,
    )
    from multistore.stores.facets import RetentionFacet, RulesFacet, StraysFacet
    from multistore.values import ByteRange, CommonPrefix, Last, Outcome, Span, WriteMode

CONTENT_TYPE = "application/octet-stream"
"""All that a provider learns of an object's content."""


class SealedStore:
    """A whole Store whose objects are sealed in the inner one.

    Names are ``tenant/collection/key``; each (tenant, collection) is a scope with its own key.
    Everything said here is in plaintext terms, but for what ``versions`` and ``uploads`` say,
    which are the inner store's own. Safe to use from several threads.

    Args:
        inner: the store that holds the sealed objects. The two are closed together.
        keys: who holds the scopes' keys.

    Attributes:
        inner: the store underneath.
    """

    def __init__(self, inner: Store, keys: ScopeKeys) -> None:
        self.inner = inner
        self._keys = keys
        self._opener = Opener(inner, keys)
        self._limits = inner.limits
        self._largest = min(
            MOST_PLAINTEXT, framing_of(CHUNK_LOG2).largest(inner.limits.object_size)
        )
        self._workers = Workers(inner.limits.concurrency)
        self._buffers = Buffers(inner.limits.concurrency + 2)

    def __repr__(self) -> str:
        """Show the chain."""
        return f"SealedStore({self.inner!r})"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: whoever holds the keys stays in its process."""
        raise TypeError("a sealed store cannot be pickled; pickle the vault")

    @property
    def name(self) -> str:
        """See Store.name."""
        return self.inner.name

    @property
    def provider(self) -> str:
        """See Store.provider."""
        return self.inner.provider

    @property
    def bucket(self) -> str:
        """See Store.bucket."""
        return self.inner.bucket

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Those of the inner store; sealing neither adds nor takes one."""
        return self.inner.capabilities

    @property
    def limits(self) -> Limits:
        """Those of the inner store, the largest object in plaintext bytes."""
        return replace(self._limits, object_size=self._largest)

    @property
    def placement(self) -> PlacementFacet | None:
        """See Store.placement."""
        return self.inner.placement

    @property
    def versions(self) -> VersionsFacet | None:
        """See Store.versions; sizes are bytes at rest."""
        return self.inner.versions

    @property
    def uploads(self) -> UploadsFacet | None:
        """See Store.uploads."""
        return self.inner.uploads

    @property
    def retention(self) -> RetentionFacet | None:
        """See Store.retention."""
        return self.inner.retention

    @property
    def rules(self) -> RulesFacet | None:
        """See Store.rules."""
        return self.inner.rules

    @property
    def strays(self) -> StraysFacet | None:
        """See Store.strays."""
        return self.inner.strays

    def put(
        self,
        name: str,
        body: Body,
        *,
        mode: WriteMode,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> StoredObject:
        """Seal and write one object, all of it or nothing. See Store.put.

        Content type and metadata may be any text; together they are kept in the one metadata
        entry that the provider sees, about 1,300 bytes of JSON at most.

        Cost: that of the inner store. Memory: ``part_size * (concurrency + 2)``, which a put or a
        stream of more than a part leaves behind for the next one.

        Raises:
            InvalidArgumentError: the object is too large for the store, or the metadata for
                its entry. With a known size nothing has been sent.
            LengthError: the body was not ``body.size`` long; nothing was written.
            NotFoundError: the tenant is unknown; also TenantSuspendedError, KeyDestroyedError
                and KeyUnavailableError, from the keys.
        """
        asked = Asked(name)
        with self._opener.located("put", asked):
            named = Named.parse(name)
            if body.size is not None:
                self._require_room(body.size)
            scope_key = self._keys.for_sealing(*named.scope)
            core = Core(
                chunk_log2=CHUNK_LOG2,
                length_unknown=body.size is None,
                key_version=scope_key.version,
                scope_id=scope_key.scope_id,
                salt=os.urandom(32),
            )
            keys = ObjectKeys(scope_key.secret, core)
            kept = Metadata(content_type, metadata)
            entry, digest = sealed_metadata.seal(keys, kept)
            header = Header(
                core=core,
                plaintext_len=body.size or 0,
                created_at=time.time_ns() // 1_000,
                name_tag=keys.name_tag(named.key),
                metadata_digest=digest,
            ).signed(keys)
            framing = header.framing
            sealed = SealedBody(
                header.encode(),
                keys,
                body.parts,
                size=body.size,
                limits=self._limits,
                workers=self._workers,
                buffers=self._buffers,
            )
            self._opener.seen.drop(name)
            stored = self.inner.put(
                name,
                Body(sealed, None if body.size is None else framing.total(body.size)),
                mode=mode,
                content_type=CONTENT_TYPE,
                metadata=entry,
            )
            total = framing.total(sealed.taken)
            if stored.size != total:
                raise LengthError(
                    f"{total} bytes were sent, and the store says that it holds {stored.size}",
                    hint="Put it again; what is there now cannot be read.",
                )
        return in_plain_terms(stored, header, kept, sealed.taken)

    def get(
        self,
        name: str,
        span: Span | Last,
        *,
        if_match: str | None = None,
        version: str | None = None,
    ) -> Fetched:
        """Read one range into memory, verified. See Store.get, and SealedObject.read.

        Cost: one request where the header is known from an earlier read or the range begins
        within the first part; else two. Parts beyond the first cost one each.
        """
        asked = Asked(name, version=version, if_match=if_match)
        opened = self._open(asked, span, "get")
        data = memoryview(opened.read(span))
        return Fetched(opened.info, opened.resolved(span)[0], data)

    def open(
        self,
        name: str,
        *,
        version: str | None = None,
        pin: bytes | None = None,
        adopt: bool = False,
        first: ByteRange | None = None,
    ) -> SealedObject:
        """Open one object by its header.

        Cost: one request, which brings along what will be read first, up to one part: all of
        a small object. A range that begins beyond the first part costs a second request, unless
        the header is known from an earlier read. An object of a length that was unknown when it
        was sealed costs one more, for its last chunk, unless that came along.

        Args:
            name: ``tenant/collection/key``.
            version: the store's version id.
            pin: the ``header_tag`` that the caller remembers; another object is refused.
            adopt: accept an object that was sealed for another key of this collection and
                moved here past multistore.
            first: the plaintext that will be read first; None for the beginning.

        Raises:
            NotFoundError: a true 404.
            IntegrityError: what is stored is not what was sealed; see sealing.admission.
            KeyUnavailableError: also KeyDestroyedError and TenantSuspendedError.
        """
        return self._open(Asked(name, version, pin=pin, adopt=adopt), first, "open")

    def head(self, name: str, *, version: str | None = None) -> StoredObject:
        """Describe one object from its verified header, metadata included.

        Cost: one request for 160 bytes; one more where the length was unknown at sealing.
        """
        asked = Asked(name, version=version)
        with self._opener.located("head", asked):
            return described(self._opener.describe(asked))

    def list(
        self, prefix: str, *, delimiter: str | None = None, start_after: str | None = None
    ) -> Iterator[StoredObject | CommonPrefix]:
        """List with plaintext sizes, which follow from the sizes at rest. See Store.list.

        ``size`` is None where no sealed object has that many bytes: something foreign. It is
        reckoned with this writer's chunk size, and trusted no more than a listing is; the
        header has the last word.
        """
        framing = framing_of(CHUNK_LOG2)
        for entry in self.inner.list(prefix, delimiter=delimiter, start_after=start_after):
            if isinstance(entry, StoredObject):
                yield StoredObject(
                    entry.name,
                    framing.size(entry.size or 0),
                    entry.modified,
                    entry.etag,
                    entry.version,
                    metadata={},
                )
            else:
                yield entry

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
        """Copy within this store. See Store.copy.

        A new header is written before the very chunks of the source: the server copies where
        it can, the sealed time stays, and nothing is opened. That needs one scope, and leaves
        no room for other plaintext: elsewhere open the source and put it.

        Raises:
            UnsupportedError: ``head`` is not empty.
            InvalidArgumentError: the target is another scope.
        """
        asked = Asked(source, if_match=if_match)
        with self._opener.located("copy", asked):
            if head:
                raise UnsupportedError(
                    "a sealed object is never edited: its head cannot be replaced",
                    hint="Put the object anew.",
                )
            scope_of_both(source, target)
            kept = Metadata(content_type, metadata)
            return self._with_new_header(asked, target, self._opener.describe(asked), mode, kept)

    def duplicate(self, source: str, target: str, *, mode: WriteMode) -> StoredObject:
        """Copy the current source within its scope, with its content type and metadata.

        Cost: one request for the header, and the inner store's copy.

        Raises:
            PreconditionFailedError: the source changed meanwhile; nothing was written.
            InvalidArgumentError: the target is another scope.
            TamperedError: the source's metadata was lost or altered; copy() gives it new.
        """
        asked = Asked(source)
        with self._opener.located("copy", asked):
            scope_of_both(source, target)
            snapshot = self._opener.describe(asked)
            info = described(snapshot)
            kept = Metadata(info.content_type, info.metadata)
            return self._with_new_header(asked, target, snapshot, mode, kept)

    def delete(self, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """See Store.delete."""
        seen = self._opener.seen
        for ref in refs if seen else ():
            seen.drop(ref.name, ref.version)
        return self.inner.delete(refs)

    def close(self) -> None:
        """Send the threads home and close the inner store. Idempotent."""
        self._workers.close()
        self.inner.close()

    def _open(self, asked: Asked, first: ByteRange | None, operation: str) -> SealedObject:
        with self._opener.located(operation, asked):
            snapshot = self._opener.open(asked, first)
        return SealedObject(self._opener, self._workers, self._buffers, asked, snapshot)

    def _with_new_header(
        self, asked: Asked, target: str, snapshot: Snapshot, mode: WriteMode, kept: Metadata
    ) -> StoredObject:
        admitted = snapshot.admitted
        entry, digest = sealed_metadata.seal(admitted.keys, kept)
        header = admitted.header._replace(
            name_tag=admitted.keys.name_tag(Named.parse(target).key),
            metadata_digest=digest,
        ).signed(admitted.keys)
        self._opener.seen.drop(target)
        stored = self.inner.copy(
            asked.name,
            target,
            head=header.encode(),
            if_match=snapshot.info.etag,
            mode=mode,
            content_type=CONTENT_TYPE,
            metadata=entry,
        )
        return in_plain_terms(stored, header, kept, admitted.size)

    def _require_room(self, size: int) -> None:
        if size > self._largest:
            raise InvalidArgumentError(
                f"the object has {size} bytes; this store takes at most {self._largest}",
                hint="Cut it into several objects.",
            )


def scope_of_both(source: str, target: str) -> tuple[str, str]:
    """Give the scope of two names.

    Raises:
        InvalidArgumentError: they are of different scopes.
    """
    scope = Named.parse(source).scope
    if Named.parse(target).scope != scope:
        raise InvalidArgumentError(
            f"{target!r} is not of the same tenant and collection as the source",
            hint="Open the source and put it there: it is sealed under another key.",
        )
    return scope

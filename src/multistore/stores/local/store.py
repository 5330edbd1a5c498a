"""LocalStore: the Store protocol over one directory; see the package for the layout."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from multistore.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    IntegrityError,
    LengthError,
    MultistoreError,
    NotFoundError,
    PreconditionFailedError,
    TruncatedError,
    UnsupportedError,
)
from multistore.stores.base import MEBIBYTE, Capability, Fetched, Limits, StoredObject
from multistore.stores.local import names, trailer
from multistore.stores.local.drafts import Draft, Drafts
from multistore.stores.local.failures import reported
from multistore.stores.local.strays import Strays
from multistore.stores.local.tree import Tree
from multistore.values import EMPTY, CommonPrefix, IfMatch, Outcome, OutcomeStatus, PutMode

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from multistore.stores.base import (
        Body,
        PlacementFacet,
        Ref,
        UploadsFacet,
        VersionsFacet,
    )
    from multistore.stores.facets import RetentionFacet, RulesFacet, StraysFacet
    from multistore.values import Last, Span, WriteMode

# How often a directory may be pruned under a put before it gives up.
_ATTEMPTS = 100
_NO_COPY = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV})


class LocalStore:
    """One directory of a local disk.

    Cost: no request. A put costs two syncs (the file and its directory); a get or head opens
    one file per segment of the name; a listing reads one directory at a time and opens each
    file that it gives. Memory: the buffer that is being written or read, and one directory per
    level of a listing. Works after a fork; pickles as its name and path.

    Args:
        name: the store's name in the configuration.
        path: the directory; it is made where it is missing.

    Raises:
        ConfigurationError: the file system does not tell upper from lower case.
        AccessDeniedError: the directory cannot be made or used.
    """

    provider = "local"
    capabilities = frozenset(
        {
            Capability.CONDITIONAL_CREATE,
            Capability.CONDITIONAL_UPDATE,
            Capability.CONDITIONAL_DELETE,
            Capability.SERVER_COPY,
            Capability.SUFFIX_RANGE,
            Capability.BULK_DELETE,
            Capability.UPLOADS,
            Capability.UNEQUAL_PARTS,
            Capability.NON_ASCII_NAMES,
        }
    )
    placement: PlacementFacet | None = None
    versions: VersionsFacet | None = None
    retention: RetentionFacet | None = None
    rules: RulesFacet | None = None

    def __init__(self, name: str, path: str | os.PathLike[str]) -> None:
        self.name = name
        self.limits = Limits()
        self._tree = Tree(path)
        self.bucket = self._tree.root
        self._drafts = Drafts(self._tree, name)
        self.uploads: UploadsFacet | None = self._drafts
        self.strays: StraysFacet | None = Strays(self._tree, name)
        with self._reported("open", None):
            self._tree.prepare()
        with suppress(OSError, MultistoreError):  # a reader without write access may still read
            self._drafts.sweep()

    def __repr__(self) -> str:
        """Name the store and its directory."""
        return f"LocalStore({self.name!r}, {self.bucket!r})"

    def put(
        self,
        name: str,
        body: Body,
        *,
        mode: WriteMode,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> StoredObject:
        """See Store.put. Two syncs; memory: one buffer of the body."""
        with self._draft("put", name) as draft:
            size = 0
            for part in body.parts:  # what the source raises goes on to the caller unchanged
                with self._reported("put", name):
                    size += draft.write(part)
                    if body.size is not None and size > body.size:
                        self._refuse_length(body.size, size)
            with self._reported("put", name):
                if body.size is not None and size < body.size:
                    self._refuse_length(body.size, size)
                return self._finish(draft, name, mode, _trailer(size, content_type, metadata))

    def get(
        self,
        name: str,
        span: Span | Last,
        *,
        if_match: str | None = None,
        version: str | None = None,
    ) -> Fetched:
        """See Store.get. Reads the trailer and the range; memory: the range."""
        with self._reported("get", name):
            _refuse_version(version)
            with self._tree.file(names.pieces(name)) as file:
                info = _described(name, file)
                _check_match(info.etag, if_match)
                size = info.size or 0
                start, stop = span.resolve(size) if size else (0, 0)
                return Fetched(info, start, _read(file, start, stop))

    def head(self, name: str, *, version: str | None = None) -> StoredObject:
        """See Store.head. Reads the trailer."""
        with self._reported("head", name):
            _refuse_version(version)
            with self._tree.file(names.pieces(name)) as file:
                return _described(name, file)

    def list(
        self, prefix: str, *, delimiter: str | None = None, start_after: str | None = None
    ) -> Iterator[StoredObject | CommonPrefix]:
        """See Store.list. A file whose trailer is broken is listed with the etag ``damaged``.

        Such a file cannot be read, but it must not be hidden from who erases.
        """
        after = None if start_after is None else start_after.encode()
        walk = self._tree.walk(prefix, delimiter=delimiter, after=after)
        while True:
            with self._reported("list", prefix):
                found = next(walk, None)
            if found is None:
                return
            if found.pieces is None:
                yield CommonPrefix(found.text)
                continue
            try:
                with self._reported("list", found.text), self._tree.file(found.pieces) as file:
                    info = _listed(found.text, file)
            except NotFoundError:
                continue  # deleted since its directory was read
            yield info

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
        """See Store.copy. The kernel moves the bytes; two syncs."""
        if source == target and mode is PutMode.OVERWRITE:
            mode = IfMatch(if_match)  # a write in between must not be lost
        with (
            self._reported("copy", source),
            self._tree.file(names.pieces(source)) as file,
        ):
            info = _described(source, file)
            _check_match(info.etag, if_match)
            size = info.size or 0
            with self._draft("copy", target) as draft, self._reported("copy", target):
                draft.write(head)
                _send(file, draft.file, len(head), size)
                written = _trailer(size, content_type, metadata)
                return self._finish(draft, target, mode, written)

    def delete(self, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """See Store.delete. One sync per directory; directories left empty go as well."""
        for ref in refs:
            with self._reported("delete", ref.name):
                _refuse_version(ref.version)
        outcomes = [self._delete(ref) for ref in refs]
        left = {names.pieces(outcome.name)[:-1] for outcome in outcomes if outcome.gone}
        for pieces in sorted(left, reverse=True):
            with self._reported("delete", None):
                self._tree.prune(pieces)
        return outcomes

    def close(self) -> None:
        """Do nothing: no descriptor is kept."""

    def _delete(self, ref: Ref) -> Outcome:
        *branches, leaf = names.pieces(ref.name)
        try:
            with (
                self._reported("delete", ref.name),
                self._tree.locked(ref.name),
                self._tree.directory(tuple(branches)) as directory,
            ):
                if ref.etag is not None and self._etag(ref.name) != ref.etag:
                    return Outcome(ref.name, None, OutcomeStatus.CHANGED)
                os.unlink(leaf, dir_fd=directory)
        except NotFoundError:
            return Outcome(ref.name, None, OutcomeStatus.ABSENT)
        except AccessDeniedError as error:
            return _refusal(ref, OutcomeStatus.DENIED, error)
        except MultistoreError as error:
            return _refusal(ref, OutcomeStatus.FAILED, error)
        return Outcome(ref.name, None, OutcomeStatus.DELETED)

    @contextmanager
    def _draft(self, operation: str, name: str) -> Generator[Draft]:
        with self._reported(operation, name):
            draft = Draft(self._tree, name)
        try:
            yield draft
        finally:
            draft.discard()

    def _finish(
        self, draft: Draft, name: str, mode: WriteMode, written: trailer.Trailer
    ) -> StoredObject:
        draft.write(written.encode())
        os.fsync(draft.file)
        *branches, leaf = names.pieces(name)
        with self._tree.locked(name):
            if isinstance(mode, IfMatch):
                self._check_current(name, mode)
            for _ in range(_ATTEMPTS):
                try:
                    with self._tree.directory(tuple(branches), create=True) as directory:
                        draft.publish(directory, leaf, replace=mode is not PutMode.CREATE)
                except FileExistsError:
                    raise AlreadyExistsError("an object of this name exists") from None
                except FileNotFoundError:
                    continue  # a deletion pruned a directory between two steps
                return _info(name, written)
        raise OSError(errno.EBUSY, "the directory was removed again and again")

    def _etag(self, name: str) -> str:
        """Give the etag of what is there, as a listing does."""
        with self._tree.file(names.pieces(name)) as file:
            return _listed(name, file).etag

    def _check_current(self, name: str, mode: IfMatch) -> None:
        try:
            with self._tree.file(names.pieces(name)) as file:
                etag = _described(name, file).etag
        except FileNotFoundError:
            etag = None
        _check_match(etag, mode.etag)

    def _refuse_length(self, announced: int, size: int) -> NoReturn:
        raise LengthError(f"the body has {size} bytes or more, but {announced} were announced")

    def _reported(self, operation: str, key: str | None) -> AbstractContextManager[None]:
        return reported(operation=operation, store=self.name, bucket=self.bucket, key=key)


def _trailer(size: int, content_type: str | None, metadata: Mapping[str, str]) -> trailer.Trailer:
    return trailer.Trailer(size, secrets.token_hex(16), datetime.now(UTC), content_type, metadata)


def _info(name: str, found: trailer.Trailer) -> StoredObject:
    return StoredObject(
        name=name,
        size=found.size,
        modified=found.modified,
        etag=found.etag,
        content_type=found.content_type,
        metadata=dict(found.metadata),
    )


def _described(name: str, file: int) -> StoredObject:
    size = os.fstat(file).st_size
    return _info(name, trailer.read(size, lambda count, at: os.pread(file, count, at)))


def _listed(name: str, file: int) -> StoredObject:
    try:
        return _described(name, file)
    except IntegrityError:
        status = os.fstat(file)
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        return StoredObject(name=name, size=status.st_size, modified=modified, etag="damaged")


def _read(file: int, start: int, stop: int) -> memoryview:
    view = memoryview(bytearray(stop - start))
    done = 0
    while done < len(view):
        count = os.preadv(file, [view[done:]], start + done)
        if not count:
            raise TruncatedError(f"the file ended {len(view) - done} bytes early")
        done += count
    return view.toreadonly()


def _send(source: int, target: int, start: int, stop: int) -> None:
    """Append bytes of one file to another, in the kernel."""
    while start < stop:
        count = _copy_range(source, target, min(stop - start, 64 * MEBIBYTE), start)
        if not count:
            raise TruncatedError(f"the source ended {stop - start} bytes early")
        start += count


def _copy_range(source: int, target: int, count: int, start: int) -> int:
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(source, target, count, offset_src=start)
        except OSError as error:
            if error.errno not in _NO_COPY:
                raise
    # Linux's only, and not on every file system.
    return os.write(target, os.pread(source, min(count, MEBIBYTE), start))


def _check_match(etag: str | None, wanted: str | None) -> None:
    if wanted is not None and wanted != etag:
        raise PreconditionFailedError(
            f"the object's etag is not {wanted!r}",
            hint="Somebody else wrote in between: read it again.",
        )


def _refuse_version(version: str | None) -> None:
    if version is not None:
        raise UnsupportedError("a local store keeps no versions", hint="Leave the version out.")


def _refusal(ref: Ref, status: OutcomeStatus, error: MultistoreError) -> Outcome:
    return Outcome(ref.name, None, status, code=error.code, detail=str(error.args[0]))

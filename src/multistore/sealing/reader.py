"""One sealed object, opened by its header: ranges, streams, and large reads in parallel."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar

from multistore.errors import InvalidArgumentError, PreconditionFailedError
from multistore.sealing import metadata
from multistore.sealing.cut import Window, cut
from multistore.sealing.flight import Door, in_flight
from multistore.sealing.landing import Landing
from multistore.sealing.opener import RESTARTS
from multistore.sealing.stream import open_into, tampered
from multistore.stores.base import MEBIBYTE, StoredObject
from multistore.values import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from multistore.sealing.buffers import Buffers
    from multistore.sealing.header import Header
    from multistore.sealing.metadata import Metadata
    from multistore.sealing.opener import Asked, Opener, Snapshot
    from multistore.sealing.workers import Workers
    from multistore.values import ByteRange

T = TypeVar("T")


class SealedObject:
    """A handle on one object as it was when it was opened; made by SealedStore.open.

    Every request after the first carries the etag of the first answer. Where the object was
    overwritten in between, a read begins anew at the header as long as nothing of the handle
    has been given out, be it plaintext, the size or the description; after that it raises
    PreconditionFailedError. So one handle never mixes two objects.

    Safe to use from several threads. Holds no connection and needs no closing; memory: the
    chunks that came with the header, at most one part.
    """

    def __init__(
        self,
        opener: Opener,
        workers: Workers,
        buffers: Buffers,
        asked: Asked,
        snapshot: Snapshot,
    ) -> None:
        self._opener = opener
        self._workers = workers
        self._buffers = buffers
        self._asked = asked
        self._snapshot = snapshot
        self._released = False

    def __repr__(self) -> str:
        """Name the object; nothing secret."""
        return f"SealedObject({self._asked.name!r})"

    @property
    def name(self) -> str:
        """``tenant/collection/key``."""
        return self._asked.name

    @property
    def size(self) -> int:
        """Plaintext bytes."""
        self._released = True
        return self._snapshot.admitted.size

    @property
    def etag(self) -> str:
        """The store's etag, good for IfMatch."""
        self._released = True
        return self._snapshot.info.etag

    @property
    def header_tag(self) -> bytes:
        """The pin against an older object put back."""
        self._released = True
        return self._snapshot.admitted.header.header_tag

    @property
    def created(self) -> datetime:
        """When it was sealed, from the authenticated header."""
        self._released = True
        return self._snapshot.admitted.header.created()

    @property
    def info(self) -> StoredObject:
        """The object in plaintext terms, its opened metadata included. No request.

        Raises:
            TamperedError: the metadata was lost or altered; the data can still be read.
            FormatError: the metadata is not of the format's shape; likewise.
        """
        with self._opener.located("head", self._asked):
            info = described(self._snapshot)
        self._released = True
        return info

    def read(self, span: ByteRange = WHOLE) -> bytes:
        """Read a range, or everything, into memory.

        Cost: one request per part that the range touches and that has not come with the
        header, up to the store's concurrency in flight. Memory: the range, and what ``stream``
        needs.

        Raises:
            InvalidArgumentError: the range begins at or past the end (code ``InvalidRange``).
            TamperedError: a chunk did not verify; nothing is given out.
            PreconditionFailedError: the object was overwritten; see the class.
        """

        def once() -> bytes:
            snapshot = self._snapshot
            start, stop = _resolve(snapshot, span)
            if stop - start <= self._opener.inner.limits.part_size:
                out = bytearray(stop - start)
                self._fill(snapshot, start, stop, memoryview(out))
                return bytes(out)
            # Grown, not filled: the first touch of new memory costs more than all the rest.
            grown = BytesIO()
            for piece in self._pieces(snapshot, start, stop):
                grown.write(piece)
            return grown.getvalue()

        with self._opener.located("get", self._asked):
            data = self._settled(once)
        self._released = True
        return data

    def readinto(self, span: ByteRange, buffer: bytearray | memoryview) -> int:
        """Read a range into the caller's buffer, as ``read`` does; returns the bytes read.

        On any error the part of the buffer that the range was to fill is zero.

        Raises:
            InvalidArgumentError: the buffer is shorter than the range.
        """
        target = memoryview(buffer).cast("B")

        def once() -> int:
            snapshot = self._snapshot
            start, stop = _resolve(snapshot, span)
            if len(target) < stop - start:
                raise InvalidArgumentError(
                    f"the buffer has {len(target)} bytes, the range {stop - start}"
                )
            self._fill(snapshot, start, stop, target[: stop - start])
            return stop - start

        with self._opener.located("get", self._asked):
            count = self._settled(once)
        self._released = True
        return count

    def stream(self, span: ByteRange = WHOLE) -> Iterator[memoryview]:
        """Give a range, or everything, in order, as verified pieces of up to one part.

        The end of the iteration is the proof that the object is whole. Where a chunk does not
        verify, all verified chunks before it are given, and then the error is raised.

        Cost: as read. Memory: one part for each of up to ``limits.concurrency`` requests in
        flight, and one more for each that is being opened at that moment.
        """
        for remaining in range(RESTARTS, -1, -1):
            try:
                with self._opener.located("get", self._asked):
                    snapshot = self._snapshot
                    for piece in self._pieces(snapshot, *_resolve(snapshot, span)):
                        self._released = True
                        yield piece
            except PreconditionFailedError:
                if not remaining or not self._reopened():
                    raise
            else:
                return

    def write_to(self, descriptor: int, told: Callable[[int], object] | None = None) -> int:
        """Write everything to a regular file, parts in parallel, each at its own place.

        The file is cut or extended to the object's size. Its content is good only once this
        has returned: write to a temporary name and rename it then. It is at the disk only once
        it was synced.

        Args:
            descriptor: of a file opened for writing; its position is neither used nor moved.
            told: called in this thread with the number of plaintext bytes written since its last
                call; what it raises ends the writing.

        Returns:
            The number of bytes.

        Raises:
            OSError: the file system refuses; nothing is known of the file's content then.
        """

        def once() -> int:
            snapshot = self._snapshot
            size = snapshot.admitted.size
            with Landing(descriptor, size) as landing:
                self._land(snapshot, 0, size, partial(self._open_to_file, snapshot, landing), told)
            return size

        with self._opener.located("get", self._asked):
            count = self._settled(once)
        self._released = True
        return count

    # -- how -------------------------------------------------------------------------------

    def resolved(self, span: ByteRange) -> tuple[int, int]:
        """Give the range as (start, stop) within this object."""
        self._released = True
        return _resolve(self._snapshot, span)

    def _settled(self, operation: Callable[[], T]) -> T:
        """Run an operation that gives nothing out before it ends; anew after a change."""
        for remaining in range(RESTARTS, -1, -1):
            try:
                return operation()
            except PreconditionFailedError:
                if not remaining or not self._reopened():
                    raise
        raise AssertionError("unreachable")

    def _reopened(self) -> bool:
        if self._released:
            return False
        self._snapshot = self._opener.open(self._asked, None)
        return True

    def _windows(self, snapshot: Snapshot, start: int, stop: int) -> Iterator[Window]:
        admitted = snapshot.admitted
        return cut(
            admitted.framing,
            admitted.size,
            start,
            stop,
            per_request=admitted.framing.per_request(self._opener.inner.limits.part_size),
            held=snapshot.held,
        )

    @property
    def _width(self) -> int:
        return self._opener.inner.limits.concurrency

    def _pieces(self, snapshot: Snapshot, start: int, stop: int) -> Iterator[memoryview]:
        jobs = (
            # The buffer is made here and not in the thread that fills it: memory that many
            # threads allocate comes back to the system late.
            partial(
                self._open_piece, snapshot, window, self._buffers.take(window.stop - window.start)
            )
            for window in self._windows(snapshot, start, stop)
        )
        for piece, bad in in_flight(self._workers, jobs, self._width):
            if piece:
                yield piece
            if bad is not None:
                raise tampered(bad)

    def _open_piece(
        self, snapshot: Snapshot, window: Window, out: memoryview
    ) -> tuple[memoryview, int | None]:
        bad = self._open(snapshot, window, self._sealed(snapshot, window), out)
        if bad is not None:
            verified = (bad << snapshot.admitted.framing.chunk_log2) - window.start
            out = out[: max(0, verified)]
        return out.toreadonly(), bad

    def _fill(self, snapshot: Snapshot, start: int, stop: int, out: memoryview) -> None:
        """Open a range into a buffer; on any error the buffer is zero."""
        try:
            if not self._open_held(snapshot, start, stop, out):
                land = partial(self._open_to_buffer, snapshot, start, out)
                self._land(snapshot, start, stop, land)
        except BaseException:
            for position in range(0, len(out), MEBIBYTE):
                size = min(MEBIBYTE, len(out) - position)
                out[position : position + size] = bytes(size)
            raise

    def _open_held(self, snapshot: Snapshot, start: int, stop: int, out: memoryview) -> bool:
        """Open a range that came along with the header; False where there is more to fetch."""
        framing = snapshot.admitted.framing
        window = Window(*framing.covering(start, stop, snapshot.admitted.size), start, stop)
        held = snapshot.held.within(framing, window)
        if held is None:
            return False
        bad = self._open(snapshot, window, held, out)
        if bad is not None:
            raise tampered(bad)
        return True

    def _land(
        self,
        snapshot: Snapshot,
        start: int,
        stop: int,
        land: Callable[[Door, Window], int | None],
        told: Callable[[int], object] | None = None,
    ) -> None:
        door = Door()

        def landed(window: Window) -> int:
            bad = land(door, window)
            if bad is not None:
                raise tampered(bad)
            return window.stop - window.start

        jobs = (partial(landed, window) for window in self._windows(snapshot, start, stop))
        try:
            for count in in_flight(self._workers, jobs, self._width):
                if told is not None:
                    self._released = True
                    told(count)
        finally:
            door.shut()

    def _open_to_buffer(
        self, snapshot: Snapshot, origin: int, out: memoryview, door: Door, window: Window
    ) -> int | None:
        sealed = self._sealed(snapshot, window)
        with door.passing() as is_open:
            if not is_open:
                return None
            part = out[window.start - origin : window.stop - origin]
            return self._open(snapshot, window, sealed, part)

    def _open_to_file(
        self, snapshot: Snapshot, landing: Landing, door: Door, window: Window
    ) -> int | None:
        sealed = self._sealed(snapshot, window)
        length = window.stop - window.start
        room = landing.room(self._buffers, length)
        bad = self._open(snapshot, window, sealed, room[:length])
        if bad is None:
            with door.passing() as is_open:
                if is_open:
                    landing.write(room, length, window.start)
        return bad

    def _sealed(self, snapshot: Snapshot, window: Window) -> memoryview:
        return self._opener.chunks(self._asked, snapshot, window)

    def _open(
        self, snapshot: Snapshot, window: Window, sealed: memoryview, out: memoryview
    ) -> int | None:
        return open_into(snapshot.admitted.keys, window.first, sealed, window.start, out)


def opened_metadata(snapshot: Snapshot) -> Metadata:
    """Open the metadata that came with an object's header."""
    admitted = snapshot.admitted
    return metadata.unseal(admitted.keys, admitted.header.metadata_digest, snapshot.info.metadata)


def described(snapshot: Snapshot) -> StoredObject:
    """Describe an object in plaintext terms, its opened metadata included."""
    admitted = snapshot.admitted
    return in_plain_terms(snapshot.info, admitted.header, opened_metadata(snapshot), admitted.size)


def in_plain_terms(stored: StoredObject, header: Header, kept: Metadata, size: int) -> StoredObject:
    """Describe an object at rest in the plaintext's terms."""
    return StoredObject(
        name=stored.name,
        size=size,
        modified=stored.modified,
        etag=stored.etag,
        version=stored.version,
        content_type=kept.content_type,
        metadata=dict(kept.user),
        created=header.created(),
        header_tag=header.header_tag,
    )


def _resolve(snapshot: Snapshot, span: ByteRange) -> tuple[int, int]:
    size = snapshot.admitted.size
    # As everywhere: an empty object gives no bytes for every range.
    return span.resolve(size) if size else (0, 0)

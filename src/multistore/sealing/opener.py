"""Opening a sealed object by its header: which bytes to ask for, and whether to believe them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from multistore.errors import (
    FormatError,
    IntegrityError,
    InvalidArgumentError,
    LengthError,
    MultistoreError,
    NotFoundError,
    PreconditionFailedError,
    TamperedError,
    TruncatedError,
)
from multistore.sealing.admission import Named, admit
from multistore.sealing.cut import NOTHING_HELD, Held, Window
from multistore.sealing.framing import CHUNK_LOG2, HEADER_BYTES, framing_of
from multistore.sealing.seen import Headers, Seen
from multistore.sealing.stream import open_into, tampered
from multistore.stores.base import Fetched
from multistore.values import From, Span

if TYPE_CHECKING:
    from types import TracebackType

    from multistore.sealing.admission import Admitted
    from multistore.sealing.scopes import ScopeKeys
    from multistore.stores.base import Store, StoredObject
    from multistore.values import ByteRange

RESTARTS = 3
"""How often a read begins anew because the object was overwritten, before it gives up."""


class Asked(NamedTuple):
    """What the caller asked for, and what must hold for it.

    Attributes:
        name: ``tenant/collection/key``.
        version: the store's version id, or None for the current object.
        if_match: the only etag that the caller accepts.
        pin: the only ``header_tag`` that the caller accepts.
        adopt: accept an object that was sealed for another key of the collection.
    """

    name: str
    version: str | None = None
    if_match: str | None = None
    pin: bytes | None = None
    adopt: bool = False


class Snapshot(NamedTuple):
    """One object at one moment: its admitted header, and the answer that it came in.

    Attributes:
        admitted: the header, the keys, the sizes.
        info: what the store said, in its own terms.
        held: the whole chunks that came along.
    """

    admitted: Admitted
    info: StoredObject
    held: Held


class _Located:
    """A class, as routing's: a generator would cost four times as much, at each object."""

    __slots__ = ("_asked", "_inner", "_operation")

    def __init__(self, inner: Store, operation: str, asked: Asked) -> None:
        self._inner = inner
        self._operation = operation
        self._asked = asked

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Name the verb that was asked for, not a step of it, and the place."""
        if isinstance(error, MultistoreError):
            error.operation = self._operation
            error.locate(
                store=self._inner.name,
                provider=self._inner.provider,
                bucket=self._inner.bucket,
                key=self._asked.name,
                version=self._asked.version,
            )


class Opener:
    """Opens objects of one store. Keeps headers, never keys or plaintext."""

    def __init__(self, inner: Store, keys: ScopeKeys) -> None:
        self.inner = inner
        self.seen = Headers()
        self._keys = keys
        self._per_request = framing_of(CHUNK_LOG2).per_request(inner.limits.part_size)

    def open(self, asked: Asked, first: ByteRange | None) -> Snapshot:
        """Open one object, and bring along what the caller reads first.

        Always asks the store at least once, so what is given back was current at the call.

        Args:
            asked: what to open.
            first: the plaintext that will be read first; None for the beginning.
        """
        seen = self.seen.find(asked.name, asked.version)
        if first is not None and seen is not None and asked.if_match in {None, seen.etag}:
            try:
                known = self._with_known_header(asked, seen, first)
            except (NotFoundError, IntegrityError):
                self.seen.drop(asked.name, asked.version)
                raise
            except PreconditionFailedError:
                self.seen.drop(asked.name, asked.version)
                if asked.if_match is not None:
                    raise
            else:
                if known is not None:
                    return known
        return self._from_header(asked, self._reach(first))

    def describe(self, asked: Asked) -> Snapshot:
        """Open one object by its header alone."""
        return self._from_header(asked, HEADER_BYTES)

    def chunks(self, asked: Asked, snapshot: Snapshot, window: Window) -> memoryview:
        """Give a window's sealed chunks, from what is held or by one request with If-Match."""
        admitted = snapshot.admitted
        held = snapshot.held.within(admitted.framing, window)
        if held is not None:
            return held
        low, high = admitted.framing.at_rest(window.first, window.past, admitted.total)
        return self._fetch(
            asked, low, high, Seen(admitted.raw, snapshot.info.etag, admitted.total)
        ).data

    def located(self, operation: str, asked: Asked) -> _Located:
        """Say of every error of a block where it happened."""
        return _Located(self.inner, operation, asked)

    def _reach(self, first: ByteRange | None) -> int:
        """How much of the object to ask for, header included, before its header is known."""
        framing = framing_of(CHUNK_LOG2)
        most = self._per_request
        if first is None:
            wanted = most
        elif isinstance(first, Span | From):
            stop = first.stop if isinstance(first, Span) else most * framing.chunk
            begins_within = first.start < most * framing.chunk
            wanted = min(most, ((stop - 1) >> CHUNK_LOG2) + 1) if begins_within else 0
        else:
            wanted = 0
        return HEADER_BYTES + wanted * framing.sealed

    def _from_header(self, asked: Asked, reach: int) -> Snapshot:
        for remaining in range(RESTARTS, -1, -1):
            try:
                return self._once_from_header(asked, reach)
            except PreconditionFailedError:
                if asked.if_match is not None or not remaining:
                    raise
        raise AssertionError("unreachable")

    def _once_from_header(self, asked: Asked, reach: int) -> Snapshot:
        self.seen.drop(asked.name, asked.version)
        fetched = self._fetch(asked, 0, reach, None)
        raw = bytes(fetched.data[:HEADER_BYTES])
        total = _total(fetched)
        admitted = admit(
            raw, total, Named.parse(asked.name), self._keys, pin=asked.pin, adopt=asked.adopt
        )
        body = fetched.data[HEADER_BYTES:]
        framing = admitted.framing
        past = len(body) // framing.sealed
        if len(fetched.data) == total:
            past = framing.chunks(admitted.size)
        held = Held(0, past, body[: past * framing.sealed]) if past else NOTHING_HELD
        snapshot = Snapshot(admitted, fetched.info, held)
        self._prove_the_end(asked, snapshot)
        self.seen.keep(asked.name, asked.version, Seen(raw, fetched.info.etag, total))
        return snapshot

    def _with_known_header(self, asked: Asked, seen: Seen, first: ByteRange) -> Snapshot | None:
        """Ask for the range at once; None where it does not fit the size that was seen."""
        admitted = admit(
            seen.raw,
            seen.total,
            Named.parse(asked.name),
            self._keys,
            pin=asked.pin,
            adopt=asked.adopt,
        )
        framing = admitted.framing
        try:
            start, stop = first.resolve(admitted.size) if admitted.size else (0, 0)
        except InvalidArgumentError:
            return None
        begin, past = framing.covering(start, stop, admitted.size)
        past = min(past, begin + framing.per_request(self.inner.limits.part_size))
        low, high = framing.at_rest(begin, past, admitted.total)
        fetched = self._fetch(asked, low, high, seen)
        # LENGTH_UNKNOWN: its last chunk was opened at this etag before it was remembered.
        return Snapshot(admitted, fetched.info, Held(begin, past, fetched.data))

    def _prove_the_end(self, asked: Asked, snapshot: Snapshot) -> None:
        """With LENGTH_UNKNOWN the size is believed only once the last chunk has been opened."""
        admitted = snapshot.admitted
        if not admitted.header.core.length_unknown:
            return
        framing = admitted.framing
        last = framing.chunks(admitted.size) - 1
        window = Window(last, last + 1, last << framing.chunk_log2, admitted.size)
        sealed = self.chunks(asked, snapshot, window)
        out = memoryview(bytearray(window.stop - window.start))
        bad = open_into(admitted.keys, last, sealed, window.start, out)
        if bad is not None:
            raise tampered(bad)

    def _fetch(self, asked: Asked, low: int, high: int, seen: Seen | None) -> Fetched:
        """Get bytes at rest, and refuse an answer that is not the one to this question."""
        fetched = self.inner.get(
            asked.name,
            Span(low, high),
            if_match=asked.if_match if seen is None else seen.etag,
            version=asked.version,
        )
        total = _total(fetched)
        if seen is not None and fetched.info.etag != seen.etag:
            raise PreconditionFailedError(
                "the object was overwritten while it was being read, and the store did not "
                "honour If-Match",
                hint="Read it again.",
            )
        if seen is not None and total != seen.total:
            raise TamperedError(
                f"the store gave {total} bytes as the object's length, and {seen.total} before"
            )
        expected = max(0, min(high, total) - low)
        if fetched.start != low and expected:
            raise TamperedError(
                f"the store answered with bytes from {fetched.start} on, not from {low} on"
            )
        if len(fetched.data) < expected:
            raise TruncatedError(
                f"the store sent {len(fetched.data)} bytes where {expected} were to come"
            )
        if len(fetched.data) > expected:
            raise LengthError(
                f"the store sent {len(fetched.data)} bytes where {expected} were to come",
                hint="A proxy between here and the store may change what passes.",
            )
        return Fetched(fetched.info, fetched.start, fetched.data.cast("B").toreadonly())


def _total(fetched: Fetched) -> int:
    if fetched.info.size is None:
        raise FormatError("the store does not say how long the object is")
    return fetched.info.size

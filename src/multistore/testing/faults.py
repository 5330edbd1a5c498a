"""A store with faults on order: what no test server does on request.

For the tests of whatever lies above a store. The faults of the wire (cut connections, stalls,
wrong lengths) are another matter and need a proxy in front of a real server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from multistore.stores.base import Body, Fetched
from multistore.values import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from multistore.stores.base import (
        Buffer,
        Capability,
        Limits,
        PlacementFacet,
        Ref,
        Store,
        StoredObject,
        UploadsFacet,
        VersionsFacet,
    )
    from multistore.stores.facets import RetentionFacet, RulesFacet, StraysFacet
    from multistore.values import CommonPrefix, Last, Outcome, Span, WriteMode


@dataclass(frozen=True, slots=True)
class CutAt:
    """A get ends before this byte of the object, and says nothing of it."""

    byte: int


@dataclass(frozen=True, slots=True)
class FlipAt:
    """A get gives this byte of the object with its lowest bit turned."""

    byte: int


@dataclass(frozen=True, slots=True)
class RaiseAt:
    """A get that would give this byte, or a put that comes to it, raises the error instead."""

    byte: int
    error: BaseException


@dataclass(frozen=True, slots=True)
class Before:
    """Something else happens first: another writer, a deletion, an error."""

    action: Callable[[], object]


Fault = CutAt | FlipAt | RaiseAt | Before


@dataclass(frozen=True, slots=True)
class Call:
    """One call that reached the store."""

    operation: str
    name: str
    span: Span | Last | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    operation: str
    fault: Fault
    call: int | None


class FaultyStore:
    """Another store, call for call, with the faults that were ordered.

    ``on`` orders a fault; ``calls`` holds what reached this store, in order.

    Args:
        inner: the store that does the work; write to it directly to play another writer.
    """

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.calls: list[Call] = []
        self._orders: list[_Order] = []

    def on(self, operation: str, fault: Fault, *, call: int | None = None) -> None:
        """Order a fault for the ``call``-th next call of a verb (1 is the next), or for each.

        Example: another writer between the first and the second get::

            store.on("get", Before(lambda: inner.put(…)), call=2)
        """
        seen = sum(one.operation == operation for one in self.calls)
        self._orders.append(_Order(operation, fault, None if call is None else seen + call))

    @property
    def name(self) -> str:
        """The inner store's."""
        return self.inner.name

    @property
    def provider(self) -> str:
        """The inner store's."""
        return self.inner.provider

    @property
    def bucket(self) -> str:
        """The inner store's."""
        return self.inner.bucket

    @property
    def capabilities(self) -> frozenset[Capability]:
        """The inner store's."""
        return self.inner.capabilities

    @property
    def limits(self) -> Limits:
        """The inner store's."""
        return self.inner.limits

    def put(
        self,
        name: str,
        body: Body,
        *,
        mode: WriteMode,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> StoredObject:
        """Put, with RaiseAt and Before."""
        for fault in self._faults(Call("put", name)):
            if isinstance(fault, RaiseAt):
                body = Body(_raising(body.parts, fault), body.size)
        return self.inner.put(name, body, mode=mode, content_type=content_type, metadata=metadata)

    def get(
        self,
        name: str,
        span: Span | Last,
        *,
        if_match: str | None = None,
        version: str | None = None,
    ) -> Fetched:
        """Get, with every fault."""
        faults = self._faults(Call("get", name, span))
        fetched = self.inner.get(name, span, if_match=if_match, version=version)
        for fault in faults:
            if not isinstance(fault, Before):
                fetched = _spoilt(fetched, fault)
        return fetched

    def head(self, name: str, *, version: str | None = None) -> StoredObject:
        """Head, with Before."""
        self._faults(Call("head", name))
        return self.inner.head(name, version=version)

    def list(
        self, prefix: str, *, delimiter: str | None = None, start_after: str | None = None
    ) -> Iterator[StoredObject | CommonPrefix]:
        """List, with Before."""
        self._faults(Call("list", prefix))
        return self.inner.list(prefix, delimiter=delimiter, start_after=start_after)

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
        """Copy, with Before."""
        self._faults(Call("copy", source))
        return self.inner.copy(
            source,
            target,
            head=head,
            if_match=if_match,
            mode=mode,
            content_type=content_type,
            metadata=metadata,
        )

    def delete(self, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Delete, with Before."""
        self._faults(Call("delete", ", ".join(ref.name for ref in refs)))
        return self.inner.delete(refs)

    def close(self) -> None:
        """Close the inner store."""
        self._faults(Call("close", ""))
        self.inner.close()

    @property
    def placement(self) -> PlacementFacet | None:
        """The inner store's."""
        return self.inner.placement

    @property
    def versions(self) -> VersionsFacet | None:
        """The inner store's."""
        return self.inner.versions

    @property
    def uploads(self) -> UploadsFacet | None:
        """The inner store's."""
        return self.inner.uploads

    @property
    def retention(self) -> RetentionFacet | None:
        """The inner store's."""
        return self.inner.retention

    @property
    def rules(self) -> RulesFacet | None:
        """The inner store's."""
        return self.inner.rules

    @property
    def strays(self) -> StraysFacet | None:
        """The inner store's."""
        return self.inner.strays

    def _faults(self, call: Call) -> Sequence[Fault]:
        """Note the call, let happen what comes before it, and return its faults."""
        self.calls.append(call)
        number = sum(one.operation == call.operation for one in self.calls)
        due = [
            order.fault
            for order in self._orders
            if order.operation == call.operation and order.call in {None, number}
        ]
        for fault in due:
            if isinstance(fault, Before):
                fault.action()
        return due


def _raising(parts: Iterable[Buffer], fault: RaiseAt) -> Iterator[Buffer]:
    position = 0
    for part in parts:
        if position + len(part) > fault.byte:
            yield memoryview(part)[: fault.byte - position]
            raise fault.error
        position += len(part)
        yield part
    raise fault.error


def _spoilt(fetched: Fetched, fault: CutAt | FlipAt | RaiseAt) -> Fetched:
    at = fault.byte - fetched.start
    if at >= len(fetched.data):
        return fetched
    if isinstance(fault, RaiseAt):
        if at < 0:
            return fetched
        raise fault.error
    if isinstance(fault, CutAt):
        return Fetched(fetched.info, fetched.start, fetched.data[: max(at, 0)])
    if at < 0:
        return fetched
    data = bytearray(fetched.data)
    data[at] ^= 1
    return Fetched(fetched.info, fetched.start, memoryview(data))

"""What a store must answer, from a dict; and a Hypothesis machine that asks a real one.

The oracle shares no code with any store: ranges, groups and conditions are written out again.
Needs ``hypothesis``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from multistore.errors import (
    AlreadyExistsError,
    InvalidArgumentError,
    MultistoreError,
    NotFoundError,
    PreconditionFailedError,
    UnsupportedError,
)
from multistore.stores.base import Body, Capability, Ref
from multistore.values import CommonPrefix, IfMatch, Last, PutMode, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from multistore.stores.base import Buffer, Store, StoredObject
    from multistore.values import WriteMode

T = TypeVar("T")
About = tuple[str | None, dict[str, str]]
"""A content type and metadata."""

# Few names, each the neighbour of another: so that steps meet.
NAMES = ("a", "a/b", "a/b/c", "a.b", "a0", "ab", "acme/x", "acme2/x", "日本語/が", "🎬", "a%2Fb")
PREFIXES = ("", "a", "a/", "a/b", "acme", "acme/", "日本", "z")
# About the places where a sealing layer begins another chunk.
SIZES = (0, 1, 2, 15, 16, 17, 1000, 131_071, 131_072, 131_073, 300_001)

names = st.sampled_from(NAMES)
sizes = st.sampled_from(SIZES)
_ABOUT: tuple[About, ...] = (
    (None, {}),
    ("video/mp4", {"origin": "lecture"}),
    ("text/plain; charset=utf-8", {}),
)
described = st.sampled_from(_ABOUT)


@dataclass(frozen=True, slots=True)
class Held:
    """One object that must be there."""

    data: bytes
    content_type: str | None
    metadata: Mapping[str, str]
    etag: str


@dataclass(slots=True)
class Oracle:
    """A dict that knows what a store with these capabilities must answer.

    Attributes:
        capabilities: those of the store that is asked.
        held: every object that must be there.
        retired: etags that were once current.
    """

    capabilities: frozenset[Capability]
    held: dict[str, Held] = field(default_factory=dict[str, Held])
    retired: list[str] = field(default_factory=list[str])

    def refusal(self, name: str, mode: WriteMode) -> type[MultistoreError] | None:
        """Return the error that a write must raise, or None."""
        if mode is PutMode.OVERWRITE:
            return None
        if mode is PutMode.CREATE:
            if Capability.CONDITIONAL_CREATE not in self.capabilities:
                return UnsupportedError
            return AlreadyExistsError if name in self.held else None
        if Capability.CONDITIONAL_UPDATE not in self.capabilities:
            return UnsupportedError
        assert isinstance(mode, IfMatch)
        current = self.held.get(name)
        return None if current and current.etag == mode.etag else PreconditionFailedError

    def write(self, name: str, held: Held) -> None:
        """Note that an object was written."""
        self.delete(name)
        self.held[name] = held

    def delete(self, name: str) -> None:
        """Note that an object went, if it was there."""
        gone = self.held.pop(name, None)
        if gone is not None:
            self.retired.append(gone.etag)

    def read(self, name: str, span: Span | Last) -> bytes | type[MultistoreError]:
        """Return the bytes of a range, or the error that asking for it must raise."""
        if name not in self.held:
            return NotFoundError
        data = self.held[name].data
        if isinstance(span, Last):
            return data[-span.count :]
        if data and span.start > len(data) - 1:
            return InvalidArgumentError
        return data[span.start : span.stop]

    def listing(
        self, prefix: str, delimiter: str | None, start_after: str | None
    ) -> list[tuple[str, int | None]]:
        """Return what a listing must give: (name, size), or (group, None)."""
        found: dict[str, int | None] = {}
        for name, held in self.held.items():
            head, rest = name[: len(prefix)], name[len(prefix) :]
            if head != prefix:
                continue
            if delimiter and delimiter in rest:
                found[prefix + rest.partition(delimiter)[0] + delimiter] = None
            else:
                found[name] = len(held.data)
        after = (start_after or "").encode()
        kept = [item for item in found.items() if item[0].encode() > after]
        return sorted(kept, key=lambda item: item[0].encode())


class StoreMachine(RuleBasedStateMachine):
    """Puts, gets, lists, copies and deletes at random, and compares every answer.

    Subclass it and override ``make_store``; its ``TestCase`` is what pytest collects.

    Attributes:
        prefix: goes before every name, as in the conformance suite.
    """

    prefix = ""

    def __init__(self) -> None:
        super().__init__()
        self.store = self.make_store()
        self.oracle = Oracle(self.store.capabilities)
        self.seed = 0

    def make_store(self) -> Store:
        """Give a store that holds nothing below the prefix."""
        raise NotImplementedError("give a fresh store: override `make_store`")

    def teardown(self) -> None:
        """Close the store."""
        self.store.close()

    @rule(name=names, size=sizes, about=described, known=st.booleans(), data=st.data())
    def put(self, *, name: str, size: int, about: About, known: bool, data: Any) -> None:
        """Write, in any mode."""
        mode = self._mode(name, data)
        content = self._content(size)
        cut = data.draw(st.integers(0, size), label="cut")
        body = Body([content[:cut], content[cut:]], size if known else None)
        refusal = self.oracle.refusal(name, mode)
        made = _attempt(
            lambda: self.store.put(
                self.prefix + name, body, mode=mode, content_type=about[0], metadata=about[1]
            )
        )
        if refusal is not None:
            assert isinstance(made, refusal)
            return
        assert not isinstance(made, MultistoreError), made
        assert made.size == size
        self.oracle.write(name, Held(content, *about, made.etag))

    @rule(name=names, size=sizes, at=st.integers(0, 300_001))
    def put_from_a_source_that_breaks(self, name: str, size: int, at: int) -> None:
        """Write nothing, and leave what is there."""
        content = self._content(size)

        def source() -> Iterator[Buffer]:
            yield content[:at]
            raise ZeroDivisionError

        try:
            self.store.put(self.prefix + name, Body(source(), None), mode=PutMode.OVERWRITE)
        except ZeroDivisionError:
            return
        raise AssertionError("the source's error was swallowed")

    @rule(name=names, start=st.integers(0, 300_100), length=st.integers(1, 300_100))
    def get(self, name: str, start: int, length: int) -> None:
        """Read a range from the front."""
        self._read(name, Span(start, start + length))

    @rule(name=names, count=st.integers(1, 300_100))
    def get_the_end(self, name: str, count: int) -> None:
        """Read a range from the end."""
        self._read(name, Last(count))

    @rule(name=names)
    def head(self, name: str) -> None:
        """Describe."""
        held = self.oracle.held.get(name)
        found = _attempt(lambda: self.store.head(self.prefix + name))
        if held is None:
            assert isinstance(found, NotFoundError)
            return
        assert not isinstance(found, MultistoreError), found
        assert (found.size, found.etag) == (len(held.data), held.etag)
        assert dict(found.metadata) == held.metadata
        assert held.content_type in {None, found.content_type}

    @precondition(lambda self: self.oracle.held)
    @rule(to=names, about=described, data=st.data())
    def copy(self, *, to: str, about: About, data: Any) -> None:
        """Copy, in any mode, from a source that changed or did not."""
        source = data.draw(st.sampled_from(sorted(self.oracle.held)), label="source")
        held = self.oracle.held[source]
        mode = self._mode(to, data)
        etag = data.draw(st.sampled_from([held.etag, *self.oracle.retired[-1:]]), label="etag")
        made = _attempt(
            lambda: self.store.copy(
                self.prefix + source,
                self.prefix + to,
                head=b"",
                if_match=etag,
                mode=mode,
                content_type=about[0],
                metadata=about[1],
            )
        )
        refusals = [self.oracle.refusal(to, mode)]
        refusals += [PreconditionFailedError] if etag != held.etag else []
        if expected := tuple(kind for kind in refusals if kind is not None):
            assert isinstance(made, expected)
            return
        assert not isinstance(made, MultistoreError), made
        self.oracle.write(to, Held(held.data, *about, made.etag))

    @rule(doomed=st.lists(names, max_size=4))
    def delete(self, doomed: list[str]) -> None:
        """Delete several, absent ones and the same one twice."""
        outcomes = self.store.delete([Ref(self.prefix + name) for name in doomed])
        assert [outcome.name for outcome in outcomes] == [self.prefix + name for name in doomed]
        assert all(outcome.gone for outcome in outcomes)
        for name in doomed:
            self.oracle.delete(name)

    @rule(
        prefix=st.sampled_from(PREFIXES),
        delimiter=st.sampled_from([None, "/"]),
        after=st.none() | names | st.sampled_from(PREFIXES),
    )
    def list(self, prefix: str, delimiter: str | None, after: str | None) -> None:
        """List, and compare every name, group and size."""
        found = self.store.list(
            self.prefix + prefix,
            delimiter=delimiter,
            start_after=None if after is None else self.prefix + after,
        )
        assert list(map(self._shown, found)) == self.oracle.listing(prefix, delimiter, after)

    @invariant()
    def everything_is_there_and_nothing_else(self) -> None:
        """Compare the whole listing after every step."""
        found = list(map(self._shown, self.store.list(self.prefix)))
        assert found == self.oracle.listing("", None, None)

    def _read(self, name: str, span: Span | Last) -> None:
        expected = self.oracle.read(name, span)
        found = _attempt(lambda: self.store.get(self.prefix + name, span))
        if isinstance(expected, type):
            assert isinstance(found, expected)
            return
        assert not isinstance(found, MultistoreError), found
        assert bytes(found.data) == expected
        assert found.info.etag == self.oracle.held[name].etag

    def _mode(self, name: str, data: Any) -> WriteMode:
        etags = [held.etag for key, held in self.oracle.held.items() if key == name]
        modes: list[WriteMode] = [PutMode.OVERWRITE, PutMode.CREATE]
        modes += [IfMatch(etag) for etag in etags + self.oracle.retired[-1:]]
        mode: WriteMode = data.draw(st.sampled_from(modes), label="mode")
        return mode

    def _content(self, size: int) -> bytes:
        """Return bytes that no earlier write had, so that an old object shows."""
        self.seed += 1
        return (b"%08d" % self.seed * (size // 8 + 1))[:size]

    def _shown(self, item: StoredObject | CommonPrefix) -> tuple[str, int | None]:
        if isinstance(item, CommonPrefix):
            return item.prefix[len(self.prefix) :], None
        return item.name[len(self.prefix) :], item.size


def _attempt(call: Callable[[], T]) -> T | MultistoreError:
    try:
        return call()
    except MultistoreError as error:
        return error

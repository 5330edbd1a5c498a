"""The conformance suite fails where a store is wrong: one fault each, and the test that tells."""

from __future__ import annotations

import time
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import unquote

import pytest
from tests.stores import test_memory

from multistore.errors import InvalidArgumentError, LengthError, MultistoreError, NotFoundError
from multistore.stores.base import Body, Capability, Fetched
from multistore.stores.memory import MemoryStore
from multistore.testing import StoreConformance
from multistore.testing.conformance import Harness
from multistore.values import PutMode, Span


class LosesAByte(MemoryStore):
    def put(self, name, body, **options):
        data = b"".join(body.parts)
        return super().put(name, Body([data[:-1]], None), **options)


class ShowsHalfAnObject(MemoryStore):
    def put(self, name, body, **options):
        whole = bytearray()
        try:
            for part in body.parts:
                whole += part
        finally:
            made = super().put(name, Body([bytes(whole)], None), **options)
        return made


class WrapsTheSourcesError(MemoryStore):
    def put(self, name, body, **options):
        try:
            return super().put(name, body, **options)
        except (RuntimeError, OSError, KeyboardInterrupt) as error:
            raise MultistoreError("the upload failed") from error


class TakesAnyLength(MemoryStore):
    def put(self, name, body, **options):
        return super().put(name, Body(body.parts, None), **options)


class KeepsTheBuffer(MemoryStore):
    def put(self, name, body, **options):
        parts = list(body.parts)
        made = super().put(name, Body(parts, None), **options)
        self.kept = (name, parts)
        return made

    def get(self, name, span, **options):
        found = super().get(name, span, **options)
        if getattr(self, "kept", (None,))[0] == name:
            data = b"".join(self.kept[1])
            return Fetched(found.info, found.start, memoryview(data)[span.start : span.stop])
        return found


class ForgetsMetadata(MemoryStore):
    def head(self, name, **options):
        return super().head(name, **options)._replace(metadata=MappingProxyType({}))


class EtagOfTheClock(MemoryStore):
    def _entry(self, *arguments, **options):
        entry = super()._entry(*arguments, **options)
        return replace(entry, info=entry.info._replace(etag=str(int(time.time() / 100))))


class NaiveTimes(MemoryStore):
    def _entry(self, *arguments, **options):
        entry = super()._entry(*arguments, **options)
        modified = entry.info.modified.replace(tzinfo=None)
        return replace(entry, info=entry.info._replace(modified=modified))


class OverwritesOnCreate(MemoryStore):
    def put(self, name, body, *, mode, **options):
        return super().put(name, body, mode=PutMode.OVERWRITE, **options)


class ChecksThenSets(MemoryStore):
    def put(self, name, body, *, mode, **options):
        if mode is not PutMode.OVERWRITE:
            try:
                self.head(name)
            except NotFoundError:
                pass
            else:
                return super().put(name, body, mode=mode, **options)
            time.sleep(0.01)
        return super().put(name, body, mode=PutMode.OVERWRITE, **options)


class IgnoresIfMatch(MemoryStore):
    def get(self, name, span, *, if_match=None, **options):
        return super().get(name, span, **options)


class EndIsInclusive(MemoryStore):
    def get(self, name, span, **options):
        if isinstance(span, Span):
            span = Span(span.start, span.stop + 1)
        return super().get(name, span, **options)


class RefusesTheEmptyRange(MemoryStore):
    def get(self, name, span, **options):
        if not self.head(name).size:
            raise InvalidArgumentError("nothing to read")
        return super().get(name, span, **options)


class ClampsPastTheEnd(MemoryStore):
    def get(self, name, span, **options):
        try:
            return super().get(name, span, **options)
        except InvalidArgumentError:
            return Fetched(self.head(name), 0, memoryview(b""))


class ErrorsWithoutAPlace(MemoryStore):
    def _where(self, operation, name):
        return {"operation": operation}


class ListsUnsorted(MemoryStore):
    def list(self, prefix, **options):
        return reversed(list(super().list(prefix, **options)))


class ListsAPageOnly(MemoryStore):
    def list(self, prefix, **options):
        for number, item in enumerate(super().list(prefix, **options)):
            if number < 1000:
                yield item


class StartsAtTheName(MemoryStore):
    def list(self, prefix, *, start_after=None, **options):
        before = start_after[:-1] if start_after else None
        return super().list(prefix, start_after=before, **options)


class DecodesNames(MemoryStore):
    def put(self, name, body, **options):
        return super().put(unquote(name), body, **options)._replace(name=name)

    def head(self, name, **options):
        return super().head(unquote(name), **options)._replace(name=name)

    def get(self, name, span, **options):
        return super().get(unquote(name), span, **options)


class DeletesNeighbours(MemoryStore):
    def delete(self, refs):
        for ref in refs:
            for item in list(super().list(ref.name)):
                super().delete([ref._replace(name=item.name)])
        return super().delete(refs)


class ReportsInItsOwnOrder(MemoryStore):
    def delete(self, refs):
        return super().delete(sorted(refs, key=lambda ref: ref.name))


class DeletesWhateverIsThere(MemoryStore):
    def delete(self, refs):
        return super().delete([ref._replace(etag=None) for ref in refs])


class CopiesWithoutTheHead(MemoryStore):
    def copy(self, source, target, *, head, **options):
        return super().copy(source, target, head=b"", **options)


class CopiesWhateverIsThere(MemoryStore):
    def copy(self, source, target, *, if_match, **options):
        return super().copy(source, target, if_match=self.head(source).etag, **options)


class ClaimsVersions(MemoryStore):
    def __init__(self):
        super().__init__()
        self.capabilities |= {Capability.VERSIONS}


class ClaimsNoConditions(MemoryStore):
    def __init__(self):
        super().__init__()
        self.capabilities -= {Capability.CONDITIONAL_CREATE}


class IgnoresVersions(MemoryStore):
    def get(self, name, span, *, version=None, **options):
        return super().get(name, span, **options)


RAISING = {"parts": 1, "kind": RuntimeError, "old": None}
LENGTH = {"large": False, "off": 1, "old": b"old"}
FAULTS = [
    (LosesAByte, "test_small_bodies", {"sizes": [100], "known": True}),
    (ShowsHalfAnObject, "test_a_source_that_raises", RAISING),
    (WrapsTheSourcesError, "test_a_source_that_raises", {**RAISING, "kind": KeyboardInterrupt}),
    (TakesAnyLength, "test_a_body_of_another_length_than_announced", LENGTH),
    (KeepsTheBuffer, "test_every_kind_of_buffer_and_none_kept", {}),
    (
        ForgetsMetadata,
        "test_description_comes_back",
        {"content_type": None, "metadata": {"a": "b"}},
    ),
    (EtagOfTheClock, "test_two_contents_never_share_an_etag", {}),
    (NaiveTimes, "test_put_is_described_by_head_get_and_list", {}),
    (OverwritesOnCreate, "test_create_only", {"large": False}),
    (ChecksThenSets, "test_one_of_many_racing_creators_wins", {}),
    (IgnoresIfMatch, "test_get_if_match", {"span": Span(0, 9)}),
    (EndIsInclusive, "test_ranges", {"span": Span(0, 1), "expected": (0, 1)}),
    (RefusesTheEmptyRange, "test_an_empty_object_gives_no_bytes", {"span": Span(0, 9)}),
    (ClampsPastTheEnd, "test_a_range_past_the_end", {"span": Span(10, 11)}),
    (ErrorsWithoutAPlace, "test_what_is_absent_is_not_found", {}),
    (ListsUnsorted, "test_prefixes_delimiters_and_beginnings", {}),
    (ListsAPageOnly, "test_more_than_a_page", {}),
    (StartsAtTheName, "test_prefixes_delimiters_and_beginnings", {}),
    (DecodesNames, "test_no_two_names_are_one_object", {}),
    (DeletesNeighbours, "test_neighbours_stay", {}),
    (ReportsInItsOwnOrder, "test_outcomes_come_in_the_order_of_the_references", {}),
    (DeletesWhateverIsThere, "test_only_what_the_etag_names_is_deleted", {}),
    (CopiesWithoutTheHead, "test_copy", {"target": "b", "large": False, "replaced": True}),
    (CopiesWhateverIsThere, "test_copy_of_a_source_that_changed", {"large": False}),
    (ClaimsVersions, "test_facets_and_capabilities_agree", {}),
    (ClaimsNoConditions, "test_create_only", {"large": False}),
    (IgnoresVersions, "test_a_version_without_versions_is_refused", {}),
]


@pytest.mark.parametrize(("kind", "test", "options"), FAULTS, ids=lambda value: str(value)[:40])
def test_a_fault_is_told(kind, test, options):
    suite = test_memory.TestMemoryStore()
    getattr(suite, test)(MemoryStore(), **options)  # the test itself is sound
    with pytest.raises((AssertionError, MultistoreError, LengthError, pytest.fail.Exception)):
        getattr(suite, test)(kind(), **options)


def test_no_two_topics_share_the_name_of_a_test():
    """A second test of one name would silently take the place of the first."""
    seen = {}
    for topic in StoreConformance.__bases__:
        for name in vars(topic):
            if not name.startswith("__"):
                assert seen.setdefault(name, topic) is topic, name
    assert issubclass(StoreConformance, Harness)


def test_the_suite_needs_its_hooks():
    for call in (
        lambda: Harness().raw_read(MemoryStore(), "a"),
        lambda: Harness().raw_write(MemoryStore(), "a", b""),
        lambda: Harness().raw_upload(MemoryStore(), "a"),
    ):
        with pytest.raises(NotImplementedError, match="override"):
            call()

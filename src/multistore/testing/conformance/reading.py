"""get and head: the very bytes asked for, of one state of the object, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from multistore.errors import (
    InvalidArgumentError,
    NotFoundError,
    PreconditionFailedError,
    UnsupportedError,
)
from multistore.stores.base import Capability
from multistore.testing.conformance.harness import Harness, noise
from multistore.values import Last, Span

if TYPE_CHECKING:
    from multistore.stores.base import Store

# Larger than two chunks of a sealing layer, with an odd end.
SIZE = 300_001
CHUNK = 131_072


class Reading(Harness):
    """The tests of get and head."""

    @pytest.mark.parametrize(
        ("span", "expected"),
        [
            (Span(0, 1), (0, 1)),
            (Span(0, SIZE), (0, SIZE)),
            (Span(0, SIZE + 1), (0, SIZE)),
            (Span(0, 2**40), (0, SIZE)),
            (Span(SIZE - 1, SIZE), (SIZE - 1, SIZE)),
            (Span(SIZE - 1, SIZE + 100), (SIZE - 1, SIZE)),
            (Span(1, SIZE - 1), (1, SIZE - 1)),
            (Span(CHUNK - 1, CHUNK), (CHUNK - 1, CHUNK)),
            (Span(CHUNK, CHUNK + 1), (CHUNK, CHUNK + 1)),
            (Span(CHUNK - 1, 2 * CHUNK + 1), (CHUNK - 1, 2 * CHUNK + 1)),
            (Last(1), (SIZE - 1, SIZE)),
            (Last(CHUNK), (SIZE - CHUNK, SIZE)),
            (Last(SIZE), (0, SIZE)),
            (Last(SIZE + 1), (0, SIZE)),
        ],
        ids=str,
    )
    def test_ranges(self, store: Store, *, span: Span | Last, expected: tuple[int, int]) -> None:
        data = noise(SIZE)
        self.put(store, "a", data)
        fetched = store.get(self.at("a"), span)
        start, stop = expected
        assert fetched.start == start
        assert bytes(fetched.data) == data[start:stop]
        assert fetched.info.size == SIZE

    @pytest.mark.parametrize(
        "span", [Span(0, 1), Span(0, 9), Span(5, 9), Last(1), Last(9)], ids=str
    )
    def test_an_empty_object_gives_no_bytes(self, store: Store, *, span: Span | Last) -> None:
        self.put(store, "a", b"")
        fetched = store.get(self.at("a"), span)
        assert bytes(fetched.data) == b""
        assert fetched.info.size == 0

    @pytest.mark.parametrize("span", [Span(10, 11), Span(11, 12), Span(10, 2**40)], ids=str)
    def test_a_range_past_the_end(self, store: Store, *, span: Span) -> None:
        self.put(store, "a", b"0123456789")
        with pytest.raises(InvalidArgumentError) as caught:
            store.get(self.at("a"), span)
        error = caught.value
        assert (error.operation, error.code, error.key) == ("get", "InvalidRange", self.at("a"))

    @pytest.mark.parametrize("span", [Span(0, 9), Last(9)], ids=str)
    def test_get_if_match(self, store: Store, *, span: Span | Last) -> None:
        old = self.put(store, "a", b"the old content")
        assert len(store.get(self.at("a"), span, if_match=old.etag).data) == 9
        new = self.put(store, "a", b"the new content")
        with self.refused(store, PreconditionFailedError, "get", "a"):
            store.get(self.at("a"), span, if_match=old.etag)
        assert len(store.get(self.at("a"), span, if_match=new.etag).data) == 9

    def test_what_is_absent_is_not_found(self, store: Store) -> None:
        self.put(store, "there/it/is", b"x")
        for key in ("absent", "there", "there/it", "there/it/is/not", "there/it/i"):
            with self.refused(store, NotFoundError, "head", key):
                store.head(self.at(key))
            for span in (Span(0, 1), Last(1)):
                with self.refused(store, NotFoundError, "get", key):
                    store.get(self.at(key), span)

    def test_get_if_match_of_what_is_absent(self, store: Store) -> None:
        etag = self.put(store, "a", b"x").etag
        with pytest.raises((NotFoundError, PreconditionFailedError)):
            store.get(self.at("b"), Span(0, 1), if_match=etag)

    def test_what_was_read_is_not_changed_by_a_write(self, store: Store) -> None:
        self.put(store, "a", b"first")
        fetched = store.get(self.at("a"), Span(0, 5))
        self.put(store, "a", b"other")
        store.delete([self.ref("a")])
        assert bytes(fetched.data) == b"first"

    def test_a_version_without_versions_is_refused(self, store: Store) -> None:
        if Capability.VERSIONS in store.capabilities:
            return  # Facets proves the rest
        self.put(store, "a", b"x")
        with self.refused(store, UnsupportedError, "head", "a"):
            store.head(self.at("a"), version="1")
        with self.refused(store, UnsupportedError, "get", "a"):
            store.get(self.at("a"), Span(0, 1), version="1")
        with self.refused(store, UnsupportedError, "delete", "a"):
            store.delete([self.ref("a", "1")])
        assert self.read(store, "a") == b"x"

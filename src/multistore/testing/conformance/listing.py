"""list: every name once, in the order of its UTF-8 bytes, and nothing of a neighbour."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from multistore.errors import UnsupportedError
from multistore.stores.base import Ref
from multistore.testing.conformance.harness import Harness
from multistore.values import CommonPrefix

if TYPE_CHECKING:
    from multistore.stores.base import Store

# Neighbours of every kind: twins of a prefix, and the signs around the slash (- . / 0).
NAMES = [
    "a",
    "a-b",
    "a.b",
    "a.b/c",
    "a/b",
    "a/b/c",
    "a/b/d",
    "a/bb",
    "a0",
    "aa/b",
    "ab",
    "acm/x",
    "acme",
    "acme/x",
    "acme/y/z",
    "acme2/x",
    "b/c/d/e",
    "B",
    "ん/い",
    "日本語/が",
    "日本語/き",
    "🎬",
]


def expected(names: list[str], prefix: str, delimiter: str | None, after: str | None) -> list[str]:
    """Say what a listing must give; written without a look at any store."""
    found: set[str] = set()
    for name in names:
        if name.startswith(prefix):
            rest = name[len(prefix) :]
            if delimiter and delimiter in rest:
                found.add(prefix + rest[: rest.index(delimiter)] + delimiter)
            else:
                found.add(name)
    return sorted(
        (item for item in found if after is None or item.encode() > after.encode()),
        key=str.encode,
    )


class Listing(Harness):
    """The tests of list."""

    def test_an_absent_prefix_is_empty(self, store: Store) -> None:
        assert self.listed(store, "absent/") == []
        assert self.listed(store, "absent/", delimiter="/") == []
        self.put(store, "absent", b"x")
        assert self.listed(store, "absent/") == []

    def test_it_is_an_iterator(self, store: Store) -> None:
        self.put(store, "a", b"x")
        listing = store.list(self.at(""))
        assert isinstance(listing, Iterator)
        assert [item.name for item in listing if not isinstance(item, CommonPrefix)] == [
            self.at("a")
        ]
        assert list(listing) == []

    def test_prefixes_delimiters_and_beginnings(self, store: Store) -> None:
        for name in NAMES:
            self.put(store, name, name.encode())
        prefixes = ["", "a", "a/", "a/b", "a/b/", "acme", "acme/", "日本", "日本語/", "z", "A"]
        afters = [
            None,
            "",
            "a",
            "a/",
            "a/b",
            "a/b/c",
            "a/b/zz",
            "acme",
            "acme/",
            "acme/x",
            "日本語/が",
            "🎭",
        ]
        for prefix in prefixes:
            for delimiter in (None, "/"):
                for after in afters:
                    got = self.listed(store, prefix, delimiter=delimiter, start_after=after)
                    want = expected(NAMES, prefix, delimiter, after)
                    assert got == want, (prefix, delimiter, after)

    def test_another_delimiter_is_obeyed_or_refused(self, store: Store) -> None:
        for name in NAMES:
            self.put(store, name, b"")
        try:
            got = self.listed(store, "a", delimiter="b")
        except UnsupportedError:
            return
        assert got == expected(NAMES, "a", "b", None)

    def test_sizes_and_groups(self, store: Store) -> None:
        for name in ("d/1", "d/22", "d/e/333", "d/e/4444"):
            self.put(store, name, name.encode())
        seen = [
            (item.prefix, None) if isinstance(item, CommonPrefix) else (item.name, item.size)
            for item in store.list(self.at("d/"), delimiter="/")
        ]
        assert seen == [(self.at("d/1"), 3), (self.at("d/22"), 4), (self.at("d/e/"), None)]

    def test_more_than_a_page(self, store: Store) -> None:
        names = sorted(f"{'even' if n % 2 == 0 else 'odd'}/{n:05}" for n in range(self.many))

        def write(name: str) -> None:
            self.put(store, name, name.encode())

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, names))
        assert self.listed(store) == names
        assert self.listed(store, delimiter="/") == ["even/", "odd/"]
        middle = names[self.many // 2]
        assert self.listed(store, start_after=middle) == names[self.many // 2 + 1 :]
        outcomes = store.delete([self.ref(name) for name in names])
        assert [outcome.name for outcome in outcomes] == [self.at(name) for name in names]
        assert all(outcome.gone for outcome in outcomes)
        assert self.listed(store) == []

    def test_deleting_what_is_listed_reaches_everything(self, store: Store) -> None:
        for n in range(30):
            self.put(store, f"{n % 3}/{n}", b"x")
        for item in store.list(self.at("")):
            assert not isinstance(item, CommonPrefix)
            (outcome,) = store.delete([Ref(item.name)])
            assert outcome.gone
        assert self.listed(store) == []

    @pytest.mark.parametrize("key", ["folder/", "a//b", "folder/ /"])
    def test_odd_names_of_others_are_listed_and_deleted(self, store: Store, *, key: str) -> None:
        """A marker that a console made, say: an erasure has to reach it."""
        self.put(store, "folder/file", b"mine")
        self.put(store, "folder", b"mine")
        self.raw_write(store, self.at(key), b"")
        assert self.listed(store) == sorted(["folder", "folder/file", key])
        (outcome,) = store.delete([self.ref(key)])
        assert outcome.gone
        assert self.raw_read(store, self.at(key)) is None
        assert self.listed(store) == ["folder", "folder/file"]
        assert self.read(store, "folder/file") == b"mine"

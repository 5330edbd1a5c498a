"""Names: opaque, whole, distinct; every script and sign comes back as it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from multistore.errors import InvalidArgumentError, UnsupportedError
from multistore.stores.base import Capability
from multistore.testing.conformance.harness import Harness
from multistore.values import Span

if TYPE_CHECKING:
    from multistore.stores.base import Store

ODD = [
    "日本語/第1回/授業.mp4",
    "がぎぐげご",
    "ｶﾞｷﾞｸﾞ半角",
    "ＡＢＣ全角",
    "表〜ー①㈱",
    "🎬/👨‍👩‍👧‍👦",
    "𠮷野家",
    "Ünïcödé",
    "a b",
    " leading and trailing ",
    "a+b",
    "100%",
    "%41",
    "a%2Fb",
    "a%20b",
    "a&b=c",
    "a#b",
    "a?b=c&d",
    'it\'s "quoted"',
    "~tilde",
    "a:b;c,d",
    "a@b$c",
    "a!b*c(d)",
    "[a]{b}^c`d",
    "a|b<c>d",
    "back\\slash",
    "x.obj",
    "x.object",
    "x.obj/y",
    ".hidden",
    ".hidden/.file",
    "...",
    "dot.",
    "-",
    "_",
    "CASE/Case",
    "CASE/case",
    "case/Case",
    "nul",
]


class Naming(Harness):
    """The tests of names."""

    @pytest.mark.parametrize("key", ODD)
    def test_odd_names(self, store: Store, *, key: str) -> None:
        if self._is_refused(store, key):
            self._refuses_name(store, key)
            return
        data = key.encode()
        assert self.put(store, key, data).name == self.at(key)
        assert store.head(self.at(key)).name == self.at(key)
        assert store.get(self.at(key), Span(0, 2000)).data == data
        assert self.listed(store) == [key]
        assert self.raw_read(store, self.at(key)) is not None
        assert [outcome.gone for outcome in store.delete([self.ref(key)])] == [True]
        assert self.listed(store) == []
        assert self.raw_read(store, self.at(key)) is None

    def test_no_two_names_are_one_object(self, store: Store) -> None:
        keys = [key for key in ODD if not self._is_refused(store, key)]
        for key in keys:
            self.put(store, key, key.encode())
        assert self.listed(store) == sorted(keys, key=str.encode)
        for key in keys:
            assert self.read(store, key) == key.encode()
        outcomes = store.delete([self.ref(key) for key in keys])
        assert [outcome.name for outcome in outcomes] == [self.at(key) for key in keys]
        assert self.listed(store) == []

    @pytest.mark.parametrize("letter", ["x", "語", "🎬", "%"])
    def test_long_names(self, store: Store, *, letter: str) -> None:
        if self._is_refused(store, letter):
            self._refuses_name(store, letter)
            return
        room = (self.name_bytes or store.limits.name_bytes) - len(self.prefix.encode())
        longest = letter * (room // len(letter.encode()))
        deep = "/".join([letter] * (room // (2 * len(letter.encode()) + 2)))
        twins = [longest, longest[:-1], longest[: len(longest) // 2], deep]
        for key in twins:
            self.put(store, key, key.encode())
        assert self.listed(store) == sorted(twins, key=str.encode)
        for key in twins:
            assert self.read(store, key) == key.encode()

    def test_an_object_may_be_the_beginning_of_others(self, store: Store) -> None:
        keys = ["a", "a/b", "a/b/c"]
        for key in keys:
            self.put(store, key, key.encode())
        assert self.listed(store) == keys
        store.delete([self.ref("a/b")])
        assert self.listed(store) == ["a", "a/b/c"]
        store.delete([self.ref("a")])
        assert self.read(store, "a/b/c") == b"a/b/c"

    def _is_refused(self, store: Store, key: str) -> bool:
        ascii_only = Capability.NON_ASCII_NAMES not in store.capabilities
        return key in self.refused_names or (ascii_only and not key.isascii())

    def _refuses_name(self, store: Store, key: str) -> None:
        with self.refused(store, (UnsupportedError, InvalidArgumentError), "put", key):
            self.put(store, key, b"x")
        assert self.listed(store) == []

"""delete: one truthful outcome per reference, in order, and not one neighbour touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.errors import UnsupportedError
from multistore.stores.base import Capability, Ref
from multistore.testing.conformance.harness import Harness
from multistore.values import Outcome, OutcomeStatus

if TYPE_CHECKING:
    from multistore.stores.base import Store


class Deleting(Harness):
    """The tests of delete."""

    def test_what_is_deleted_is_gone(self, store: Store) -> None:
        self.put(store, "a", b"x")
        (outcome,) = store.delete([self.ref("a")])
        assert isinstance(outcome, Outcome)
        assert (outcome.name, outcome.version) == (self.at("a"), None)
        assert outcome.status is OutcomeStatus.DELETED
        assert not self.has(store, "a")
        assert self.listed(store) == []
        if store.versions is None:
            assert self.raw_read(store, self.at("a")) is None

    def test_deleting_what_is_absent_succeeds(self, store: Store) -> None:
        self.put(store, "there/it/is", b"x")
        keys = ["absent", "there", "there/it", "there/it/is/not"]
        outcomes = store.delete([self.ref(key) for key in keys])
        assert [outcome.name for outcome in outcomes] == [self.at(key) for key in keys]
        assert all(outcome.gone for outcome in outcomes)
        assert self.listed(store) == ["there/it/is"]

    def test_outcomes_come_in_the_order_of_the_references(self, store: Store) -> None:
        keys = ["z", "a", "absent", "日本語", "m", "a"]
        for key in ("a", "m", "z", "日本語", "kept"):
            self.put(store, key, b"x")
        outcomes = store.delete([self.ref(key) for key in keys])
        assert [outcome.name for outcome in outcomes] == [self.at(key) for key in keys]
        assert all(outcome.gone for outcome in outcomes)
        assert self.listed(store) == ["kept"]

    def test_nothing_to_delete(self, store: Store) -> None:
        assert list(store.delete([])) == []

    def test_neighbours_stay(self, store: Store) -> None:
        keys = ["acm", "acme", "acme/x", "acme/y", "acme2", "acme2/x"]
        for key in keys:
            self.put(store, key, key.encode())
        assert all(outcome.gone for outcome in store.delete([self.ref("acme")]))
        keys.remove("acme")
        assert self.listed(store) == keys
        assert all(outcome.gone for outcome in store.delete([self.ref("acme/x")]))
        keys.remove("acme/x")
        assert self.listed(store) == keys
        for key in keys:
            assert self.read(store, key) == key.encode()

    def test_only_what_the_etag_names_is_deleted(self, store: Store) -> None:
        old = self.put(store, "a", b"old").etag
        self.put(store, "a", b"new")
        right = self.put(store, "b", b"x").etag
        refs = [
            Ref(self.at("a"), etag=old),
            Ref(self.at("b"), etag=right),
            Ref(self.at("absent"), etag=old),
        ]
        if Capability.CONDITIONAL_DELETE not in store.capabilities:
            for ref in refs:
                with self.refused(store, UnsupportedError, "delete", "a", "b", "absent"):
                    store.delete([ref])
            assert self.listed(store) == ["a", "b"]
            return
        left, *gone = store.delete(refs)
        assert (left.name, left.status) == (self.at("a"), OutcomeStatus.CHANGED)
        assert not left.gone
        assert all(outcome.gone for outcome in gone)
        assert self.listed(store) == ["a"]
        assert self.read(store, "a") == b"new"

    def test_a_deleted_name_can_be_written_again(self, store: Store) -> None:
        for data in (b"one", b"two", b"three"):
            self.put(store, "a/b", data)
            assert self.read(store, "a/b") == data
            store.delete([self.ref("a/b")])
            assert not self.has(store, "a/b")

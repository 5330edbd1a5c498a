"""Holds at the providers: set with ours, lifted with ours, and those of others left alone."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from multistore import provider_holds
from multistore.errors import AccessDeniedError
from multistore.holding import Holds
from multistore.hooks import Hooks
from multistore.stores.base import Ref
from multistore.stores.facets import Rule, Rules
from multistore.stores.memory import MemoryStore
from multistore.testing.faults import FaultyStore
from tests.erasure.conftest import keyring  # noqa: F401 - a fixture
from tests.erasure.estate import put

WHY = {"reason": "a court asked", "placed_by": "tanaka"}
DONE = {"reason": "it is over", "released_by": "tanaka"}


@pytest.fixture
def store():
    store = MemoryStore("main", versioned=True)
    for name in ("acme/video/a", "acme/video/b", "acme/video/ab", "acme2/video/a"):
        put(store, name, b"one")
        put(store, name, b"two")
    store.delete([Ref("acme/video/b")])
    return store


@pytest.fixture
def holds(keyring, store):  # noqa: F811 - the fixture
    return Holds(keyring, Hooks(), lambda: {"main": store, "plain": MemoryStore("plain")})


def held(store):
    return sorted(
        (version.name, version.version)
        for version in store.versions.list_versions("")
        if version.kind == "object" and store.retention.held(Ref(version.name, version.version))
    )


def of(store, *names):
    return sorted(
        (version.name, version.version)
        for version in store.versions.list_versions("")
        if version.kind == "object" and version.name in names
    )


@pytest.mark.parametrize(
    ("subject", "names"),
    [
        ("acme/", ("acme/video/a", "acme/video/ab", "acme/video/b")),
        ("acme/video/", ("acme/video/a", "acme/video/ab", "acme/video/b")),
        ("acme/video/a", ("acme/video/a",)),
        ("acme/access-log/", ()),
    ],
)
def test_what_a_hold_covers_is_held_there_until_it_is_released(holds, store, subject, names):
    holds.place(subject, "case-7", **WHY)
    assert held(store) == of(store, *names)
    holds.release("acme", "case-7", **DONE)
    assert held(store) == []


def test_a_hold_of_somebody_else_is_not_lifted(holds, store):
    foreign = of(store, "acme/video/a")[0]
    store.retention.set_hold(Ref(*foreign), on=True)
    holds.place("acme/video/a", "case-7", **WHY)
    put(store, "acme/video/ab", b"three")
    holds.release("acme", "case-7", **DONE)
    assert held(store) == [foreign]


def test_what_was_written_and_held_by_others_after_ours_is_not_lifted(holds, store):
    holds.place("acme/video/", "case-7", **WHY)
    put(store, "acme/video/later")
    (later,) = of(store, "acme/video/later")
    store.retention.set_hold(Ref(*later), on=True)
    holds.release("acme", "case-7", **DONE)
    assert held(store) == [later]


@pytest.mark.parametrize("first", ["wide", "narrow"])
def test_of_two_holds_over_one_thing_the_last_release_lifts(holds, store, first):
    holds.place("acme/video/", "wide", **WHY)
    holds.place("acme/video/a", "narrow", **WHY)
    holds.release("acme", first, **DONE)
    left = (
        ("acme/video/a",) if first == "wide" else ("acme/video/a", "acme/video/ab", "acme/video/b")
    )
    assert held(store) == of(store, *left)
    holds.release("acme", "narrow" if first == "wide" else "wide", **DONE)
    assert held(store) == []


def test_with_too_many_of_others_none_is_lifted(holds, store, monkeypatch):
    monkeypatch.setattr(provider_holds, "MOST", 1)
    for ref in of(store, "acme/video/a"):
        store.retention.set_hold(Ref(*ref), on=True)
    holds.place("acme/video/", "case-7", **WHY)
    everything = of(store, "acme/video/a", "acme/video/ab", "acme/video/b")
    holds.release("acme", "case-7", **DONE)
    assert held(store) == everything


def test_a_crash_between_two_versions_makes_ours_nobody_elses(keyring, store):  # noqa: F811
    class Crash(BaseException):
        pass

    class Crashing(FaultyStore):
        count = 0

        @property
        def retention(self):
            return self

        def __getattr__(self, name):
            return getattr(self.inner.retention, name)

        def set_hold(self, ref, *, on):
            self.count += 1
            if self.count == 3:
                raise Crash
            self.inner.retention.set_hold(ref, on=on)

    crashing = Crashing(store)
    holds = Holds(keyring, Hooks(), lambda: {"main": crashing})
    with pytest.raises(Crash):
        holds.place("acme/video/", "case-7", **WHY)
    assert held(store)
    again = Holds(keyring, Hooks(), lambda: {"main": store})
    assert [hold.name for hold in again.list("acme")] == ["case-7"]
    again.release("acme", "case-7", **DONE)
    assert held(store) == []


def test_a_store_that_refuses_leaves_the_ledgers_hold_and_is_warned_of(keyring, store, caplog):  # noqa: F811
    class Denied(FaultyStore):
        @property
        def retention(self):
            return self

        def usable(self):
            raise AccessDeniedError("no", code="AccessDenied", status=403)

    holds = Holds(keyring, Hooks(), lambda: {"main": Denied(store), "second": store})
    with caplog.at_level(logging.WARNING, "multistore.holds"):
        holds.place("acme/video/", "case-7", **WHY)
    assert [hold.name for hold in holds.list("acme")] == ["case-7"]
    assert "AccessDenied" in caplog.text
    assert held(store) == of(store, "acme/video/a", "acme/video/ab", "acme/video/b")


def test_the_chain_has_no_name_of_a_customers_object(keyring, holds, store):  # noqa: F811
    from multistore.ledger import chain
    from multistore.ledger.schema import events

    store.retention.set_hold(Ref(*of(store, "acme/video/a")[0]), on=True)
    holds.place("acme/", "case-7", **WHY)
    with keyring.ledger.reading() as connection:
        told = [entry.content for entry in chain.entries(connection, events)]
    (mirrored,) = [one for one in told if one["kind"] == "hold-mirrored"]
    assert "video" not in json.dumps(mirrored)
    assert len(mirrored["foreign"].split(",")) == 1


def test_rules_of_ours_that_would_expire_something_held_are_taken_back(keyring, store):  # noqa: F811
    class Ruled(FaultyStore):
        own = (
            Rule("multistore:acme/video", "acme/video/", days=9),
            Rule("multistore:x", "x/y/", days=9),
        )

        @property
        def rules(self):
            return self

        def read(self):
            return Rules(self.own, ("theirs",))

        def replace(self, own):
            self.own = tuple(own)
            return self.read()

    ruled = Ruled(store)
    holds = Holds(keyring, Hooks(), lambda: {"main": ruled})
    holds.place("acme/video/a", "case-7", **WHY)
    assert [rule.id for rule in ruled.own] == ["multistore:x"]


def test_a_lock_and_a_foreign_hold_are_told_by_an_erasure(keyring, store, tmp_path):  # noqa: F811
    from tests.erasure.estate import Eraser

    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    locked, held_by_others = (Ref(*one) for one in of(store, "acme/video/a"))
    store.retention.lock(locked, until)
    eraser = Eraser(keyring, tmp_path)
    only_locked = eraser("acme/video/a", {"main": store})
    (fate,) = only_locked.report.remaining
    assert str(fate) == (
        f"retained until {until:%Y-%m-%dT%H:%M:%SZ} by the service's lock (COMPLIANCE)"
    )
    assert only_locked.certificate.status == "PENDING"
    assert only_locked.certificate.payload["reissue_at"] == f"{until:%Y-%m-%dT%H:%M:%SZ}"
    put(store, "acme/video/a", b"three")
    (held_by_others,) = [Ref(*one) for one in of(store, "acme/video/a") if Ref(*one) != locked]
    store.retention.set_hold(held_by_others, on=True)
    told = {str(fate) for fate in eraser("acme/video/a", {"main": store}).report.remaining}
    assert (
        "retained until its release by a legal hold of the service, which no hold of this ledger "
        "explains" in told
    )

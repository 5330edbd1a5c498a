"""A pending certificate is issued anew when what remained is gone, and nothing else is taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from multistore.erasure import deleting
from multistore.erasure.certificate import Certificate
from multistore.erasure.fate import Fate
from multistore.erasure.subject import Subject
from multistore.errors import AccessDeniedError
from multistore.ledger.erasures import Erasures
from multistore.ledger.holds import Holds
from multistore.sealing.sealed import SealedStore
from multistore.stores.memory import MemoryStore
from multistore.testing.faults import Before, FaultyStore
from tests.erasure.estate import everything
from tests.erasure.test_azure import SoftDeleting

UNTIL = datetime(2025, 4, 15, 3, tzinfo=UTC)


@pytest.fixture
def soft(house):
    """The house's videos in a store that keeps what is deleted until a date."""
    store = SoftDeleting(MemoryStore("main", versioned=True), UNTIL)
    house.stores["main"].close()
    house.stores["main"] = SealedStore(store, house.keyring)
    house.put("acme/video/a", b"one")
    house.put("acme2/video/a", b"other")
    return store


def erased(house, subject="acme/video/a"):
    return house.estate.erase(
        Subject.parse(subject), reason="asked for", performed_by="sato", validated_by=None
    ).certificate


def certificates(house):
    rows = Erasures(house.keyring.ledger).finished()
    return [Certificate.from_json(row.certificate) for row in rows]


def ran(house, **options):
    return [(a.step, a.result.value, a.overdue) for a in house.run(**options).actions]


def test_it_is_issued_anew_on_the_day_and_not_before(house, clock, soft):
    first = erased(house)
    assert first.status == "PENDING"
    clock.on("2025-04-14")
    assert ran(house) == []
    clock.now = UNTIL + timedelta(minutes=1)
    soft.kept.clear()  # the service has let go of it
    before = house.everything()
    assert ran(house, dry_run=True) == [("reissue", "would", False)]
    assert house.everything() == before
    others = [one for one in everything(soft) if one[1].startswith("acme2/")]
    assert ran(house) == [("reissue", "done", False)]
    last = certificates(house)[-1]
    assert (last.status, last.payload["previous"]) == ("LOGICAL_DELETE", [first.id])
    assert last.payload["subject"]["name"] == "acme/video/a"
    assert [one for one in everything(soft) if one[1].startswith("acme2/")] == others
    before = house.everything()
    assert ran(house) == []
    clock.forward(days=400)
    assert ran(house) == []
    assert house.everything() == before


def test_what_was_written_under_the_name_since_is_left(house, clock, soft):
    erased(house)
    house.put("acme/video/a", b"a new lesson")
    clock.now = UNTIL + timedelta(minutes=1)
    soft.kept.clear()
    assert ran(house) == [("reissue", "done", False)]
    assert house.read("acme/video/a") == b"a new lesson"
    assert certificates(house)[-1].payload["outcomes"]["erased"] == 0


def test_while_it_remains_it_waits_and_is_overdue_after_a_day(house, clock, soft):
    erased(house)
    clock.now = UNTIL + timedelta(minutes=1)
    assert ran(house) == [("reissue", "waits", False)]
    assert ran(house) == []  # one look on each day
    clock.forward(days=2)
    assert ran(house) == [("reissue", "waits", True)]
    soft.kept.clear()
    clock.forward(days=1)
    assert ran(house)[0][:2] == ("reissue", "done")


def test_a_store_that_cannot_be_looked_at_settles_nothing(house, clock, soft):
    erased(house)
    clock.now = UNTIL + timedelta(minutes=1)
    faulty = FaultyStore(soft)

    def denied():
        raise AccessDeniedError("no", code="AccessDenied")

    house.stores["main"] = SealedStore(faulty, house.keyring)
    faulty.on("list", Before(denied))
    assert ran(house) == [("reissue", "failed", False)]
    assert certificates(house)[-1].status == "PARTIAL"
    house.stores["main"] = SealedStore(soft, house.keyring)
    clock.forward(days=1)
    assert ran(house)[0][:2] == ("reissue", "waits")  # it is still soft-deleted, and known to be
    soft.kept.clear()
    clock.forward(days=1)
    assert ran(house)[0][:2] == ("reissue", "done")


def test_a_later_erasure_of_the_same_subject_takes_its_place(house, clock, soft):
    erased(house)
    soft.kept.clear()
    assert erased(house).status == "LOGICAL_DELETE"
    clock.now = UNTIL + timedelta(minutes=1)
    assert ran(house) == []


def test_a_hold_that_was_placed_since_is_honoured_and_is_nobody_s_delay(house, clock, soft):
    erased(house)
    Holds(house.keyring.ledger, clock).place(
        "acme/", "case 17", reason="a law suit", placed_by="legal"
    )
    clock.now = UNTIL + timedelta(days=3)
    kept = dict(soft.kept)
    assert ran(house) == [("reissue", "waits", False)]
    assert soft.kept == kept


def test_a_run_that_was_off_for_a_year_catches_up(house, clock, soft):
    erased(house)
    erased(house, "acme2/video/")
    soft.kept.clear()
    clock.forward(days=365)
    assert ran(house) == [("reissue", "done", False), ("reissue", "done", False)]


class Locked(MemoryStore):
    """Refuses to delete a version before a date, as an object lock does."""

    until = UNTIL
    now = None

    def delete(self, refs):
        from multistore.values import Outcome, OutcomeStatus

        if self.now() >= self.until:
            return super().delete(refs)
        return [
            Outcome(ref.name, ref.version, OutcomeStatus.RETAINED, code="Locked") for ref in refs
        ]


def test_what_a_lock_retained_is_erased_when_the_lock_ends(house, clock, monkeypatch):
    real = deleting.fate_of

    def dated(item, outcome):  # an outcome has no date: a store's retention does
        fate = real(item, outcome)
        return replace(fate, until=UNTIL) if fate.fate is Fate.RETAINED else fate

    monkeypatch.setattr(deleting, "fate_of", dated)
    store = Locked("main", versioned=True)
    store.now = clock
    house.stores["main"].close()
    house.stores["main"] = SealedStore(store, house.keyring)
    house.put("acme/video/a", b"one")
    first = erased(house)
    assert (first.status, first.payload["reissue_at"]) == ("PENDING", "2025-04-15T03:00:00Z")
    clock.now = UNTIL - timedelta(hours=1)
    assert ran(house) == []
    clock.now = UNTIL
    assert ran(house) == [("reissue", "done", False)]
    assert everything(store) == []
    assert certificates(house)[-1].payload["outcomes"]["erased"] == 1


def test_what_expired_softly_is_issued_anew_together(house, clock, soft, monkeypatch):
    """Several certificates of one collection's retention are about different objects."""
    house.collections["video"] = house.collections["video"].model_copy(
        update={"retention": "10 days"}
    )
    sealed = {"acme/video/a": 0, "acme/video/b": 2}
    ages = {}

    from multistore.lifecycle import expiry

    real = expiry._sealed_at
    monkeypatch.setattr(
        expiry, "_sealed_at", lambda store, seen: ages.get(seen.name) or real(store, seen)
    )
    house.put("acme/video/b", b"two")
    from sqlalchemy import update

    from multistore.ledger.schema import scopes

    for name, days in sealed.items():
        ages[name] = clock() + timedelta(days=days)
    ages["acme2/video/a"] = clock() + timedelta(days=5000)
    with house.keyring.ledger.writing() as connection:
        connection.execute(update(scopes).values(sealed_since=clock()))
    soft.until = UNTIL + timedelta(days=30)
    clock.forward(days=10, hours=1)
    assert ("expire", "waits") in [line[:2] for line in ran(house)]
    clock.forward(days=2)
    assert ("expire", "waits") in [line[:2] for line in ran(house)]
    assert [one.status for one in certificates(house)] == ["PENDING", "PENDING"]
    soft.kept.clear()
    clock.now = UNTIL + timedelta(days=30, hours=1)
    assert ran(house)[0][:2] == ("reissue", "done")
    last = certificates(house)[-1]
    assert last.status == "LOGICAL_DELETE"
    assert len(last.payload["previous"]) == 2
    clock.forward(days=3)
    assert "reissue" not in [line[0] for line in ran(house)]

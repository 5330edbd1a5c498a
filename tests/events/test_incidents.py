"""Incidents outlive the process that found them, and have a deadline."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from multistore import ConflictError, InvalidArgumentError, NotFoundError, TamperedError
from multistore.errors import UnavailableError
from multistore.hooks import Incident, IntegrityFailed, ResidencyRefused
from multistore.ledger import chain
from multistore.ledger.incidents import SAME
from multistore.ledger.schema import events
from multistore.values import Address
from tests.erasure.test_commands import run, started_in
from tests.vault import estate as estates

__all__ = ["run"]
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)


@pytest.fixture
def estate(tmp_path):
    return estates.local(tmp_path, None)


def damage(estate, address):
    raw = bytearray(estate.raw(address))
    raw[-1] ^= 1
    estate.replace(address, bytes(raw))


def found(vault, estate, address="acme/video/x"):
    """Damage an object, and read it."""
    vault.put(address, b"1" * 1000)
    damage(estate, address)
    with pytest.raises(TamperedError):
        vault.read(address)


def test_a_restart_does_not_lose_it(estate):
    with estate.open() as vault:
        found(vault, estate)
    with estate.open() as again:
        (incident,) = again.events.incidents()
        assert (incident.kind, incident.tenant, incident.address, incident.detail) == (
            "integrity",
            "acme",
            "acme/video/x",
            "TamperedError",
        )
        assert incident.notify_by - incident.detected_at == timedelta(hours=24)
        (row,) = (row for row in again.events() if row.kind == "incident-detected")
        assert (row.tenant, row.fields["incident"]) == ("acme", incident.id)
        assert "video/x" not in str(row.fields)  # the chain outlives an erasure


def test_what_is_found_again_and_again_is_one_and_is_told_once(estate):
    told = []
    with estate.open() as vault:
        vault.on(Incident)(told.append)
        found(vault, estate)
        for _ in range(3):
            with pytest.raises(TamperedError):
                vault.read("acme/video/x")
        found(vault, estate, "acme/video/y")
        assert [str(event.address) for event in told] == ["acme/video/x", "acme/video/y"]
        assert len(vault.events.incidents()) == 2
    with estate.open() as again:  # nor by another process
        again.on(Incident)(told.append)
        with pytest.raises(TamperedError):
            again.read("acme/video/x")
        assert len(told) == 2


def test_that_the_customer_was_told_is_kept_with_who_says_so(estate):
    with estate.open() as vault:
        found(vault, estate)
        (incident,) = vault.events.incidents()
        with pytest.raises(InvalidArgumentError):
            vault.events.notified(incident.id, by=" ")
        with pytest.raises(NotFoundError):
            vault.events.notified("", by="sato")
        told = vault.events.notified(incident.id[:10], by="sato")
        assert (told.notified_by, told.overdue(told.notify_by + SAME)) == ("sato", False)
        assert vault.events.incidents() == ()
        assert vault.events.incidents(notified=True) == (told,)
        with pytest.raises(ConflictError):
            vault.events.notified(incident.id, by="sato")
        assert [row.kind for row in vault.events()][-2:] == [
            "incident-detected",
            "incident-notified",
        ]


def noted(record, at=AT, address="acme/video/x"):
    return record.note(
        IntegrityFailed(at=at, store="main", detail="x", address=Address.parse(address))
    )


def test_it_is_a_new_one_a_day_after_the_customer_was_told(ledger):
    from multistore.events import Events

    ledger.tenants.add("acme")
    now = [AT]
    record = Events(ledger, clock=lambda: now[0])
    assert [noted(record), noted(record)] == [True, False]
    record.notified(record.incidents()[0].id, by="sato")
    assert not noted(record, AT + SAME - timedelta(seconds=1))
    assert noted(record, AT + SAME)
    assert len(record.incidents(notified=True)) == 2


def test_of_many_finders_one_is_first(ledger):
    from multistore.events import Events

    ledger.tenants.add("acme")
    record, together, new = Events(ledger), threading.Barrier(4), []

    def find():
        together.wait(20)
        new.append(noted(record))

    threads = [threading.Thread(target=find) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [False, False, False, True]
    with ledger.reading() as connection:
        rows = list(chain.entries(connection, events))
    assert [row.content["kind"] for row in rows].count("incident-detected") == 1
    assert chain.verify("events", ledger.id, rows) is None


def test_a_store_that_is_refused_concerns_all_its_tenants(estate, monkeypatch):
    from multistore import ResidencyError

    told = []
    with estate.open() as vault:
        vault.on(ResidencyRefused)(told.append)
        gate = vault._routing.places["main"].gate
        monkeypatch.setattr(
            gate, "require", lambda: (_ for _ in ()).throw(ResidencyError("not shown"))
        )
        for tenant in ("acme", "acme2"):
            with pytest.raises(ResidencyError):
                vault.read(f"{tenant}/video/x")
        (incident,) = vault.events.incidents()
        assert (incident.kind, incident.subject) == ("residency", "the store main")
        assert [event.store for event in told] == ["main"]
        for tenant in ("acme", "acme2"):
            assert vault.tenants.status(tenant).incidents == (incident,)


def test_a_ledger_that_does_not_answer_hides_no_incident(estate, monkeypatch, caplog):
    from multistore.ledger.incidents import Incidents

    def down(*_, **__):
        raise UnavailableError("the ledger does not answer")

    told = []
    with estate.open() as vault:
        vault.on(Incident)(told.append)
        vault.put("acme/video/x", b"1")
        damage(estate, "acme/video/x")
        monkeypatch.setattr(Incidents, "note", down)
        with pytest.raises(TamperedError):
            vault.read("acme/video/x")
    assert len(told) == 1
    assert "could not be written down" in caplog.text


def test_a_deadline_that_has_passed_is_told_until_the_customer_is(house, clock):
    from multistore.events import Events

    record = Events(house.keyring.ledger, clock=clock)
    noted(record, clock())
    clock.forward(hours=23)
    report = house.run()
    assert [(a.subject, a.step, a.overdue) for a in report.actions] == [
        ("acme/video/x", "notify", False)
    ]
    assert not house.tenants.status("acme").overdue
    clock.forward(hours=2)
    (action,) = house.run().actions
    assert (action.result.value, action.overdue) == ("waits", True)
    assert "multistore events notified" in action.detail
    assert house.tenants.status("acme").overdue
    assert not house.tenants.status("acme2").overdue
    record.notified(record.incidents()[0].id, by="sato")
    assert house.run().actions == ()
    assert not house.tenants.status("acme").overdue


def test_the_command_shows_and_settles_it(estate, tmp_path, monkeypatch, run):
    with estate.open() as vault:
        found(vault, estate)
    with started_in(tmp_path, monkeypatch):
        fields = json.loads(run("events", "incidents", "--json").stdout)
        assert (fields["address"], fields["overdue"]) == ("acme/video/x", False)
        done = run("events", "notified", fields["incident"][:8], "--by", "sato")
        assert done.stdout.decode().strip() == "sato has told the customer of acme/video/x"
        assert run("events", "incidents").stdout == b""
        everything = run("events", "incidents", "--all", "--lang", "ja")
        assert "通知済み" in everything.stdout.decode()


def test_the_command_tells_what_is_late_with_its_exit_code(estate, tmp_path, monkeypatch, run):
    with estate.open() as vault:
        late = IntegrityFailed(
            at=datetime.now(UTC) - timedelta(hours=25),
            store="main",
            detail="TamperedError",
            address=Address.parse("acme/video/x"),
        )
        assert vault.events.note(late)
    with started_in(tmp_path, monkeypatch):
        assert run("events", "incidents", code=7).stdout.startswith(b"OVERDUE: ")
        assert b"OVERDUE: " in run("tenant", "status", "acme", code=7).stdout
        assert b"tell the customer of an incident" in run("lifecycle", "run", code=7).stdout

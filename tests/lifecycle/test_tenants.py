"""Ending a contract, taking it back, approving: who may, when, and what is remembered."""

from __future__ import annotations

from datetime import date

import pytest

from multistore.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    VetoedError,
)
from multistore.hooks import TenantEnded, TenantEnding, TenantResumed, TenantResuming, Veto

END = date(2025, 5, 31)


def test_an_end_has_its_dates_and_who_noted_it(house):
    tenant = house.tenants.end_contract("acme", END, by=" sato ")
    assert (tenant.state, tenant.contract_end, tenant.ended_by) == ("ending", END, "sato")
    assert tenant.stop_by.isoformat() == "2025-06-06T15:00:00+00:00"
    assert house.events()[-1] == "tenant-ending"


def test_the_user_of_the_system_is_who_notes_it_by_default(house, monkeypatch):
    monkeypatch.setenv("LOGNAME", "tanaka")
    assert house.tenants.end_contract("acme", END).ended_by == "tanaka"


@pytest.mark.parametrize("person", ["", "  ", "x" * 201])
def test_nobody_ends_nothing(house, person):
    with pytest.raises(InvalidArgumentError, match="person"):
        house.tenants.end_contract("acme", END, by=person)
    assert house.tenants.get("acme").state == "active"


def test_the_same_day_again_changes_nothing_and_another_replaces_it(house):
    house.tenants.end_contract("acme", END, by="sato")
    house.tenants.approve("acme", by="suzuki")
    before = house.everything()
    house.tenants.end_contract("acme", END, by="tanaka")
    assert house.everything() == before
    tenant = house.tenants.end_contract("acme", date(2025, 6, 30), by="tanaka")
    assert (tenant.contract_end, tenant.ended_by) == (date(2025, 6, 30), "tanaka")
    assert tenant.approved_by is None


def test_an_unknown_tenant_has_no_end(house):
    for verb in (
        lambda: house.tenants.end_contract("nobody", END, by="sato"),
        lambda: house.tenants.cancel_end("nobody", reason="x", by="sato"),
        lambda: house.tenants.approve("nobody", by="sato"),
        lambda: house.tenants.status("nobody"),
    ):
        with pytest.raises(NotFoundError, match="nobody"):
            verb()


def test_a_stopped_tenant_is_not_ended_anew(house):
    house.tenants.end_contract("acme", END, by="sato")
    house.clock.on("2025-06-01")
    house.run()
    with pytest.raises(ConflictError, match="2025-05-31"):
        house.tenants.end_contract("acme", date(2026, 1, 1), by="sato")


def test_there_must_be_an_end_to_call_off_and_a_reason(house):
    with pytest.raises(ConflictError, match="no end"):
        house.tenants.cancel_end("acme", reason="x", by="sato")
    house.tenants.end_contract("acme", END, by="sato")
    with pytest.raises(InvalidArgumentError, match="reason"):
        house.tenants.cancel_end("acme", reason=" ", by="sato")
    assert house.tenants.get("acme").state == "ending"


def test_the_second_person_is_another_one(house):
    with pytest.raises(ConflictError, match="nothing to approve"):
        house.tenants.approve("acme", by="suzuki")
    house.tenants.end_contract("acme", END, by="sato")
    with pytest.raises(InvalidArgumentError, match="Another person"):
        house.tenants.approve("acme", by="sato")
    tenant = house.tenants.approve("acme", by="suzuki")
    assert (tenant.approved_by, tenant.approved_at) == ("suzuki", house.clock.now)
    assert house.events()[-1] == "tenant-erasure-approved"


def test_handlers_are_asked_before_and_told_after(house):
    seen = []

    @house.hooks.on(TenantEnding)
    @house.hooks.on(TenantEnded)
    @house.hooks.on(TenantResuming)
    @house.hooks.on(TenantResumed)
    def note(event):
        seen.append((type(event).__name__, house.tenants.get("acme").state.value))

    house.tenants.end_contract("acme", END, by="sato")
    house.tenants.cancel_end("acme", reason="renewed", by="sato")
    assert seen == [
        ("TenantEnding", "active"),
        ("TenantEnded", "ending"),
        ("TenantResuming", "ending"),
        ("TenantResumed", "active"),
    ]


@pytest.mark.parametrize("event", [TenantEnding, TenantResuming])
def test_a_veto_leaves_everything_as_it_was(house, event):
    if event is TenantResuming:
        house.tenants.end_contract("acme", END, by="sato")

    @house.hooks.on(event)
    def no(_event):
        raise Veto("not today")

    verb = {
        TenantEnding: lambda: house.tenants.end_contract("acme", END, by="sato"),
        TenantResuming: lambda: house.tenants.cancel_end("acme", reason="renewed", by="sato"),
    }[event]
    before = house.everything()
    with pytest.raises(VetoedError, match="not today"):
        verb()
    assert house.everything() == before


def test_status_shows_the_timeline_the_holds_and_what_is_late(house):
    assert house.tenants.status("acme").milestones == ()
    house.tenants.end_contract("acme", END, by="sato")
    status = house.tenants.status("acme")
    assert [m.step.value for m in status.milestones] == [
        "stop",
        "roll-keys",
        "schedule-key",
        "erase",
    ]
    assert not status.overdue
    house.clock.on("2025-06-07")
    assert house.tenants.status("acme").overdue

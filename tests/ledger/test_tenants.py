"""Tenants: names given once, states that lead only where they may, an event for each step."""

import itertools
from datetime import UTC, date, datetime

import pytest

from multistore.errors import (
    AlreadyExistsError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
)
from multistore.ledger import chain
from multistore.ledger.schema import TenantState, events
from multistore.ledger.tenants import SERVED, TRANSITIONS

A, N, S, G, D = TenantState


def kinds(ledger):
    with ledger.reading() as connection:
        return [entry.content for entry in chain.entries(connection, events)]


def test_a_tenant_is_added_once(ledger):
    before = datetime.now(UTC)
    tenant = ledger.tenants.add("school-042")
    assert (tenant.name, tenant.state) == ("school-042", TenantState.ACTIVE)
    assert before <= tenant.added_at <= datetime.now(UTC)
    assert tenant.added_at.tzinfo is UTC
    with pytest.raises(AlreadyExistsError, match="school-042"):
        ledger.tenants.add("school-042")
    assert ledger.tenants.get("school-042") == tenant
    assert [event["kind"] for event in kinds(ledger)] == ["tenant-added"]


@pytest.mark.parametrize(
    "name", ["", "-x", "Ä", "a/b", "a b", "A", "x" * 64, "_multistore", "学校"]
)
def test_a_name_that_is_none_is_refused(ledger, name):
    with pytest.raises(InvalidArgumentError):
        ledger.tenants.add(name)
    assert kinds(ledger) == []


def test_an_unknown_tenant_is_refused_with_the_command(ledger):
    with pytest.raises(NotFoundError, match="multistore tenant add acne"):
        ledger.tenants.get("acne")
    with pytest.raises(NotFoundError):
        ledger.tenants.move("acne", TenantState.SUSPENDED, reason="x")


def test_the_list_is_ordered_and_paged(ledger, monkeypatch):
    names = sorted(f"t{number}" for number in range(30))
    for name in reversed(names):
        ledger.tenants.add(name)
    assert [tenant.name for tenant in ledger.tenants.list()] == names
    ledger.tenants.move("t7", TenantState.SUSPENDED, reason="x")
    assert [t.name for t in ledger.tenants.list(TenantState.SUSPENDED)] == ["t7"]
    assert len(list(ledger.tenants.list(TenantState.ACTIVE, TenantState.SUSPENDED))) == 30


@pytest.mark.parametrize(("before", "after"), list(itertools.product(TenantState, TenantState)))
def test_every_pair_of_states(tmp_path, before, after):
    from multistore.ledger.ledger import open_ledger

    paths = {A: [], N: [N], S: [S], G: [S, G], D: [S, G, D]}
    allowed = {(A, N), (A, S), (N, A), (N, N), (N, S), (S, A), (S, N), (S, G), (G, D)}
    ledger = open_ledger("sqlite:///ledger.db", base=tmp_path)
    ledger.tenants.add("acme")
    for step in paths[before]:
        ledger.tenants.move("acme", step, reason="x")
    count = len(kinds(ledger))
    if (before, after) in allowed:
        assert ledger.tenants.move("acme", after, reason="y").state is after
        assert kinds(ledger)[-1]["kind"] == f"tenant-{after}"
        assert kinds(ledger)[-1]["before"] == before
        assert kinds(ledger)[-1]["reason"] == "y"
    else:
        with pytest.raises(ConflictError, match=f"is {before}.*cannot become {after}"):
            ledger.tenants.move("acme", after, reason="y")
        assert ledger.tenants.get("acme").state is before
        assert len(kinds(ledger)) == count
    ledger.close()


def test_only_active_and_ending_tenants_are_served():
    assert {A, N} == SERVED
    assert set(TRANSITIONS) == set(TenantState)


def test_the_dates_of_the_end_are_kept_exactly(ledger):
    ledger.tenants.add("acme")
    stop_by = datetime(2026, 12, 7, 14, 59, 59, 999_999, tzinfo=UTC)
    tenant = ledger.tenants.move(
        "acme", N, reason="notice given", contract_end=date(2026, 11, 30), stop_by=stop_by
    )
    assert (tenant.contract_end, tenant.stop_by) == (date(2026, 11, 30), stop_by)


def test_a_time_without_a_zone_is_refused(ledger):
    ledger.tenants.add("acme")
    with pytest.raises(Exception, match="offset-naive"):
        ledger.tenants.move("acme", N, reason="x", stop_by=datetime(2026, 1, 1))  # noqa: DTZ001
    assert ledger.tenants.get("acme").state is A


def test_events_name_a_tenant_by_its_number(ledger):
    tenant = ledger.tenants.add("school-042")
    ledger.tenants.move("school-042", S, reason="x")
    for event in kinds(ledger):
        assert event["tenant"] == tenant.id.hex()
        assert "school-042" not in str(event)


def test_those_who_watch_are_told_after_the_change(ledger):
    told = []
    ledger.tenants.add("acme")
    ledger.watch(lambda name: told.append((name, ledger.tenants.get(name).state)))
    ledger.tenants.move("acme", S, reason="x")
    assert told == [("acme", S)]

"""A tenant's keys on their way out: under a KEK of their own, back again, or gone."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from multistore.errors import (
    ConflictError,
    KeyDestroyedError,
    NotFoundError,
    TenantSuspendedError,
)
from multistore.keys import ending
from multistore.keys.closing import (
    close_tenant,
    destroy_tenant,
    reopen_tenant,
    schedule_tenant,
)
from multistore.keys.kms.base import MasterKeyState
from multistore.keys.rolling import roll
from multistore.ledger import chain
from multistore.ledger.schema import TenantState, events, scope_keys
from multistore.ledger.schema import erasure_log as log_table
from tests.keys.conftest import Place
from tests.keys.killing import killed_at
from tests.keys.test_rolling import copy_of, states, under

PAIRS = [("acme", "video"), ("acme", "access-log"), ("bolt", "video")]


@pytest.fixture
def secrets(keyring):
    return {pair: bytes(keyring.for_sealing(*pair).secret) for pair in PAIRS}


@pytest.fixture
def slow(keyring, monkeypatch):
    """A key service that waits seven days before it destroys, and its calendar."""
    now = [datetime.now(UTC)]
    monkeypatch.setattr(type(keyring.kms), "min_wait_days", 7)
    monkeypatch.setattr(keyring.kms, "_clock", lambda: now[0])
    return now


def opened(ring, pairs=PAIRS):
    ring.drop()
    return {pair: bytes(ring.for_opening(*pair, 1).secret) for pair in pairs}


def kinds(ring, table=events):
    with ring.ledger.reading() as connection:
        return [entry.content["kind"] for entry in chain.entries(connection, table)]


def test_a_closed_tenant_is_under_a_kek_of_its_own(keyring, secrets):
    assert close_tenant(keyring, "acme", reason="contract ended") == 2
    assert under(keyring) == {1: 1, 2: 2}
    assert keyring.ledger.tenants.get("acme").state is TenantState.SUSPENDED
    assert keyring.ledger.tenants.get("acme").stopped_at is not None
    with pytest.raises(TenantSuspendedError):
        keyring.for_opening("acme", "video", 1)
    assert opened(keyring, [("bolt", "video")])


def test_closing_again_changes_nothing(keyring, secrets):
    close_tenant(keyring, "acme", reason="contract ended")
    before = under(keyring), states(keyring), keyring.ledger.tenants.get("acme"), kinds(keyring)
    assert close_tenant(keyring, "acme", reason="contract ended") == 2
    after = under(keyring), states(keyring), keyring.ledger.tenants.get("acme"), kinds(keyring)
    assert after == before


def test_a_collection_that_survives_stays_under_the_epoch(keyring, secrets, place):
    close_tenant(keyring, "acme", reason="contract ended", surviving=["access-log"])
    assert under(keyring) == {1: 2, 2: 1}
    roll(keyring, backup=place.base / "b", soak=timedelta(0))
    assert under(keyring) == {3: 2, 2: 1}
    destroy_tenant(keyring, "acme", reason="60 days after the stop")
    assert under(keyring) == {3: 2}


def test_a_reopened_tenant_is_as_before(keyring, secrets):
    close_tenant(keyring, "acme", reason="contract ended", surviving=["access-log"])
    reopen_tenant(keyring, "acme", reason="the contract goes on")
    assert opened(keyring) == secrets
    assert under(keyring) == {1: 3}
    tenant = keyring.ledger.tenants.get("acme")
    assert (tenant.state, tenant.stopped_at) == (TenantState.ACTIVE, None)
    assert states(keyring) == {1: "current", 2: "destroyed"} or states(keyring)[2] == "scheduled"
    # And once more: the second closing KEK is another one.
    assert close_tenant(keyring, "acme", reason="now it ends") == 3
    assert under(keyring) == {1: 1, 3: 2}


def test_a_scheduled_destruction_can_be_called_off(keyring, secrets, slow):
    close_tenant(keyring, "acme", reason="contract ended")
    due = schedule_tenant(keyring, "acme", timedelta(days=7))
    assert schedule_tenant(keyring, "acme") == due
    slow[0] += timedelta(days=6)
    reopen_tenant(keyring, "acme", reason="the contract goes on")
    slow[0] += timedelta(days=30)
    assert opened(keyring) == secrets


def test_after_the_date_there_is_no_way_back(keyring, secrets, slow):
    close_tenant(keyring, "acme", reason="contract ended")
    schedule_tenant(keyring, "acme", timedelta(days=7))
    slow[0] += timedelta(days=7)
    with pytest.raises(KeyDestroyedError):
        reopen_tenant(keyring, "acme", reason="too late")
    ending.settle(keyring, now=slow[0])
    with pytest.raises(KeyDestroyedError):
        reopen_tenant(keyring, "acme", reason="too late")
    assert keyring.ledger.tenants.get("acme").state is TenantState.SUSPENDED


def test_destroying_leaves_no_row_and_says_so(keyring, secrets):
    close_tenant(keyring, "acme", reason="contract ended")
    destroy_tenant(keyring, "acme", reason="60 days after the stop")
    assert under(keyring) == {1: 1}
    assert keyring.ledger.tenants.get("acme").state is TenantState.ERASING
    with pytest.raises(KeyDestroyedError):
        keyring.for_opening("acme", "video", 1)
    with keyring.ledger.reading() as connection:
        rows = connection.execute(select(scope_keys)).all()
        (entry,) = chain.entries(connection, log_table)
    destroyed = {row.fingerprint.hex() for row in rows if row.destroyed_at is not None}
    assert set(entry.content["keys"]) == destroyed
    assert len(destroyed) == 2
    assert kinds(keyring, log_table) == ["keys-destroyed"]
    known = keyring.kms.describe(f"local:{keyring.ledger.id.hex()}-2")
    assert known.state is MasterKeyState.DESTROYED
    assert ending.settle(keyring) == (2,)
    assert opened(keyring, [("bolt", "video")])[("bolt", "video")] == secrets[("bolt", "video")]


def test_a_master_key_whose_date_came_first_is_no_hindrance(keyring, secrets, slow):
    close_tenant(keyring, "acme", reason="contract ended")
    date = schedule_tenant(keyring, "acme", timedelta(days=7))
    slow[0] += timedelta(days=8)
    assert ending.settle(keyring, now=slow[0]) == (2,)
    assert destroy_tenant(keyring, "acme", reason="60 days after the stop") == date
    assert states(keyring)[2] == "destroyed"


def test_destroying_again_changes_nothing(keyring, secrets):
    close_tenant(keyring, "acme", reason="contract ended")
    first = destroy_tenant(keyring, "acme", reason="60 days after the stop")
    before = under(keyring), states(keyring), kinds(keyring), kinds(keyring, log_table)
    assert destroy_tenant(keyring, "acme", reason="60 days after the stop") == first
    assert before == (under(keyring), states(keyring), kinds(keyring), kinds(keyring, log_table))


@pytest.mark.parametrize(
    "do",
    [
        lambda ring: destroy_tenant(ring, "acme", reason="x"),
        lambda ring: schedule_tenant(ring, "acme"),
        lambda ring: reopen_tenant(ring, "acme", reason="x"),
    ],
    ids=["destroy", "schedule", "reopen"],
)
def test_a_tenant_that_is_not_stopped_is_refused(keyring, secrets, do):
    with pytest.raises(ConflictError, match="acme"):
        do(keyring)
    keyring.ledger.tenants.move("acme", TenantState.ENDING, reason="notice given")
    with pytest.raises(ConflictError, match="acme"):
        do(keyring)
    assert opened(keyring) == secrets


def test_a_tenant_whose_keys_are_destroyed_cannot_be_closed(keyring, secrets):
    close_tenant(keyring, "acme", reason="x")
    destroy_tenant(keyring, "acme", reason="x")
    with pytest.raises(ConflictError, match="destroyed"):
        close_tenant(keyring, "acme", reason="x")


@pytest.mark.parametrize("do", [close_tenant, destroy_tenant, reopen_tenant])
def test_an_unknown_tenant_is_refused(keyring, do):
    with pytest.raises(NotFoundError, match="acne"):
        do(keyring, "acne", reason="x")


def test_a_tenant_without_a_key_is_closed_and_destroyed(keyring):
    close_tenant(keyring, "acme", reason="it never sealed anything")
    destroy_tenant(keyring, "acme", reason="it never sealed anything")
    assert keyring.ledger.tenants.get("acme").state is TenantState.ERASING


def test_nothing_done_to_acme_touches_acme2(keyring, secrets):
    keyring.ledger.tenants.add("acme2")
    twin = bytes(keyring.for_sealing("acme2", "video").secret)
    close_tenant(keyring, "acme", reason="contract ended")
    destroy_tenant(keyring, "acme", reason="contract ended")
    keyring.drop()
    assert bytes(keyring.for_opening("acme2", "video", 1).secret) == twin


def end(base):
    with Place("sqlite:///ledger.db", base).open() as ring:
        close_tenant(ring, "acme", reason="contract ended", surviving=["access-log"])
        reopen_tenant(ring, "acme", reason="it goes on")
        close_tenant(ring, "acme", reason="contract ended", surviving=["access-log"])
        destroy_tenant(ring, "acme", reason="contract ended")


@pytest.mark.parametrize("quarter", range(4))
def test_an_end_that_was_killed_at_any_moment_is_taken_up(tmp_path, quarter):
    template = tmp_path / "template"
    template.mkdir()
    with Place("sqlite:///ledger.db", template).open() as ring:
        for tenant in ("acme", "bolt"):
            ring.ledger.tenants.add(tenant)
        secrets = {pair: bytes(ring.for_sealing(*pair).secret) for pair in PAIRS}
    moments = killed_at(None, lambda: end(copy_of(template, tmp_path / "whole")))
    assert moments > 100
    for moment in range(quarter, moments, 4):
        base = copy_of(template, tmp_path / f"killed-{moment}")
        assert killed_at(moment, lambda base=base: end(base)) is None, moment
        with Place("sqlite:///ledger.db", base).open() as ring:
            state = ring.ledger.tenants.get("acme").state
            if state is TenantState.SUSPENDED:
                # Not one key is lost before it is destroyed on purpose.
                reopen_tenant(ring, "acme", reason="try")
                state = TenantState.ACTIVE
            if state is TenantState.ACTIVE:
                assert opened(ring) == secrets, moment
                close_tenant(ring, "acme", reason="end", surviving=["access-log"])
            destroy_tenant(ring, "acme", reason="end")
            ending.settle(ring)
            assert under(ring) == {1: 2}, moment
            assert (
                opened(ring, [("bolt", "video")])[("bolt", "video")] == secrets[("bolt", "video")]
            )
            newest = max(states(ring))
            assert states(ring)[newest] == "destroyed", moment
            with ring.ledger.reading() as connection:
                entries = list(chain.entries(connection, events))
            assert chain.verify("events", ring.ledger.id, entries) is None
        shutil.rmtree(base)


def test_two_that_close_one_tenant_make_one_kek(keyring, secrets):
    from tests.keys.test_cache import together

    numbers = together(8, lambda: close_tenant(keyring, "acme", reason="contract ended"))
    assert numbers == [2] * 8
    assert under(keyring) == {1: 1, 2: 2}
    assert states(keyring) == {1: "current", 2: "current"}

"""Rolling: every key afterwards under the new KEK only, whatever happened on the way."""

import shutil
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select, update

from multistore.errors import KeyUnavailableError, TamperedError
from multistore.keys import closing, ending
from multistore.keys.kms.base import KekLabel, MasterKeyState
from multistore.keys.rolling import Step, plan, roll
from multistore.ledger.schema import keks, wrapped_keys
from tests.keys.conftest import Place
from tests.keys.killing import killed_at

AT_ONCE = timedelta(0)
PAIRS = [
    (tenant, name) for tenant in ("acme", "bolt") for name in ("video", "backup", "access-log")
]


@pytest.fixture
def secrets(keyring):
    """Six scopes with keys."""
    return {pair: bytes(keyring.for_sealing(*pair).secret) for pair in PAIRS}


def opened(ring):
    ring.drop()
    return {pair: bytes(ring.for_opening(*pair, 1).secret) for pair in PAIRS}


def under(ring):
    """How many keys are under which KEK."""
    query = select(wrapped_keys.c.kek_no, func.count()).group_by(wrapped_keys.c.kek_no)
    with ring.ledger.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def states(ring):
    with ring.ledger.reading() as connection:
        return {row.no: row.state for row in connection.execute(select(keks).order_by(keks.c.no))}


def master(ring, number):
    key_id = ring.kms.find(KekLabel(ring.ledger.id, number))
    return ring.kms.describe(key_id).state if key_id else None


def test_after_a_roll_every_key_is_under_the_new_kek_only(keyring, secrets, place):
    done = roll(keyring, backup=place.base / "backup", soak=AT_ONCE)
    assert (done.new_kek, done.verified, done.soaking_until) == (2, 6, None)
    assert under(keyring) == {2: 6}
    assert states(keyring) == {1: "destroyed", 2: "current"}
    assert master(keyring, 1) is MasterKeyState.DESTROYED
    assert opened(keyring) == secrets
    assert keyring.for_sealing("acme", "video").version == 1
    keyring.for_sealing("acme", "attachment")
    assert under(keyring) == {2: 7}


def test_the_old_master_key_soaks_and_then_ends(keyring, secrets, place):
    first = roll(keyring, backup=place.base / "backup")
    assert first.soaking_until > datetime.now(UTC) + timedelta(hours=23)
    assert first.destroy_at is None
    assert states(keyring) == {1: "disabled", 2: "current"}
    assert master(keyring, 1) is MasterKeyState.DISABLED
    again = roll(keyring, backup=place.base / "backup")  # it only waits: no third KEK
    assert again.soaking_until == first.soaking_until
    assert (again.verified, again.backup) == (0, None)
    assert states(keyring) == {1: "disabled", 2: "current"}
    assert opened(keyring) == secrets
    end = roll(keyring, backup=place.base / "backup", soak=AT_ONCE)
    assert end.destroy_at is not None
    assert states(keyring) == {1: "destroyed", 2: "current"}


def test_a_dry_run_says_what_would_be_done_and_does_nothing(keyring, secrets, place):
    before = states(keyring), under(keyring), sorted(place.base.iterdir())
    planned = plan(keyring)
    assert (planned.unfinished, planned.new_kek, planned.old_keks, planned.keys) == (
        False,
        2,
        (1,),
        6,
    )
    assert (states(keyring), under(keyring), sorted(place.base.iterdir())) == before
    roll(keyring, backup=place.base / "backup")
    planned = plan(keyring)
    assert (planned.unfinished, planned.new_kek, planned.old_keks, planned.keys) == (
        True,
        2,
        (1,),
        0,
    )
    assert planned.soak_until > datetime.now(UTC)


def test_progress_counts_every_key_once(keyring, secrets, place, monkeypatch):
    monkeypatch.setattr("multistore.keys.rewrapping.BATCH", 4)
    seen = []
    roll(keyring, backup=place.base / "backup", soak=AT_ONCE, progress=seen.append)
    assert [step for step in Step if any(p.step is step for p in seen)] == list(Step)
    for step in (Step.REWRAP, Step.VERIFY):
        assert [(p.done, p.total) for p in seen if p.step is step] == [(0, 6), (4, 6), (6, 6)]


def test_a_first_roll_of_a_ledger_without_keys_makes_its_first_kek(place):
    with place.open() as ring:
        done = roll(ring, backup=place.base / "backup")
        assert (done.new_kek, done.verified, done.destroy_at) == (1, 0, None)
        assert done.backup == place.base / "backup"
        assert done.backup.exists()
        assert states(ring) == {1: "current"}


def test_three_rolls_in_a_row(keyring, secrets, place):
    for number in (2, 3, 4):
        assert roll(keyring, backup=place.base / "backup", soak=AT_ONCE).new_kek == number
    assert under(keyring) == {4: 6}
    assert states(keyring) == {1: "destroyed", 2: "destroyed", 3: "destroyed", 4: "current"}
    assert opened(keyring) == secrets


def test_a_bad_row_stops_the_roll_before_anything_old_ends(keyring, secrets, place):
    with keyring.ledger.writing() as connection:
        row = connection.execute(select(wrapped_keys).limit(1)).one()
        connection.execute(
            update(wrapped_keys)
            .where(wrapped_keys.c.scope_id == row.scope_id)
            .values(wrapped=bytes(66))
        )
    for _ in range(2):
        with pytest.raises(TamperedError):
            roll(keyring, backup=place.base / "backup", soak=AT_ONCE)
        assert under(keyring)[1] == 6
        assert master(keyring, 1) is MasterKeyState.ENABLED
    with keyring.ledger.writing() as connection:
        connection.execute(
            update(wrapped_keys)
            .where(wrapped_keys.c.scope_id == row.scope_id)
            .values(wrapped=row.wrapped)
        )
    roll(keyring, backup=place.base / "backup", soak=AT_ONCE)
    assert opened(keyring) == secrets


def test_a_new_row_that_does_not_open_stops_the_roll_before_anything_old_ends(
    keyring, secrets, place
):
    def spoil(progress):
        if progress.step is Step.VERIFY and progress.done == 0:
            with keyring.ledger.writing() as connection:
                connection.execute(
                    update(wrapped_keys).where(wrapped_keys.c.kek_no == 2).values(wrapped=bytes(66))
                )

    with pytest.raises(TamperedError):
        roll(keyring, backup=place.base / "backup", soak=AT_ONCE, progress=spoil)
    assert under(keyring)[1] == 6
    assert master(keyring, 1) is MasterKeyState.ENABLED


def test_a_key_service_that_forgets_stops_the_roll_before_anything_old_ends(
    keyring, secrets, place, monkeypatch
):
    def forgets(progress):
        if progress.step is Step.REWRAP and progress.done == progress.total:
            kms = keyring.kms
            kms.disable(kms.find(KekLabel(keyring.ledger.id, 2)))

    with pytest.raises(KeyUnavailableError):
        roll(keyring, backup=place.base / "backup", soak=AT_ONCE, progress=forgets)
    assert under(keyring)[1] == 6
    assert master(keyring, 1) is MasterKeyState.ENABLED


def test_a_backup_that_cannot_be_written_stops_before_the_old_master_key_ends(
    keyring, secrets, place
):
    from multistore.errors import InvalidArgumentError

    with pytest.raises(InvalidArgumentError, match="not a directory"):
        roll(keyring, backup=place.base / "missing" / "backup", soak=AT_ONCE)
    assert master(keyring, 1) is MasterKeyState.ENABLED
    roll(keyring, backup=place.base / "backup", soak=AT_ONCE)
    assert master(keyring, 1) is MasterKeyState.DESTROYED
    assert states(keyring) == {1: "destroyed", 2: "current"}


def test_scopes_that_are_founded_during_a_roll_are_kept(keyring, secrets, place, monkeypatch):
    """A writer that still holds the old KEK in memory founds beside the roll, all the time."""
    monkeypatch.setattr("multistore.keys.rewrapping.BATCH", 1)
    founded, stop = {}, []

    def found():
        with place.open() as other:
            number = 0
            while not stop:
                pair = ("acme", f"class-{number}")
                founded[pair] = bytes(other.for_sealing(*pair).secret)
                number += 1

    writer = Thread(target=found)
    writer.start()
    try:
        roll(keyring, backup=place.base / "backup", soak=AT_ONCE)
    finally:
        stop.append(1)
        writer.join()
    assert founded
    keyring.drop()
    for pair, secret in founded.items():
        assert bytes(keyring.for_opening(*pair, 1).secret) == secret
    assert opened(keyring) == secrets
    assert list(under(keyring)) == [2]


def test_a_tenant_that_is_closed_during_a_roll_is_closed(keyring, secrets, place):
    def close(progress):
        if progress.step is Step.VERIFY and progress.done == 0:
            closing.close_tenant(keyring, "acme", reason="the contract ended")

    roll(keyring, backup=place.base / "backup", soak=AT_ONCE, progress=close)
    assert under(keyring) == {2: 3, 3: 3}
    keyring.ledger.tenants.get("acme")
    closing.reopen_tenant(keyring, "acme", reason="it goes on")
    assert opened(keyring) == secrets
    assert under(keyring) == {2: 6}


def test_reads_go_on_at_every_step(keyring, secrets, place):
    roll(
        keyring,
        backup=place.base / "backup",
        soak=AT_ONCE,
        progress=lambda _: opened(keyring) == secrets or pytest.fail("a key did not open"),
    )


def test_settle_believes_the_key_service_only(keyring, secrets, place, monkeypatch):
    monkeypatch.setattr(type(keyring.kms), "min_wait_days", 7)
    roll(keyring, backup=place.base / "backup", soak=AT_ONCE)
    assert states(keyring)[1] == "scheduled"
    far = datetime.now(UTC) + timedelta(days=8)
    assert ending.settle(keyring, now=far) == ()  # the date has come, but the key is still there
    assert states(keyring)[1] == "scheduled"
    monkeypatch.setattr(keyring.kms, "_clock", lambda: far)
    assert ending.settle(keyring, now=far) == (1,)
    assert states(keyring)[1] == "destroyed"


def test_what_the_key_service_would_refuse_at_the_end_is_refused_at_the_beginning(
    keyring, secrets, place, monkeypatch
):
    from multistore.errors import InvalidArgumentError, UnsupportedError

    before = states(keyring)
    monkeypatch.setattr(type(keyring.kms), "min_wait_days", 7)
    with pytest.raises(InvalidArgumentError, match="after 7 days at the earliest, not after 3"):
        roll(keyring, backup=place.base / "b", wait=timedelta(days=3))
    monkeypatch.setattr(type(keyring.kms), "destroyable", False)
    with pytest.raises(UnsupportedError, match="cannot destroy"):
        roll(keyring, backup=place.base / "b")
    with pytest.raises(UnsupportedError, match="cannot destroy"):
        closing.close_tenant(keyring, "acme", reason="contract ended")
    assert states(keyring) == before
    assert opened(keyring) == secrets


def rolled(base, *, soak=AT_ONCE):
    with Place("sqlite:///ledger.db", base).open() as ring:
        roll(ring, backup=base / "backup", soak=soak)


@pytest.mark.parametrize("quarter", range(4))
def test_a_roll_that_was_killed_at_any_moment_is_taken_up(tmp_path, quarter):
    template = tmp_path / "template"
    template.mkdir()
    with Place("sqlite:///ledger.db", template).open() as ring:
        for tenant in ("acme", "bolt"):
            ring.ledger.tenants.add(tenant)
        secrets = {pair: bytes(ring.for_sealing(*pair).secret) for pair in PAIRS}

    moments = killed_at(None, lambda: rolled(copy_of(template, tmp_path / "whole")))
    assert moments > 60
    for moment in range(quarter, moments, 4):
        base = copy_of(template, tmp_path / f"killed-{moment}")
        assert killed_at(moment, lambda base=base: rolled(base)) is None, moment
        with Place("sqlite:///ledger.db", base).open() as ring:
            assert opened(ring) == secrets, moment  # readable as it is, before anything is done
            ring.for_sealing("acme", "attachment")  # and writable
            end = roll(ring, backup=base / "backup", soak=AT_ONCE)
            assert opened(ring) == secrets, moment
            (current,) = [no for no, state in states(ring).items() if state == "current"]
            assert under(ring) == {current: 7}, moment
            assert end.new_kek == current
            # At most a further roll was begun, where the first one had already come to its end.
            assert current in {2, 3}, moment
            assert all(
                state == "destroyed" for no, state in states(ring).items() if no != current
            ), moment
            assert all(master(ring, no) is MasterKeyState.DESTROYED for no in range(1, current)), (
                moment
            )
            assert ring.kms.occupant().newest_kek == current
        shutil.rmtree(base)


def copy_of(template, base):
    shutil.copytree(template, base, copy_function=shutil.copy2)
    (base / "keys").chmod(0o700)
    return base

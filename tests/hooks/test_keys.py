"""Rolls and ends of keys: asked before anything moves, told when the key service has said so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from multistore.errors import VetoedError
from multistore.hooks import (
    Event,
    KeyDestroyed,
    KeyDestroying,
    KeyRolled,
    KeyRolling,
    Veto,
)
from multistore.keys.closing import close_tenant, destroy_tenant, reopen_tenant, schedule_tenant
from multistore.keys.ending import settle
from multistore.keys.rolling import Step, roll
from multistore.ledger.schema import KekState
from tests.cli.command import multistore as command
from tests.cli.command import vault as cli_vault
from tests.keys.conftest import keyring, sqlite_place
from tests.lifecycle.conftest import clock, house

__all__ = ["clock", "house", "keyring", "sqlite_place"]


@pytest.fixture
def place(sqlite_place):
    return sqlite_place


@pytest.fixture
def seen(keyring):
    """What the handlers heard, in order; with a sealed key to roll."""
    keyring.for_sealing("acme", "video")
    heard = []
    keyring.hooks.on(Event)(lambda event: heard.append((type(event), event.kek_no)))
    return heard


def states(keyring):
    from sqlalchemy import select

    from multistore.ledger.schema import keks

    with keyring.ledger.reading() as connection:
        rows = connection.execute(select(keks.c.no, keks.c.state)).all()
    return {row.no: KekState(row.state) for row in rows}


def rolled(keyring, tmp_path, **options):
    return roll(keyring, backup=tmp_path / "k", soak=timedelta(0), wait=timedelta(0), **options)


def test_a_roll_asks_and_tells_in_its_order(keyring, seen, tmp_path):
    rolled(keyring, tmp_path)
    assert seen == [(KeyRolling, 1), (KeyRolled, 2), (KeyDestroying, 1), (KeyDestroyed, 1)]
    assert states(keyring) == {1: KekState.DESTROYED, 2: KekState.CURRENT}


def test_founding_the_first_key_is_no_roll(keyring, tmp_path):
    heard = []
    keyring.hooks.on(Event)(heard.append)
    rolled(keyring, tmp_path)
    assert heard == []


def test_a_veto_of_a_roll_moves_nothing(keyring, seen, tmp_path):
    @keyring.hooks.on(KeyRolling)
    def not_now(event):
        raise Veto("a restore is being rehearsed")

    before = states(keyring)
    with pytest.raises(VetoedError, match="a restore is being rehearsed"):
        rolled(keyring, tmp_path)
    assert states(keyring) == before
    assert not (tmp_path / "k").exists()


def test_a_veto_of_the_end_leaves_the_old_key_disabled_and_is_asked_again(keyring, seen, tmp_path):
    busy = [True]

    @keyring.hooks.on(KeyDestroying)
    def not_yet(event):
        if busy[0]:
            raise Veto("the backups of last month are not re-keyed")

    with pytest.raises(VetoedError, match="re-keyed"):
        rolled(keyring, tmp_path)
    assert states(keyring) == {1: KekState.DISABLED, 2: KekState.CURRENT}
    busy[0] = False
    seen.clear()
    rolled(keyring, tmp_path)
    assert seen == [(KeyDestroying, 1), (KeyDestroyed, 1)]


def test_a_roll_that_was_cut_short_tells_of_its_end_once(keyring, seen, tmp_path):
    def die(progress):
        if progress.step is Step.VERIFY:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rolled(keyring, tmp_path, progress=die)
    assert seen == [(KeyRolling, 1)]
    rolled(keyring, tmp_path)
    assert seen[1:] == [(KeyRolled, 2), (KeyDestroying, 1), (KeyDestroyed, 1)]


def test_a_tenant_s_key_ends_with_a_question_and_an_answer(keyring, seen):
    close_tenant(keyring, "acme", reason="it ended")
    schedule_tenant(keyring, "acme", timedelta(0))
    destroy_tenant(keyring, "acme", reason="it ended")  # asked already: no second question
    assert seen == [(KeyDestroying, 2)]
    settle(keyring, datetime.now(UTC) + timedelta(days=1))
    assert seen[1:] == [(KeyDestroyed, 2)]


@pytest.mark.parametrize("way", [schedule_tenant, destroy_tenant, reopen_tenant])
def test_on_every_way_a_veto_keeps_the_tenant_s_key(keyring, seen, way):
    close_tenant(keyring, "acme", reason="it ended")

    @keyring.hooks.on(KeyDestroying)
    def evidence(event):
        raise Veto("it is evidence")

    before = states(keyring), keyring.ledger.tenants.get("acme").state
    with pytest.raises(VetoedError, match="evidence"):
        way(keyring, "acme", **({} if way is schedule_tenant else {"reason": "x"}))
    assert (states(keyring), keyring.ledger.tenants.get("acme").state) == before


def test_every_event_of_a_key_is_a_row_too(keyring, seen, tmp_path):
    from multistore.ledger import events

    rolled(keyring, tmp_path)
    rows = [row.kind for row in events.after(keyring.ledger, 0) if row.kind.startswith("kek-")]
    assert rows == [
        "kek-current",
        "kek-current",
        "kek-retired",
        "kek-disabled",
        "kek-scheduled",
        "kek-destroyed",
    ]


def test_the_lifecycle_waits_for_the_veto_and_goes_on(house):
    heard, busy = [], [True]

    @house.hooks.on(KeyDestroying)
    def evidence(event):
        if busy[0]:
            raise Veto("it is evidence")

    house.hooks.on(KeyDestroyed)(heard.append)
    house.tenants.end_contract("acme", date(2025, 5, 31), by="sato")
    house.clock.on("2025-06-01")
    house.run()
    house.clock.on("2025-07-23")
    (action,) = [a for a in house.run().actions if a.step == "schedule-key" and a.by is None]
    assert (action.result.value, "it is evidence" in action.detail) == ("waits", True)
    busy[0] = False
    house.run()
    house.clock.on("2025-07-30")
    house.run()
    (event,) = heard
    assert event.at == house.clock()


def test_the_command_asks_the_hooks_of_the_configuration(tmp_path):
    home = cli_vault(tmp_path)
    (home / "guard.py").write_text(
        "from multistore.hooks import KeyRolling, Veto\n"
        "def register(vault):\n"
        "    @vault.on(KeyRolling)\n"
        "    def no(event):\n"
        "        raise Veto('not this week')\n",
        encoding="utf-8",
    )
    (home / "x").write_bytes(b"1")
    assert command("put", "x", "school-042/video/x", cwd=home).returncode == 0
    file = home / "multistore.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[vault]", '[vault]\nhooks = ["guard:register"]', 1))
    vetoed = command("keys", "roll", "--backup", "k", cwd=home, PYTHONPATH=str(home))
    assert vetoed.returncode == 1
    assert b"not this week" in vetoed.stderr
    file.write_text(text)
    assert command("keys", "roll", "--backup", "k", cwd=home).returncode == 0

"""Rows behind a cursor: each at least once, in order, and none that was altered."""

from __future__ import annotations

import json
import signal

import pytest
from sqlalchemy import delete, select, update

from multistore import ConflictError, InvalidArgumentError, TamperedError
from multistore.ledger import events as reading
from multistore.ledger.schema import events
from tests.cli.command import started
from tests.erasure.test_commands import run, started_in
from tests.vault import estate as estates

__all__ = ["run"]


@pytest.fixture
def estate(tmp_path):
    return estates.local(tmp_path, None)


@pytest.fixture
def vault(estate):
    with estate.open() as vault:
        yield vault


def kinds(rows):
    return [(row.kind, row.tenant) for row in rows]


def test_what_happened_is_there_in_order_with_its_tenant(vault):
    from datetime import date

    vault.put("acme/video/x", b"1")
    vault.holds.place("acme/video/", "case 17", reason="a law suit", placed_by="legal")
    vault.holds.release("acme", "case 17", reason="settled", released_by="legal")
    vault.tenants.end_contract("acme", date(2031, 3, 31), by="sato")
    vault.tenants.cancel_end("acme", reason="renewed", by="sato")
    vault.erase("acme/video/x", reason="asked for", performed_by="sato")
    assert kinds(vault.events()) == [
        ("tenant-added", "acme"),
        ("tenant-added", "acme2"),
        ("kek-current", None),
        ("hold-placed", "acme"),
        ("hold-released", "acme"),
        ("tenant-ending", "acme"),
        ("tenant-active", "acme"),
        ("erasure-begun", None),
        ("erasure-finished", None),
    ]
    assert vault.events.verify().fault is None
    placed = list(vault.events())[3]
    assert (placed.fields["by"], placed.fields["reason"]) == ("legal", "a law suit")
    assert placed.at.utcoffset().total_seconds() == 0


def test_a_reader_comes_back_with_its_cursor(vault):
    cursor, seen = 0, []
    for tenant in ("a", "b", "c"):
        vault.tenants.add(tenant)
        for row in vault.events(after=cursor):
            seen.append(row.tenant)
            cursor = row.seq
    assert seen == ["acme", "acme2", "a", "b", "c"]
    assert list(vault.events(after=cursor)) == []


def test_a_page_s_end_loses_nothing(vault, monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 2)
    for number in range(5):
        vault.tenants.add(f"t{number}")
    assert [row.seq for row in vault.events()] == list(range(1, 8))
    assert [row.seq for row in vault.events(after=3)] == [4, 5, 6, 7]


def test_a_cursor_that_cannot_be_is_refused_at_the_call(vault):
    with pytest.raises(InvalidArgumentError):
        vault.events(after=-1)
    with pytest.raises(ConflictError, match="there is no event 3: the chain ends at 2"):
        vault.events(after=3)


def change(vault, statement):
    with vault._keyring.ledger.writing() as connection:
        connection.execute(statement)


def edit(vault, seq):
    with vault._keyring.ledger.reading() as connection:
        body = connection.execute(select(events.c.body).where(events.c.seq == seq)).scalar()
    change(
        vault,
        update(events).where(events.c.seq == seq).values(body=body.replace("tenant", "tentant", 1)),
    )


def test_what_was_altered_is_not_given_out(vault):
    for number in range(4):
        vault.tenants.add(f"t{number}")
    edit(vault, 3)
    given = []
    with pytest.raises(TamperedError, match="event 3"):
        given.extend(vault.events())
    with pytest.raises(TamperedError, match="event 3"):
        next(vault.events(after=2))
    change(vault, delete(events).where(events.c.seq == 5))
    with pytest.raises(TamperedError, match="event 5"):
        list(vault.events(after=4 - 0))


def test_a_cut_or_rewritten_chain_shows_against_a_head_that_was_kept(vault):
    for number in range(4):
        vault.tenants.add(f"t{number}")
    head = list(vault.events())[4].head
    found = vault.events.verify(head)
    assert (found.fault, found.anchored, found.entries) == (None, 5, 6)
    change(vault, delete(events).where(events.c.seq > 4))
    assert vault.events.verify().fault is None  # nothing inside it tells
    found = vault.events.verify(head)
    assert (found.fault, found.at) == ("cut", 5)
    for number in range(3):  # the writer of the ledger computes the rest anew
        vault.tenants.add(f"other{number}")
    found = vault.events.verify(head)
    assert (found.fault, found.at) == ("rewritten", 5)
    edit(vault, 2)
    found = vault.events.verify(head)
    assert (found.fault, found.at) == ("edited", 2)


@pytest.mark.parametrize("head", ["", "5", "5:", "0:" + "00" * 32, "5:" + "00" * 31, "x:y"])
def test_what_is_no_head_is_refused(vault, head):
    with pytest.raises(InvalidArgumentError, match="SEQ:HASH"):
        vault.events.verify(head)


# -- heads kept by the lifecycle ---------------------------------------------------------------


@pytest.fixture
def anchored(estate):
    text = estate.path.read_text(encoding="utf-8")
    estate.path.write_text(
        text.replace("[vault]", '[vault]\nerasure_log = "main"', 1), encoding="utf-8"
    )
    return estate


def steps(vault):
    return [action.step for action in vault.lifecycle.run().actions]


def test_a_run_keeps_the_head_outside_and_once(anchored):
    with anchored.open() as vault:
        assert steps(vault) == ["anchor-events"]
        assert steps(vault) == []
        assert vault.events.verify().anchored == 2
        vault.tenants.add("more")
        assert vault.events.verify().anchored == 2
        assert [a.step for a in vault.lifecycle.run(dry_run=True).actions] == []
        assert steps(vault) == ["anchor-events"]
        assert vault.events.verify().anchored == 3
        change(vault, delete(events).where(events.c.seq == 3))
        found = vault.events.verify()
        assert (found.fault, found.at) == ("cut", 3)


def test_the_command_tells_it_with_its_exit_code(anchored, tmp_path, monkeypatch, run):
    with anchored.open() as vault, started_in(tmp_path, monkeypatch):
        vault.lifecycle.run()
        vault.tenants.add("more")
        fields = json.loads(run("events", "verify", "--json").stdout)
        assert (fields["events"], fields["anchored"], fields["fault"]) == (3, 2, None)
        assert b"keep this elsewhere: 3:" in run("events", "verify").stdout
        edit(vault, 1)
        broken = run("events", "verify", code=5)
        assert b"event 1: it is not what was written" in broken.stdout
        run("events", code=5)
        cut = run("events", "verify", "--head", f"9:{'00' * 32}", "--lang", "ja", code=5)
        assert "書き込まれた内容と異なります" in cut.stdout.decode()


def test_the_command_reads_while_a_store_is_refused(estate, tmp_path, monkeypatch, run):
    """What was recorded must be readable exactly when a store is in trouble."""
    with estate.open():
        pass
    text = estate.path.read_text(encoding="utf-8")
    estate.path.write_text(
        text.replace('provider = "local"\npath = "data"', 'provider = "aws"\nbucket = "b"'),
        encoding="utf-8",
    )
    with started_in(tmp_path, monkeypatch):
        shown = run("events", "--after", "1", "--json")
    (row,) = [json.loads(line) for line in shown.stdout.splitlines()]
    assert (row["seq"], row["kind"], row["tenant"]) == (2, "tenant-added", "acme2")


def test_follow_goes_on_with_what_another_process_does(vault, tmp_path):
    import subprocess

    following = started(
        "events", "--after", "2", "--follow", "--json", cwd=tmp_path, stdout=subprocess.PIPE
    )
    try:
        vault.tenants.add("later")
        row = json.loads(following.stdout.readline())
        assert (row["seq"], row["tenant"]) == (3, "later")
        following.send_signal(signal.SIGTERM)
        assert following.wait(20) == 143
    finally:
        following.kill()
        following.wait()
        following.stdout.close()


def test_an_absent_ledger_is_not_founded_by_looking(estate, tmp_path, monkeypatch, run):
    with started_in(tmp_path, monkeypatch):
        assert b"there is no ledger" in run("events", code=2).stderr
    assert not (tmp_path / "multistore.db").exists()

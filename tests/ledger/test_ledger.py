"""One ledger: founded once, safe between processes, durable, and quiet about passwords."""

import copy
import os
import pickle
import sqlite3
import stat
import subprocess
import sys

import pytest
from sqlalchemy import text

from multistore.errors import ClosedError, ConfigurationError, UnavailableError
from multistore.ledger.ledger import open_ledger


def test_it_is_founded_once(ledger, url, tmp_path):
    assert len(ledger.id) == 16
    assert ledger.id != bytes(16)
    again = open_ledger(url, base=tmp_path)
    assert again.id == ledger.id
    again.close()


def test_the_file_and_its_companions_are_the_owners_alone(tmp_path):
    previous = os.umask(0)
    try:
        made = open_ledger("sqlite:///ledger.db", base=tmp_path)
        made.tenants.add("acme")
    finally:
        os.umask(previous)
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert files == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}
    made.close()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)],
)
def test_sqlite_is_set_so_that_a_commit_lasts(tmp_path, pragma, value):
    made = open_ledger("sqlite:///ledger.db", base=tmp_path)
    with made.reading() as connection:
        assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == value
    made.close()


def test_a_deleted_key_is_overwritten_in_the_file(tmp_path):
    from sqlalchemy import select

    from multistore.keys.keyring import open as open_keyring
    from multistore.ledger.schema import wrapped_keys

    with open_keyring("sqlite:///ledger.db", "local:keys/", base=tmp_path) as ring:
        ring.ledger.tenants.add("acme")
        ring.for_sealing("acme", "video")
        with ring.ledger.writing() as connection:
            wrapped = connection.execute(select(wrapped_keys.c.wrapped)).scalar()
            connection.execute(wrapped_keys.delete())
    # The last connection is closed: what was in the log is in the file, and the log is gone.
    assert sorted(path.name for path in tmp_path.glob("ledger.db*")) == ["ledger.db"]
    assert wrapped not in (tmp_path / "ledger.db").read_bytes()


def test_a_transaction_that_fails_leaves_nothing(ledger):
    def fails():
        with ledger.writing() as connection:
            connection.execute(text("UPDATE ledger SET format = 7"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with ledger.reading() as connection:
        assert connection.execute(text("SELECT format FROM ledger")).scalar() == 1


def test_a_snapshot_does_not_see_what_is_written_beside_it(ledger):
    count = text("SELECT count(*) FROM tenants")
    with ledger.snapshot() as connection:
        assert connection.execute(count).scalar() == 0
        ledger.tenants.add("acme")
        assert connection.execute(count).scalar() == 0
    with ledger.reading() as connection:
        assert connection.execute(count).scalar() == 1


WRITER = """
import sys
from pathlib import Path
from multistore.ledger.ledger import open_ledger

ledger = open_ledger(sys.argv[1], base=Path(sys.argv[2]))
for number in range(40):
    ledger.tenants.add(f"tenant-{sys.argv[3]}-{number}")
"""


def test_several_processes_write_at_once(ledger, url, tmp_path):
    from multistore.ledger import chain
    from multistore.ledger.schema import events

    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, str(tmp_path), str(number)])
        for number in range(4)
    ]
    assert [writer.wait(120) for writer in writers] == [0] * 4
    assert len(list(ledger.tenants.list())) == 160
    # And their events are one unbroken chain.
    with ledger.reading() as connection:
        entries = list(chain.entries(connection, events))
    assert len(entries) == 160
    assert chain.verify("events", ledger.id, entries) is None


def test_a_writer_waits_for_another_one(ledger):
    """Both take the lock when they begin: no 'database is locked' in the middle."""
    from threading import Thread

    def add(name):
        for number in range(20):
            ledger.tenants.add(f"{name}-{number}")

    threads = [Thread(target=add, args=(f"tenant-{index}",)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(ledger.tenants.list())) == 160


def test_a_child_of_a_fork_has_connections_of_its_own(ledger):
    ledger.tenants.add("acme")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            ledger.tenants.add("bolt")
            ledger.close()
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [tenant.name for tenant in ledger.tenants.list()] == ["acme", "bolt"]


def test_a_fork_inside_a_transaction_does_not_wait_for_itself(tmp_path):
    made = open_ledger("sqlite:///ledger.db", base=tmp_path)
    with made.writing():
        child = os.fork()
        if child == 0:
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    made.tenants.add("acme")
    made.close()


def test_after_close_it_says_so(ledger):
    ledger.close()
    ledger.close()
    with pytest.raises(ClosedError):
        ledger.tenants.add("acme")


@pytest.mark.parametrize("do", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_not_pickled(ledger, do):
    with pytest.raises(TypeError, match="from the configuration"):
        do(ledger)


def test_no_password_is_shown(ledger):
    shown = " ".join([repr(ledger), str(ledger.address), repr(ledger.address), str(vars(ledger))])
    assert "canary-password" not in shown


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:canary@h/db", "begins with postgresql:// and names no driver"),
        ("postgres://u:canary@h/db", "begins with postgres:// and names no driver"),
        ("postgresql+asyncpg://u:canary@h/db", "cannot be kept in postgresql.asyncpg"),
        ("mysql://u:canary@h/db", "cannot be kept in mysql"),
        ("postgresql+psycopg://u:canary@h", "names no database"),
        ("ledger.db", "not given as a URL"),
        ("canary", "not given as a URL"),
        ("", "not given as a URL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///file:ledger?mode=memory", "names no file|only name a file"),
        ("sqlite:///ledger.db?timeout=1", "may only name a file"),
        ("sqlite://host/ledger.db", "may only name a file"),
        ("sqlite+aiosqlite:///ledger.db", "cannot be kept in sqlite.aiosqlite"),
    ],
)
def test_a_url_that_cannot_be_a_ledger_is_one_line(tmp_path, url, says):
    with pytest.raises(ConfigurationError, match=says) as caught:
        open_ledger(url, base=tmp_path)
    message = str(caught.value)
    assert "\n" not in message
    assert "canary" not in message
    assert "sqlite:///multistore.db" in message  # an example of what to write
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_a_missing_directory_is_one_line(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be created: No such file"):
        open_ledger("sqlite:///missing/ledger.db", base=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"not a database" * 100, b"\0" * 4096])
def test_a_file_that_is_no_database_is_one_line(tmp_path, content):
    (tmp_path / "ledger.db").write_bytes(content)
    with pytest.raises((ConfigurationError, UnavailableError)) as caught:
        open_ledger("sqlite:///ledger.db", base=tmp_path)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "ledger.db").read_bytes() == content


def test_another_sqlite_database_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        other.execute("CREATE TABLE customers (name)")
    other.close()
    with pytest.raises(ConfigurationError, match="something other than a ledger"):
        open_ledger("sqlite:///ledger.db", base=tmp_path)


def test_a_directory_in_the_files_place_is_one_line(tmp_path):
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(UnavailableError, match="unable to open database file"):
        open_ledger("sqlite:///ledger.db", base=tmp_path)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda url: url.replace("/ledger_", "/missing_"), "does not exist"),
        (lambda url: "postgresql+psycopg://u:canary-password@127.0.0.1:9/x", "refused"),
    ],
    ids=["another database", "nobody there"],
)
def test_a_database_that_is_away_is_one_line(postgres_url, tmp_path, change, says):
    with pytest.raises(UnavailableError, match=says) as caught:
        open_ledger(change(postgres_url), base=tmp_path)
    message = str(caught.value)
    assert "\n" not in message
    assert "canary-password" not in message
    assert caught.value.retryable


@pytest.mark.postgres
def test_a_server_that_restarts_is_connected_to_again(postgres_url, tmp_path):
    made = open_ledger(postgres_url, base=tmp_path)
    made.tenants.add("acme")
    with made.reading() as connection:
        mine = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    other = open_ledger(postgres_url, base=tmp_path)
    with other.reading() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend({mine})"))
    assert made.tenants.get("acme").name == "acme"
    made.close()
    other.close()

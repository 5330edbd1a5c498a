"""Key backups: authenticated, whole or not at all, and only ever newer than what they replace."""

import json
import shutil
import stat
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from multistore.errors import (
    ConfigurationError,
    ConflictError,
    FormatError,
    InvalidArgumentError,
    KeyDestroyedError,
    KeyUnavailableError,
    MultistoreError,
    TamperedError,
    TruncatedError,
)
from multistore.keys import closing
from multistore.keys.backup import ORDER, write_backup
from multistore.keys.restoring import restore
from multistore.keys.rolling import roll
from multistore.ledger.schema import TenantState, metadata
from tests.keys.conftest import Place
from tests.keys.killing import killed_at

AT_ONCE = timedelta(0)


@pytest.fixture
def secrets(keyring):
    pairs = [("acme", "video"), ("acme", "backup"), ("bolt", "video")]
    return {pair: bytes(keyring.for_sealing(*pair).secret) for pair in pairs}


@pytest.fixture
def backup(keyring, secrets, place):
    file = place.base / "keys.backup"
    write_backup(keyring, file)
    return file


def restored(place, file, name="restored.db", **options):
    return restore(file, f"sqlite:///{name}", place.keys_url, base=place.base, **options)


def contents(ring):
    with ring.ledger.reading() as connection:
        return {
            table.name: connection.execute(select(table).order_by(*table.primary_key)).all()
            for table in ORDER
        }


def opened(ring, secrets):
    ring.drop()
    return {pair: bytes(ring.for_opening(*pair, 1).secret) for pair in secrets}


def test_every_table_is_in_it():
    assert {table.name for table in ORDER} == set(metadata.tables)


def test_a_lost_ledger_comes_back_row_for_row(keyring, secrets, backup, place):
    done = restored(place, backup)
    assert (done.ledger_id, done.opened, done.unreadable) == (keyring.ledger.id, 3, {})
    with Place("sqlite:///restored.db", place.base).open() as again:
        assert contents(again) == contents(keyring)
        assert opened(again, secrets) == secrets
        again.ledger.tenants.add("cord")
        again.for_sealing("cord", "video")


def test_it_moves_between_databases(keyring, secrets, backup, place, request):
    """From either database to the other: this is also how an embedded ledger grows up."""
    url = "sqlite:///other.db" if "postgres" in place.ledger_url else None
    url = url or request.getfixturevalue("postgres_url")
    restore(backup, url, place.keys_url, base=place.base)
    with Place(url, place.base).open() as again:
        assert contents(again) == contents(keyring)
        assert opened(again, secrets) == secrets


def test_every_kind_of_value_survives(keyring, secrets, place):
    from datetime import date

    keyring.ledger.tenants.move(
        "acme",
        TenantState.ENDING,
        reason="契約終了 🎓",
        contract_end=date(2026, 11, 30),
        stop_by=datetime(2026, 12, 7, 14, 59, 59, 999999, tzinfo=UTC),
    )
    before = keyring.ledger.tenants.get("acme")
    write_backup(keyring, place.base / "b")
    restored(place, place.base / "b")
    with Place("sqlite:///restored.db", place.base).open() as again:
        assert again.ledger.tenants.get("acme") == before


def test_it_is_its_owners_alone_and_holds_no_key(keyring, secrets, backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    data = backup.read_bytes()
    for secret in secrets.values():
        assert secret not in data
        assert secret.hex().encode() not in data


def test_an_older_file_is_replaced_and_nothing_else_is_left(keyring, backup, place):
    before = backup.read_bytes()
    write_backup(keyring, backup)
    assert backup.read_bytes() != before
    assert [path.name for path in place.base.glob(".*")] == []


def test_a_backup_that_was_killed_leaves_the_old_one(tmp_path):
    base = tmp_path / "template"
    base.mkdir()
    place = Place("sqlite:///ledger.db", base)
    with place.open() as ring:
        ring.ledger.tenants.add("acme")
        ring.for_sealing("acme", "video")
        write_backup(ring, base / "b")

    def work(base):
        with Place("sqlite:///ledger.db", base).open() as ring:
            write_backup(ring, base / "b")

    shutil.copytree(base, tmp_path / "whole")
    (tmp_path / "whole" / "keys").chmod(0o700)
    moments = killed_at(None, lambda: work(tmp_path / "whole"))
    for moment in range(moments):
        killed = tmp_path / str(moment)
        shutil.copytree(base, killed)
        (killed / "keys").chmod(0o700)
        killed_at(moment, lambda killed=killed: work(killed))
        (killed / "ledger.db").rename(killed / "lost.db")
        done = restore(killed / "b", "sqlite:///ledger.db", "local:keys/", base=killed)
        assert done.opened == 1


def test_a_dry_run_authenticates_and_writes_nothing(backup, place):
    before = sorted(place.base.iterdir())
    done = restored(place, backup, dry_run=True)
    assert done.rows["tenants"] == 2
    assert sorted(place.base.iterdir()) == before


@pytest.mark.parametrize("position", [0.1, 0.3, 0.6, 0.9])
def test_every_flipped_bit_is_refused(backup, place, position):
    data = bytearray(backup.read_bytes())
    data[int(len(data) * position)] ^= 1
    backup.write_bytes(data)
    with pytest.raises((TamperedError, FormatError)):
        restored(place, backup)
    assert not (place.base / "restored.db").exists()


def test_a_flipped_bit_in_the_tag_is_refused(backup, place):
    data = bytearray(backup.read_bytes())
    data[-10] ^= 1
    backup.write_bytes(data)
    with pytest.raises(TamperedError):
        restored(place, backup)


@pytest.mark.parametrize("cut", [1, 3, 76, 77, 500])
def test_a_cut_file_is_refused(backup, place, cut):
    backup.write_bytes(backup.read_bytes()[:-cut])
    with pytest.raises((TruncatedError, TamperedError)):
        restored(place, backup)
    assert not (place.base / "restored.db").exists()


@pytest.mark.parametrize("extra", [b"\n", b"{}\n", b'{"hmac":"00"}\n'])
def test_an_appended_line_is_refused(backup, place, extra):
    backup.write_bytes(backup.read_bytes() + extra)
    with pytest.raises((TruncatedError, TamperedError)):
        restored(place, backup)


def test_a_line_that_was_taken_out_is_refused(backup, place):
    lines = backup.read_bytes().splitlines(keepends=True)
    backup.write_bytes(b"".join(line for line in lines if not line.startswith(b'{"erasure_log"')))
    with pytest.raises(TamperedError):
        restored(place, backup)


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (b"", FormatError, "not a key backup"),
        (b"multistore key backup 2\n{}\n", FormatError, "not a key backup"),
        (b"multistore key backup 1\n", FormatError, "head is damaged"),
        (b"multistore key backup 1\n[]\n", FormatError, "head is damaged"),
        (b"multistore key backup 1\n{}\n", FormatError, "head is damaged"),
        (b'multistore key backup 1\n{"schema":"9999"}\n', FormatError, "another version"),
    ],
)
def test_what_is_no_backup_is_refused(place, keyring, content, error, says):
    file = place.base / "b"
    file.write_bytes(content)
    with pytest.raises(error, match=says):
        restored(place, file)


def test_a_file_that_is_not_there_is_one_line(place):
    with pytest.raises(InvalidArgumentError, match="No such file"):
        restored(place, place.base / "missing")


def test_a_backup_needs_its_key_service(keyring, backup, place):
    (place.base / "keys").rename(place.base / "elsewhere")
    with pytest.raises(KeyUnavailableError, match="there is no master key"):
        restored(place, backup)
    assert not (place.base / "restored.db").exists()


def test_another_ledgers_backup_is_refused(keyring, secrets, place, tmp_path):
    """By its key directory, and by its ledger."""
    (tmp_path / "other").mkdir()
    other = Place("sqlite:///other.db", tmp_path / "other")
    with other.open() as foreign:
        foreign.ledger.tenants.add("acme")
        foreign.for_sealing("acme", "video")
        write_backup(foreign, tmp_path / "foreign")
    with pytest.raises(KeyUnavailableError):
        restored(place, tmp_path / "foreign")
    with pytest.raises(ConfigurationError, match="is of ledger"):
        restore(tmp_path / "foreign", place.ledger_url, "local:other/keys", base=tmp_path)
    assert opened(keyring, secrets) == secrets


def test_a_backup_that_is_older_than_the_ledger_is_refused(keyring, secrets, backup, place):
    keyring.ledger.tenants.add("cord")
    with pytest.raises(ConflictError, match="has gone on since"):
        restore(backup, place.ledger_url, place.keys_url, base=place.base)
    keyring.ledger.tenants.get("cord")


def test_a_backup_of_before_a_roll_is_refused(keyring, secrets, backup, place):
    roll(keyring, backup=place.base / "newer")
    with pytest.raises(KeyUnavailableError, match="is disabled"):
        restored(place, backup)
    roll(keyring, backup=place.base / "newer", soak=AT_ONCE)
    with pytest.raises(KeyDestroyedError):
        restored(place, backup)
    assert restored(place, place.base / "newer").opened == 3


def test_a_backup_of_before_a_kek_that_the_directory_holds_is_refused(
    keyring, secrets, backup, place
):
    closing.close_tenant(keyring, "acme", reason="the contract ended")
    with pytest.raises(KeyUnavailableError, match="KEK 2, which this ledger does not know"):
        restored(place, backup)
    assert not (place.base / "restored.db").exists()


def test_a_ledger_over_which_it_was_restored_serves_what_the_backup_has(keyring, secrets, place):
    """The database rolls back to an old copy, the keys roll forward."""
    write_backup(keyring, place.base / "old")
    restored(place, place.base / "old")
    keyring.for_sealing("bolt", "access-log")
    write_backup(keyring, place.base / "new")
    with Place("sqlite:///restored.db", place.base).open() as old:
        assert old.scope_id("bolt", "access-log") is None
    restored(place, place.base / "new")
    with Place("sqlite:///restored.db", place.base).open() as again:
        assert again.scope_id("bolt", "access-log") is not None
        assert contents(again) == contents(keyring)


def test_keys_that_nobody_opens_are_named(keyring, secrets, place):
    closing.close_tenant(keyring, "acme", reason="the contract ended")
    write_backup(keyring, place.base / "b")
    (file,) = (place.base / "keys").glob("*-2.key")
    file.rename(file.with_suffix(".disabled"))
    done = restored(place, place.base / "b")
    assert done.opened == 1
    assert list(done.unreadable) == [2]
    assert "is disabled" in done.unreadable[2]


def test_100_000_rows_need_one_page_of_memory(sqlite_place):
    """Not timed: the pages are counted."""
    import multistore.keys.restoring as module

    with sqlite_place.open() as ring:
        for number in range(50):
            ring.ledger.tenants.add(f"tenant-{number}")
        write_backup(ring, sqlite_place.base / "b")
    pages = []
    original = module._PAGE
    try:
        module._PAGE = 20
        for table, page in module._pages(sqlite_place.base / "b"):
            pages.append((table.name, len(page)))
    finally:
        module._PAGE = original
    assert [size for name, size in pages if name == "tenants"] == [20, 20, 10]


def test_a_line_is_json_that_people_can_read(backup):
    lines = backup.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "multistore key backup 1"
    head = json.loads(lines[1])
    assert head["rows"]["tenants"] == 2
    assert [json.loads(line)["tenants"]["name"] for line in lines if '{"tenants"' in line] in (
        ["acme", "bolt"],
        ["bolt", "acme"],
    )


def test_a_directory_that_does_not_take_it_is_one_line(keyring, place):
    with pytest.raises(InvalidArgumentError, match="not a directory"):
        write_backup(keyring, place.base / "missing" / "b")
    target = place.base / "taken"
    target.mkdir()
    with pytest.raises(InvalidArgumentError, match="is a directory"):
        write_backup(keyring, target)
    with pytest.raises(InvalidArgumentError, match="cannot be written"):
        write_backup(keyring, place.base / ("x" * 300))
    assert list(target.iterdir()) == []


def test_no_message_shows_the_password(place, backup):
    with pytest.raises(MultistoreError) as caught:
        restore(
            backup,
            "postgresql+psycopg://u:canary-password@127.0.0.1:9/x",
            place.keys_url,
            base=place.base,
        )
    assert "canary-password" not in str(caught.value)

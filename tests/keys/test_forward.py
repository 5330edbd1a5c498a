"""Data rolls back, keys roll forward: a restored ledger cannot forget an erasure."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from multistore.errors import (
    ConfigurationError,
    KeyDestroyedError,
    KeyUnavailableError,
    MultistoreError,
    TamperedError,
)
from multistore.keys import closing, ending
from multistore.keys.backup import write_backup
from multistore.keys.keyring import Keyring
from multistore.keys.kms.local import LocalKms
from multistore.keys.restoring import restore
from multistore.keys.rolling import roll
from multistore.ledger import chain, erasure_log
from multistore.ledger.ledger import open_ledger
from multistore.ledger.schema import TenantState, keks, ledger, scope_keys, tenants, wrapped_keys
from multistore.ledger.schema import erasure_log as log_table
from multistore.stores.local import LocalStore
from multistore.stores.memory import MemoryStore
from multistore.values import PutMode
from tests.keys.conftest import Place

AT_ONCE = timedelta(0)


@pytest.fixture(params=["memory", "local"])
def log(request, tmp_path):
    if request.param == "memory":
        return MemoryStore("records")
    return LocalStore("records", tmp_path / "records")


@pytest.fixture
def base(tmp_path):
    (tmp_path / "vault").mkdir()
    return tmp_path / "vault"


@pytest.fixture
def ring(base, log):
    with Place("sqlite:///ledger.db", base).open(log=log) as ring:
        for tenant in ("acme", "bolt"):
            ring.ledger.tenants.add(tenant)
            ring.for_sealing(tenant, "video")
        yield ring


def reopened(base, log, name="ledger.db"):
    return Place(f"sqlite:///{name}", base).open(log=log)


def copied(ring, base, name):
    """Copy the whole database, as a machine's backup does."""
    with ring.ledger.writing():  # nobody else is writing
        for suffix in ("", "-wal"):
            source = base / f"ledger.db{suffix}"
            if source.exists():
                shutil.copy2(source, base / f"{name}{suffix}")


def names(log):
    return [found.name for found in log.list("_multistore/")]


def test_every_entry_is_an_object_in_the_store(ring, base, log):
    assert names(log) == []
    write_backup(ring, base / "b")
    closing.close_tenant(ring, "acme", reason="the contract ended")
    closing.destroy_tenant(ring, "acme", reason="the contract ended")
    prefix = f"_multistore/erasure-log/{ring.ledger.id.hex()}/"
    assert names(log) == [f"{prefix}000000000001", f"{prefix}000000000002"]
    with ring.ledger.reading() as connection:
        entries = list(chain.entries(connection, log_table))
    assert [entry.content["kind"] for entry in entries] == ["keys-backed-up", "keys-destroyed"]
    assert chain.verify("erasure_log", ring.ledger.id, entries) is None
    # It names the tenant by its number, and the key by its fingerprint.
    assert "acme" not in entries[1].body
    assert len(entries[1].content["keys"]) == 1


def test_an_old_copy_does_not_serve_until_the_newest_artifact_is_restored(ring, base, log):
    copied(ring, base, "old.db")
    write_backup(ring, base / "b")
    with pytest.raises(
        KeyUnavailableError, match=r"old copy.*goes on to entry 1.*ends at 0.*keys restore"
    ):
        reopened(base, log, "old.db")
    restore(base / "b", "sqlite:///old.db", "local:keys/", base=base, log=log)
    with reopened(base, log, "old.db") as again:
        again.for_sealing("acme", "video")


def test_an_old_copy_that_is_put_under_a_running_process_stops_it(ring, base, log):
    """The head is asked again whenever a KEK is fetched."""
    copied(ring, base, "old.db")
    write_backup(ring, base / "b")
    old = Keyring(open_ledger("sqlite:///old.db", base=base), ring.kms, log=log)
    with pytest.raises(KeyUnavailableError, match="old copy"):
        old.for_sealing("acme", "video")
    old.ledger.close()


def test_an_older_artifact_is_refused(ring, base, log):
    write_backup(ring, base / "older")
    write_backup(ring, base / "newest")
    for _ in range(2):
        with pytest.raises(KeyUnavailableError, match=r"goes on to entry 2.*ends at 1"):
            restore(base / "older", "sqlite:///again.db", "local:keys/", base=base, log=log)
        assert not (base / "again.db").exists()
    restore(base / "newest", "sqlite:///again.db", "local:keys/", base=base, log=log)
    reopened(base, log, "again.db").close()


def test_a_ledger_with_a_log_does_not_open_without_it(ring, base, log):
    write_backup(ring, base / "b")
    with pytest.raises(ConfigurationError, match="erasure log is kept in the store 'records'"):
        reopened(base, None)
    with pytest.raises(ConfigurationError, match="erasure log is kept in the store 'records'"):
        restore(base / "b", "sqlite:///again.db", "local:keys/", base=base)


def test_two_copies_that_both_went_on_are_told(ring, base, log):
    copied(ring, base, "fork.db")
    write_backup(ring, base / "b")
    # Whoever runs the copy without the log, and shows it the log afterwards:
    with Keyring(open_ledger("sqlite:///fork.db", base=base), ring.kms) as fork:
        write_backup(fork, base / "fork")
    with pytest.raises(TamperedError, match="another one in the store"):
        reopened(base, log, "fork.db")


def test_an_edited_entry_in_the_store_is_told(ring, base, log):
    from multistore.stores.base import Body

    write_backup(ring, base / "b")
    (name,) = names(log)
    data = bytes(log.get(name, erasure_log.Span(0, 9999)).data).replace(
        b"keys-backed-up", b"keys-backed-UP"
    )
    log.put(name, Body([data], len(data)), mode=PutMode.OVERWRITE)
    with pytest.raises(TamperedError, match="another one in the store"):
        reopened(base, log)


def test_a_store_that_is_away_stops_the_start(ring, base):
    from multistore.errors import UnavailableError

    class Away(MemoryStore):
        def list(self, *_, **__):
            raise UnavailableError("the store does not answer")

    with pytest.raises(UnavailableError):
        reopened(base, Away("records"))


def test_what_was_not_written_out_is_written_at_the_next_occasion(ring, base, log, monkeypatch):
    """A crash between the ledger's transaction and the store."""
    closing.close_tenant(ring, "acme", reason="the contract ended")

    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(erasure_log, "_write", crash)
    with pytest.raises(KeyboardInterrupt):
        closing.destroy_tenant(ring, "acme", reason="the contract ended")
    monkeypatch.undo()
    assert names(log) == []
    with ring.ledger.reading() as connection:
        states = dict.fromkeys(connection.execute(select(keks.c.state)).scalars())
    assert list(states) == ["current"]  # no master key ends before the log says so outside
    closing.destroy_tenant(ring, "acme", reason="the contract ended")
    assert len(names(log)) == 1


def test_a_log_of_many_entries_is_read_from_its_end(ring, base, log, monkeypatch):
    for _ in range(12):
        with ring.ledger.writing() as connection:
            chain.append(connection, log_table, ring.ledger.id, "keys-backed-up", kek=1)
    erasure_log.publish(ring.ledger, log)
    asked = []
    listing = type(log).list

    def watched(store, prefix, *, delimiter=None, start_after=None):
        for found in listing(store, prefix, delimiter=delimiter, start_after=start_after):
            asked.append(found.name)
            yield found

    monkeypatch.setattr(type(log), "list", watched)
    reopened(base, log).close()
    assert len(asked) == 1


# The whole story: a tenant is erased on day 60, and backups of days 0, 5, 30 and 65 are restored
# on day 65.


class Days:
    """The calendar of a key service: its keys end when their date comes."""

    def __init__(self):
        self.day = 0

    def __call__(self):
        return datetime(2026, 4, 1, tzinfo=UTC) + timedelta(days=self.day)


@pytest.fixture
def story(base, log):
    days = Days()
    kms = LocalKms(base / "keys", url="local:keys/", clock=days)
    kms.min_wait_days = 7
    ring = Keyring(open_ledger("sqlite:///ledger.db", base=base), kms, log=log)

    def at(day):
        days.day = day
        ending.settle(ring, now=days())

    def saved(name):
        write_backup(ring, base / f"keys-{name}")
        copied(ring, base, f"day-{name}.db")

    for tenant in ("leaver", "survivor"):
        ring.ledger.tenants.add(tenant)
    secrets = {
        name: bytes(ring.for_sealing(name, "video").secret) for name in ("leaver", "survivor")
    }
    secrets["log"] = bytes(ring.for_sealing("leaver", "access-log").secret)
    saved("0")
    # T0, the stop
    closing.close_tenant(ring, "leaver", reason="contract ended", surviving=["access-log"])
    at(5)
    saved("5")
    at(29)  # the next regular roll
    roll(ring, backup=base / "keys-29", soak=AT_ONCE, wait=timedelta(days=30))
    at(30)
    saved("30")
    at(52)
    closing.schedule_tenant(ring, "leaver", timedelta(days=7))
    at(60)
    closing.destroy_tenant(ring, "leaver", reason="60 days after the stop")
    with ring.ledger.reading() as connection:
        ended = {row.no: row.state for row in connection.execute(select(keks))}
    assert ended == {1: "destroyed", 2: "destroyed", 3: "current"}
    at(65)
    saved("65")
    yield ring, days, secrets
    ring.close()


def old_copy(base, name, ring):
    """Open an old copy as an attacker would: past the log, the ledger itself untouched."""
    return Keyring(open_ledger(f"sqlite:///day-{name}.db", base=base), ring.kms)


def force_active(ring):
    """An attacker who can write to the ledger says that nothing was ever stopped or destroyed."""
    with ring.ledger.writing() as connection:
        connection.execute(update(tenants).values(state=TenantState.ACTIVE.value))
        connection.execute(update(scope_keys).values(destroyed_at=None))
        connection.execute(
            update(keks).where(keks.c.ciphertext.is_not(None)).values(state="retiring")
        )
        connection.execute(delete(log_table))
        connection.execute(update(ledger).values(log_store=None))
    ring.drop()


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("0", "master key local:[0-9a-f]+-1 was destroyed"),
        ("5", "master key local:[0-9a-f]+-2 was destroyed"),
        ("30", "master key local:[0-9a-f]+-2 was destroyed"),
        ("65", "the ledger has lost the key of leaver/video"),
    ],
)
def test_an_erased_tenants_key_opens_from_no_backup(story, base, day, says):
    ring, _, _ = story
    copy = old_copy(base, day, ring)
    force_active(copy)
    with pytest.raises((KeyDestroyedError, KeyUnavailableError), match=says):
        copy.for_opening("leaver", "video", 1)
    copy.ledger.close()


@pytest.mark.parametrize("day", ["0", "5", "30", "65"])
def test_nor_from_an_artifact(story, base, day, log):
    _, _, secrets = story
    try:
        restore(base / f"keys-{day}", "sqlite:///again.db", "local:keys/", base=base, log=log)
    except MultistoreError:
        assert day != "65"
        assert not (base / "again.db").exists()
        return
    assert day == "65"
    with reopened(base, log, "again.db") as again:
        assert bytes(again.for_opening("survivor", "video", 1).secret) == secrets["survivor"]
        with pytest.raises(KeyDestroyedError):
            again.for_opening("leaver", "video", 1)


@pytest.mark.parametrize(("day", "opens"), [("0", False), ("5", False), ("30", True), ("65", True)])
def test_a_survivors_key_opens_from_the_two_latest(story, base, day, opens):
    ring, _, secrets = story
    copy = old_copy(base, day, ring)
    force_active(copy)
    if opens:
        assert bytes(copy.for_opening("survivor", "video", 1).secret) == secrets["survivor"]
        assert bytes(copy.for_opening("leaver", "access-log", 1).secret) == secrets["log"]
    else:
        with pytest.raises(KeyDestroyedError, match="-1 was destroyed"):
            copy.for_opening("survivor", "video", 1)
    copy.ledger.close()


@pytest.mark.parametrize("day", ["0", "5", "30"])
def test_no_old_copy_serves_at_all(story, base, day, log):
    with pytest.raises(KeyUnavailableError, match="old copy"):
        reopened(base, log, f"day-{day}.db")


def test_the_newest_copy_serves(story, base, log):
    _, _, secrets = story
    with reopened(base, log, "day-65.db") as copy:
        assert bytes(copy.for_opening("survivor", "video", 1).secret) == secrets["survivor"]


def test_restored_data_is_read_with_the_keys_of_today(story, base, log):
    """Day 30's database comes back with the data, and the newest artifact over it."""
    _, _, secrets = story
    restore(base / "keys-65", "sqlite:///day-30.db", "local:keys/", base=base, log=log)
    with reopened(base, log, "day-30.db") as copy:
        assert bytes(copy.for_opening("survivor", "video", 1).secret) == secrets["survivor"]
        with pytest.raises(MultistoreError):
            copy.for_opening("leaver", "video", 1)
        with copy.ledger.reading() as connection:
            left = connection.execute(select(wrapped_keys)).all()
    assert len(left) == 2  # the survivor's, and the access log's

"""LOG-005: how the newest entries of our own log are dated, in a real ledger of either kind."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from multistore import config
from multistore.compliance.collect.log_dates import CALL, NEWEST, dates
from multistore.compliance.collect.reader import Reader
from multistore.compliance.model import Resource, Status
from multistore.ledger import chain
from multistore.ledger.ledger import open_ledger
from multistore.ledger.schema import erasure_log, events
from multistore.residency.catalog import Catalog
from tests.compliance.worlds import ABSENT, LOST, World, settings

OWN = Resource("configuration", "configuration", "c", "multistore", role="account")
STORES = {"disk": {"provider": "local", "path": "data", "accepts": ["video"]}}
# The worlds' own time is 2026-11-24T03:00:00Z.
GOOD_DATE = "2026-11-24T02:59:59.000001+00:00"


def said(value, why="AccessDenied", **more):
    about = World(settings(STORES), [OWN], {"configuration": {CALL: value}}, **more)
    return about.findings("LOG-005", "configuration", why)


def chains(*at, log=()):
    return {
        "events": [{"seq": 9 - n, "at": one} for n, one in enumerate(at)],
        "erasure_log": [{"seq": 4 - n, "at": one} for n, one in enumerate(log)],
    }


@pytest.mark.parametrize(
    ("value", "status", "word"),
    [
        (chains(GOOD_DATE, "2026-11-24T02:59:59Z", log=[GOOD_DATE]), Status.PASS, "newest 3"),
        (chains(log=[GOOD_DATE]), Status.PASS, "newest 1"),
        (chains("2026-11-24T03:00:04+00:00"), Status.PASS, "newest 1"),
        (chains(GOOD_DATE, "2026-11-24T02:00:00"), Status.FAIL, "Entry 8 of events"),
        (chains(GOOD_DATE, log=["2026-11-24T02:00:00"]), Status.FAIL, "Entry 4 of erasure_log"),
        (chains("2026-11-24T02:00:00"), Status.FAIL, "without an offset"),
        (chains("2026-11-24T11:59:00+09:00"), Status.FAIL, "which is not UTC"),
        (chains("2026-11-24T12:00:00+00:00"), Status.FAIL, "later than now"),
        (chains("yesterday"), Status.FAIL, "no date that can be read"),
        (chains(None), Status.FAIL, "no date that can be read"),
        (chains(), Status.NA, "Nothing has been written"),
        (ABSENT, Status.NA, "no ledger"),
        ({"events": [{"seq": 1, "at": GOOD_DATE}]}, Status.UNKNOWN, "another shape"),
        ({**chains(), "events": "x"}, Status.UNKNOWN, "another shape"),
    ],
)
def test_a_date_is_utc_with_its_offset_or_it_is_told(value, status, word):
    (found,) = said(value)
    assert found.status is status
    assert word in found.text.en
    assert found.text.ja
    assert bool(found.remedy) is (status is Status.FAIL)


@pytest.mark.parametrize("how", LOST)
def test_what_could_not_be_read_is_unknown(how):
    value, why = LOST[how]
    assert {finding.status for finding in said(value, why)} == {Status.UNKNOWN}


# --- a real ledger --------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request):
    if request.param == "sqlite":
        return "sqlite:///ledger.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def look(url, tmp_path):
    """Read the ledger as the check does, and judge what came."""
    raw = {
        "vault": {"ledger": url, "keys": "local:keys"},
        "stores": STORES,
        "collections": {"video": {"store": "disk"}},
    }
    reader = Reader(config.parse(raw, base=tmp_path), Catalog.load(), {})

    def looked():
        (answer,) = dates(OWN, reader)
        (found,) = said(answer.value if answer.status == "read" else ABSENT, now=datetime.now(UTC))
        return answer, found

    yield looked
    reader.close()


@pytest.fixture
def in_tokyo(monkeypatch):
    """The zone of this process, which no date may follow."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def written(ledger, table, body):
    with ledger.writing() as connection:
        last = chain.head(connection, table)
        seq = last.seq + 1 if last else 1
        connection.execute(insert(table).values(seq=seq, body=body, hash=bytes(32)))


@pytest.mark.usefixtures("in_tokyo")
def test_what_multistore_writes_is_in_utc_whatever_the_zone(url, tmp_path, look):
    ledger = open_ledger(url, base=tmp_path)
    for number in range(NEWEST + 5):
        ledger.tenants.add(f"school-{number}")
    with ledger.writing() as connection:
        chain.append(connection, erasure_log, ledger.id, "keys-destroyed")
    ledger.close()
    answer, found = look()
    assert found.status is Status.PASS, found.text.en
    assert [len(answer.value[name]) for name in ("events", "erasure_log")] == [NEWEST, 1]
    assert answer.value["events"][0]["seq"] >= NEWEST + 5, "the newest come first"
    assert "school" not in str(answer.value)


@pytest.mark.parametrize("table", [events, erasure_log], ids=lambda table: table.name)
@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"kind": "x", "at": "2026-01-01T09:00:00"}),
        json.dumps({"kind": "x", "at": "2026-01-01T09:00:00+09:00"}),
        json.dumps({"kind": "x", "at": 5}),
        json.dumps({"kind": "x"}),
        "[]",
        "no JSON",
    ],
)
def test_an_entry_that_is_dated_otherwise_is_found(url, tmp_path, look, table, body):
    ledger = open_ledger(url, base=tmp_path)
    ledger.tenants.add("acme")
    written(ledger, table, body)
    ledger.close()
    _, found = look()
    assert found.status is Status.FAIL
    assert f"of {table.name}" in found.text.en


def test_no_ledger_is_founded_to_look_into(look, tmp_path):
    answer, found = look()
    assert (answer.status, answer.why) == ("absent", "NoLedger")
    assert found.status is Status.NA
    assert list(Path(tmp_path).iterdir()) == []


def test_a_ledger_that_is_none_is_unreadable(tmp_path):
    (tmp_path / "l.db").write_bytes(b"this is no database" * 100)
    raw = {
        "vault": {"ledger": "sqlite:///l.db", "keys": "local:keys"},
        "stores": STORES,
        "collections": {"video": {"store": "disk"}},
    }
    reader = Reader(config.parse(raw, base=tmp_path), Catalog.load(), {})
    (answer,) = dates(OWN, reader)
    reader.close()
    assert answer.status == "unreadable"

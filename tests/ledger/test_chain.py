"""The chain: computed a second time, and broken in every way."""

import hashlib

import pytest
from sqlalchemy import delete, select, update

from multistore.ledger import chain
from multistore.ledger.schema import erasure_log, events


@pytest.fixture
def filled(ledger):
    with ledger.writing() as connection:
        for number in range(1, 6):
            chain.append(connection, events, ledger.id, "hold-placed", number=number, reason="監査")
    return ledger


def read(ledger, table=events):
    with ledger.reading() as connection:
        return list(chain.entries(connection, table))


def verify(ledger):
    return chain.verify("events", ledger.id, read(ledger))


def test_the_hash_is_what_the_specification_says(filled):
    previous = bytes(32)
    for entry in read(filled):
        text = b"multistore-chain-v1\x00events\x00" + filled.id + entry.seq.to_bytes(8, "big")
        previous = hashlib.sha256(text + previous + entry.body.encode()).digest()
        assert entry.hash == previous


def test_it_holds(filled):
    assert verify(filled) is None
    assert [entry.seq for entry in read(filled)] == [1, 2, 3, 4, 5]
    assert read(filled)[2].content["reason"] == "監査"


def test_two_chains_do_not_mix(filled):
    with filled.writing() as connection:
        first = chain.append(connection, erasure_log, filled.id, "keys-destroyed")
    assert first.seq == 1
    assert chain.verify("erasure_log", filled.id, read(filled, erasure_log)) is None
    assert chain.verify("events", filled.id, read(filled, erasure_log)).fault == "edited"
    assert chain.verify("events", bytes(16), read(filled)).fault == "edited"


def test_an_edit_is_told(filled):
    with filled.writing() as connection:
        body = connection.execute(select(events.c.body).where(events.c.seq == 3)).scalar()
        connection.execute(
            update(events).where(events.c.seq == 3).values(body=body.replace("監査", "訴訟"))
        )
    assert verify(filled) == chain.Break(3, "edited")


def test_an_edit_that_mends_its_own_hash_breaks_the_next(filled):
    entries = read(filled)
    body = entries[2].body.replace("監査", "訴訟")
    mended = chain.link("events", filled.id, 3, entries[1].hash, body)
    with filled.writing() as connection:
        connection.execute(update(events).where(events.c.seq == 3).values(body=body, hash=mended))
    assert verify(filled) == chain.Break(4, "edited")


def test_a_gap_is_told(filled):
    with filled.writing() as connection:
        connection.execute(delete(events).where(events.c.seq == 2))
    assert verify(filled) == chain.Break(2, "missing")


def test_a_change_of_order_is_told(filled):
    with filled.writing() as connection:
        for old, new in [(2, 99), (3, 2), (99, 3)]:
            connection.execute(update(events).where(events.c.seq == old).values(seq=new))
    assert verify(filled) == chain.Break(2, "reordered")


def test_an_entry_that_was_cut_out_is_told_though_the_others_were_numbered_anew(filled):
    with filled.writing() as connection:
        connection.execute(delete(events).where(events.c.seq == 2))
        for old in (3, 4, 5):
            connection.execute(update(events).where(events.c.seq == old).values(seq=old - 1))
    assert verify(filled) == chain.Break(2, "missing")


def test_an_entry_that_was_slipped_in_is_told(filled):
    with filled.writing() as connection:
        for old in (5, 4, 3):
            connection.execute(update(events).where(events.c.seq == old).values(seq=old + 1))
        connection.execute(events.insert().values(seq=3, body="{}", hash=bytes(32)))
    assert verify(filled) == chain.Break(3, "reordered")


def test_a_cut_end_shows_against_a_head_from_elsewhere_only(filled):
    with filled.reading() as connection:
        head = chain.head(connection, events)
    with filled.writing() as connection:
        connection.execute(delete(events).where(events.c.seq == 5))
    assert verify(filled) is None
    with filled.reading() as connection:
        assert chain.head(connection, events) != head


def test_entries_come_in_pages_behind_a_cursor(ledger):
    with ledger.writing() as connection:
        for _ in range(1_500):
            chain.append(connection, events, ledger.id, "hold-placed")
    with ledger.reading() as connection:
        assert [entry.seq for entry in chain.entries(connection, events, 1_200)] == list(
            range(1_201, 1_501)
        )
    assert verify(ledger) is None


def test_an_entry_and_its_cause_are_one_transaction(ledger):
    def fails():
        with ledger.writing() as connection:
            chain.append(connection, events, ledger.id, "hold-placed")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert read(ledger) == []

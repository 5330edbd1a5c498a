"""The floors do the whole of what they stand for; a page shows those that its run has."""

from __future__ import annotations

import os

from benchmarks import floors, sealed_then_sent

from multistore.sealing.framing import CHUNK_LOG2
from multistore.stores.base import Limits

CHUNK = 1 << CHUNK_LOG2


def test_every_share_is_copied():
    source, target = os.urandom(64), bytearray(64)
    floors._shared(2, 64, floors._copied(source, target))
    assert target == source


def test_all_of_the_source_is_sealed_once_into_parts_that_take_turns(monkeypatch):
    given = []

    def seal_into(_keys, number, plain, out):
        given.append((number, bytes(plain), id(out)))
        assert len(plain) + 16 * (len(plain) // CHUNK) <= len(out)

    monkeypatch.setattr(sealed_then_sent, "seal_into", seal_into)
    monkeypatch.setattr(sealed_then_sent, "Limits", lambda: Limits(part_size=4 * CHUNK))
    source = os.urandom(CHUNK) * (13 * 3)  # three chunks with their tags fit such a part
    sealed_then_sent.sealing(source)()
    assert [number for number, _, _ in given] == [3 * n for n in range(13)]
    assert b"".join(plain for _, plain, _ in given) == source
    assert len({part for _, _, part in given}) == 10


def test_a_page_of_a_run_before_a_floor_existed_shows_the_others():
    old = {"memcpy": {"unit": "bytes", "rates": [10e9, 11e9, 12e9]}}
    assert floors.shown(old, floors.beside("put", "bytes")) == [
        f"  {'memcpy':36}    11.00 GB/s (10.00-12.00)"
    ]

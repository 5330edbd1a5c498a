"""The header: one bit of it changed is an error before any plaintext; its keys stay hidden."""

from __future__ import annotations

import copy
import gc
import pickle
from datetime import UTC, datetime

import pytest

from multistore.errors import FormatError, IntegrityError, KeyUnavailableError
from multistore.sealing.header import Core, Header, ObjectKeys
from multistore.values import PutMode
from tests.sealing.inner import NAME, put, raw, sealed, tamper

CORE = Core(17, length_unknown=False, key_version=3, scope_id=bytes(16), salt=bytes(range(32)))


def test_encode_and_parse():
    keys = ObjectKeys(bytearray(32), CORE)
    header = Header(CORE, 5, 1_000_001, keys.name_tag("a"), bytes(32)).signed(keys)
    encoded = header.encode()
    assert len(encoded) == 160
    assert Header.parse(encoded) == header
    assert encoded[:64] == CORE.encode()
    assert header.created() == datetime(1970, 1, 1, 0, 0, 1, 1, tzinfo=UTC)


def test_a_time_beyond_the_calendar():
    with pytest.raises(FormatError):
        Header(CORE, 5, 2**64 - 1, bytes(16), bytes(32)).created()


@pytest.mark.parametrize("position", range(160))
def test_every_flipped_bit_fails_and_releases_nothing(position):
    store = sealed()
    put(store, b"the plaintext of this object", content_type="text/plain")
    good = raw(store)
    released = []
    for bit in range(8):
        bad = bytearray(good)
        bad[position] ^= 1 << bit
        tamper(store, bad)
        for read in (
            lambda: released.extend(store.open(NAME).stream()),
            lambda: released.append(store.open(NAME).read()),
            lambda: released.append(store.head(NAME)),
            lambda: released.append(store.duplicate(NAME, NAME + "2", mode=PutMode.OVERWRITE)),
        ):
            with pytest.raises((IntegrityError, KeyUnavailableError)):
                read()
    assert released == []
    tamper(store, good)
    assert store.open(NAME).read() == b"the plaintext of this object"


def test_keys_are_never_shown_pickled_or_copied():
    secret = bytearray(b"canary of a scope key, 32 bytes.")
    keys = ObjectKeys(secret, CORE)
    for text in (repr(keys), str(keys), repr(Header(CORE, 5, 1, bytes(16), bytes(32)))):
        assert "canary" not in text
        assert keys._okm.hex()[:16] not in text
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leave(keys)


def test_key_bytes_are_zeroed_with_the_last_reference():
    keys = ObjectKeys(bytearray(32), CORE)
    okm = keys._okm
    assert any(okm)
    del keys
    gc.collect()
    assert not any(okm)

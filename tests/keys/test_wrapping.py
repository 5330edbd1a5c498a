"""The formats, byte by byte: computed here a second time, from the specification's words."""

import hashlib
import hmac as mac
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from multistore.errors import TamperedError
from multistore.keys.secret import Secret, random
from multistore.keys.wrapping import (
    Slot,
    WrappingKey,
    fingerprint,
    kek_from_plaintext,
    kek_plaintext,
    owner_tag,
)

LEDGER = bytes(range(16))
SCOPE = bytes(range(16, 32))
KEK = bytes(range(100, 132))
KEY = bytes(range(200, 232))
SLOT = Slot(LEDGER, SCOPE, 3)


def hkdf_expand_32(key: bytes, info: bytes) -> bytes:
    """RFC 5869, section 2.3, for one block."""
    return mac.new(key, info + b"\x01", hashlib.sha256).digest()


def gcm_open(key: bytes, nonce: bytes, sealed: bytes, additional: bytes) -> bytes:
    decryptor = Cipher(AES(key), GCM(nonce, sealed[-16:])).decryptor()
    decryptor.authenticate_additional_data(additional)
    return decryptor.update(sealed[:-16]) + decryptor.finalize()


def test_a_wrapped_key_is_what_the_specification_says():
    wrapped = WrappingKey.derive(Secret(KEK), LEDGER, 7).wrap(Secret(KEY), SLOT)
    assert len(wrapped) == 66
    assert wrapped[:2] == b"\x01\x01"
    assert wrapped[2:6] == (7).to_bytes(4, "big")
    under = hkdf_expand_32(KEK, b"multistore-kek-wrap-v1\x00" + LEDGER + b"\x00\x00\x00\x07")
    additional = (
        b"multistore-wrap-v1\x00" + LEDGER + struct.pack(">I", 7) + SCOPE + struct.pack(">I", 3)
    )
    assert gcm_open(under, wrapped[6:18], wrapped[18:], additional) == KEY


def test_a_key_that_another_implementation_wrapped_opens():
    under = hkdf_expand_32(KEK, b"multistore-kek-wrap-v1\x00" + LEDGER + b"\x00\x00\x00\x07")
    additional = (
        b"multistore-wrap-v1\x00" + LEDGER + b"\x00\x00\x00\x07" + SCOPE + b"\x00\x00\x00\x03"
    )
    encryptor = Cipher(AES(under), GCM(bytes(12))).encryptor()
    encryptor.authenticate_additional_data(additional)
    sealed = encryptor.update(KEY) + encryptor.finalize() + encryptor.tag
    wrapped = b"\x01\x01\x00\x00\x00\x07" + bytes(12) + sealed
    # A constant, so that a change of the format cannot pass by changing both sides.
    assert wrapped.hex() == (
        "0101000000070000000000000000000000000ffe74438fc59b97afee637831100b"
        "90a49bca3f0777ef7166f25495fb463c7f4b44bc481dfb8da05f5a272c471e2f0d"
    )
    assert WrappingKey.derive(Secret(KEK), LEDGER, 7).unwrap(wrapped, SLOT) == KEY


def test_no_nonce_is_used_twice():
    key = WrappingKey.derive(random(), LEDGER, 1)
    assert len({key.wrap(Secret(KEY), SLOT)[6:18] for _ in range(100)}) == 100


@pytest.mark.parametrize("position", range(66))
def test_every_flipped_bit_is_an_error(position):
    key = WrappingKey.derive(Secret(KEK), LEDGER, 7)
    wrapped = bytearray(key.wrap(Secret(KEY), SLOT))
    wrapped[position] ^= 0x10
    with pytest.raises(TamperedError):
        key.unwrap(bytes(wrapped), SLOT)


@pytest.mark.parametrize(
    ("ledger", "number", "slot"),
    [
        (LEDGER, 7, Slot(LEDGER, SCOPE, 4)),
        (LEDGER, 7, Slot(LEDGER, bytes(16), 3)),
        (LEDGER, 7, Slot(bytes(16), SCOPE, 3)),
        (bytes(16), 7, SLOT),
        (LEDGER, 8, SLOT),
    ],
    ids=["version", "scope", "slot of another ledger", "KEK of another ledger", "KEK number"],
)
def test_a_wrapped_key_opens_in_its_own_place_only(ledger, number, slot):
    wrapped = WrappingKey.derive(Secret(KEK), LEDGER, 7).wrap(Secret(KEY), SLOT)
    with pytest.raises(TamperedError):
        WrappingKey.derive(Secret(KEK), ledger, number).unwrap(wrapped, slot)


@pytest.mark.parametrize("length", [0, 1, 65, 67])
def test_another_length_is_an_error(length):
    with pytest.raises(TamperedError, match=f"{length} bytes"):
        WrappingKey.derive(Secret(KEK), LEDGER, 7).unwrap(bytes(length), SLOT)


def test_a_kek_in_the_key_service_is_what_the_specification_says():
    plaintext = kek_plaintext(Secret(KEK), LEDGER, 7, "local:key")
    place = b"multistore-kek-v1\x00" + LEDGER + b"\x00\x00\x00\x07" + b"local:key"
    assert bytes(plaintext) == KEK + hashlib.sha256(place).digest()
    assert kek_from_plaintext(plaintext, LEDGER, 7, "local:key") == KEK


@pytest.mark.parametrize(
    "place", [(bytes(16), 7, "k"), (LEDGER, 8, "k"), (LEDGER, 7, "l")], ids=str
)
def test_a_kek_of_another_place_is_refused(place):
    with pytest.raises(TamperedError):
        kek_from_plaintext(kek_plaintext(Secret(KEK), LEDGER, 7, "k"), *place)


@pytest.mark.parametrize("length", [0, 32, 63, 65])
def test_a_kek_of_another_length_is_refused(length):
    plaintext = kek_plaintext(Secret(KEK), LEDGER, 7, "k")
    with pytest.raises(TamperedError):
        kek_from_plaintext(bytearray(plaintext.ljust(65, b"\0")[:length]), LEDGER, 7, "k")


def test_a_fingerprint_is_what_the_specification_says():
    expected = mac.new(KEY, b"multistore-key-fingerprint-v1\x00", hashlib.sha256).digest()[:16]
    assert fingerprint(Secret(KEY)) == expected


def test_an_owner_tag_is_what_the_specification_says():
    place = b"multistore-scope-owner-v1\x00" + LEDGER + SCOPE + b"\x00\x00\x00\x03" + b"acme/video"
    expected = mac.new(KEY, place, hashlib.sha256).digest()
    assert owner_tag(Secret(KEY), SLOT, "acme", "video") == expected


def test_nothing_shows_a_key():
    key = WrappingKey.derive(Secret(KEK), LEDGER, 7)
    assert repr(key) == f"WrappingKey(ledger_id={LEDGER!r}, kek_no=7)"

"""How keys are wrapped: the formats of docs/spec/ledger.md, and nothing that does I/O.

Every primitive is on CRYPTREC's e-Government Recommended list (AES-256, GCM, SHA-256, HMAC).
AES-KW is not on it, so GCM wraps the keys, under a key derived for that use alone.
"""

from __future__ import annotations

import hmac
import os
import struct
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from multistore.errors import TamperedError
from multistore.keys.secret import Secret

KEY_BYTES = 32
WRAPPED_BYTES = 66
KEK_PLAINTEXT_BYTES = 64

_HEAD = struct.Struct(">BBI")
_VERSION = 1
_AES_256_GCM = 1
_NONCE_BYTES = 12
_U32 = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Slot:
    """The one place in which a wrapped key is valid: its ledger, scope and version."""

    ledger_id: bytes
    scope_id: bytes
    key_version: int


@dataclass(frozen=True, slots=True, eq=False)
class WrappingKey:
    """What a KEK is used through: the key derived from it for wrapping scope keys.

    The key is wiped when this object is let go; OpenSSL clears what it made of it.
    """

    ledger_id: bytes
    kek_no: int
    cipher: AESGCM = field(repr=False)

    @classmethod
    def derive(cls, kek: bytearray, ledger_id: bytes, kek_no: int) -> WrappingKey:
        """Derive it from the KEK: HKDF-Expand-SHA-256 under a label, the ledger and the number."""
        info = b"multistore-kek-wrap-v1\0" + ledger_id + _U32.pack(kek_no)
        return cls(ledger_id, kek_no, AESGCM(expand(kek, info)))

    def wrap(self, key: bytearray, slot: Slot) -> bytes:
        """Wrap a scope key for its slot: 66 bytes, a fresh nonce each time."""
        nonce = os.urandom(_NONCE_BYTES)
        head = _HEAD.pack(_VERSION, _AES_256_GCM, self.kek_no)
        return head + nonce + self.cipher.encrypt(nonce, key, self._bound_to(slot))

    def unwrap(self, wrapped: bytes, slot: Slot) -> Secret:
        """Unwrap a scope key.

        Raises:
            TamperedError: these are not the bytes that were wrapped under this KEK for this
                ledger, scope and version.
        """
        if len(wrapped) != WRAPPED_BYTES:
            raise TamperedError(f"a wrapped key has {len(wrapped)} bytes instead of 66", hint=_HINT)
        head = _HEAD.pack(_VERSION, _AES_256_GCM, self.kek_no)
        if wrapped[: len(head)] != head:
            raise TamperedError("a wrapped key is marked for another KEK or format", hint=_HINT)
        nonce, sealed = wrapped[6:18], wrapped[18:]
        key = Secret(KEY_BYTES)
        try:
            self.cipher.decrypt_into(nonce, sealed, self._bound_to(slot), key)
        except InvalidTag:
            raise TamperedError(
                f"the wrapped key of scope {slot.scope_id.hex()}, version {slot.key_version}, "
                f"does not open under KEK {self.kek_no}",
                hint=_HINT,
            ) from None
        return key

    def _bound_to(self, slot: Slot) -> bytes:
        return b"".join(
            (
                b"multistore-wrap-v1\0",
                slot.ledger_id,
                _U32.pack(self.kek_no),
                slot.scope_id,
                _U32.pack(slot.key_version),
            )
        )


_HINT = "The ledger was altered or damaged: restore the newest key backup."


def kek_plaintext(kek: bytearray, ledger_id: bytes, kek_no: int, kms_key_id: str) -> Secret:
    """What the key service wraps: the KEK, and a digest of the place where it belongs."""
    plaintext = Secret(KEK_PLAINTEXT_BYTES)
    plaintext[:KEY_BYTES] = kek
    plaintext[KEY_BYTES:] = _kek_place(ledger_id, kek_no, kms_key_id)
    return plaintext


def kek_from_plaintext(
    plaintext: bytearray, ledger_id: bytes, kek_no: int, kms_key_id: str
) -> Secret:
    """Check what the key service unwrapped, and return the KEK in it.

    Raises:
        TamperedError: it is not a KEK, or that of another ledger, number or KMS key.
    """
    expected = _kek_place(ledger_id, kek_no, kms_key_id)
    if len(plaintext) != KEK_PLAINTEXT_BYTES or not hmac.compare_digest(
        memoryview(plaintext)[KEY_BYTES:], expected
    ):
        raise TamperedError(
            f"the key service unwrapped something other than KEK {kek_no} of this ledger",
            hint=_HINT,
        )
    kek = Secret(KEY_BYTES)
    kek[:] = memoryview(plaintext)[:KEY_BYTES]
    return kek


def _kek_place(ledger_id: bytes, kek_no: int, kms_key_id: str) -> bytes:
    place = b"multistore-kek-v1\0" + ledger_id + _U32.pack(kek_no) + kms_key_id.encode()
    return sha256(place).digest()


def fingerprint(key: bytearray) -> bytes:
    """What a certificate may say of a scope key: 16 bytes that identify it and give it not away."""
    return hmac.digest(key, b"multistore-key-fingerprint-v1\0", "sha256")[:16]


def owner_tag(key: bytearray, slot: Slot, tenant: str, collection: str) -> bytes:
    """Bind a scope key to the names it serves, so that rows of two scopes cannot be exchanged.

    The AAD of a wrapped key binds it to its scope's id; this binds the id to the tenant and the
    collection, under the scope key itself, which no editor of the ledger has.
    """
    place = b"".join(
        (
            b"multistore-scope-owner-v1\0",
            slot.ledger_id,
            slot.scope_id,
            _U32.pack(slot.key_version),
            f"{tenant}/{collection}".encode(),
        )
    )
    return hmac.digest(key, place, "sha256")


def expand(key: bytearray, info: bytes) -> Secret:
    """HKDF-Expand-SHA-256 to 32 bytes, into memory that can be wiped."""
    derived = Secret(KEY_BYTES)
    HKDFExpand(SHA256(), KEY_BYTES, info).derive_into(key, derived)
    return derived

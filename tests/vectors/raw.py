"""The object format from its description alone: no code of the package is used here.

What writes the negative vectors must not share a mistake with what has to refuse them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = bytes.fromhex("894D534F0D0A1A0A")


def noise(label, size):
    """Bytes that look random, and are the same in every run."""
    out = b""
    while len(out) < size:
        out += hashlib.sha256(f"{label} {len(out)}".encode()).digest()
    return out[:size]


def expand(key, info, length):
    """HKDF-Expand of RFC 5869 with SHA-256."""
    okm = block = b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.new(key, block + info + bytes([counter]), hashlib.sha256).digest()
        okm += block
    return okm[:length]


@dataclass(frozen=True)
class Sealed:
    """One object to be built, every field of which can be set to what no writer would set."""

    name: str = "a/b.bin"
    plain: bytes = b""
    scope_key: bytes = noise("scope key", 32)
    scope_id: bytes = noise("scope id", 16)
    key_version: int = 1
    salt: bytes = noise("salt", 32)
    k: int = 14
    unknown: bool = False
    magic: bytes = MAGIC
    version: int = 1
    suite: int = 1
    flags: int | None = None
    length: int | None = None
    created: int = 1_767_225_600_000_000
    metadata: bytes | None = None
    nonce: bytes = noise("metadata nonce", 12)
    digest: bytes | None = None
    metadata_context: bytes | None = None
    keep: dict = field(default_factory=dict)

    def but(self, **changes):
        return replace(self, **changes)

    @property
    def core(self):
        flags = int(self.unknown) if self.flags is None else self.flags
        return (
            self.magic
            + bytes([self.version, self.suite, self.k, flags])
            + struct.pack(">I", self.key_version)
            + self.scope_id
            + self.salt
        )

    def keys(self, scope_key=None):
        info = b"multistore-object-v1\0" + self.core
        okm = expand(self.scope_key if scope_key is None else scope_key, info, 140)
        return {
            "body": okm[0:32],
            "base": okm[32:44],
            "meta": okm[44:76],
            "hdr": okm[76:108],
            "name": okm[108:140],
        }

    @property
    def sealed_metadata(self):
        if self.metadata is None:
            return b""
        core = self.core if self.metadata_context is None else self.metadata_context
        aad = b"multistore-metadata-v1\0" + core
        return self.nonce + AESGCM(self.keys()["meta"]).encrypt(self.nonce, self.metadata, aad)

    @property
    def header(self):
        keys, sealed = self.keys(), self.sealed_metadata
        length = self.length
        if length is None:
            length = 0 if self.unknown else len(self.plain)
        digest = self.digest
        if digest is None:
            digest = hashlib.sha256(sealed).digest() if sealed else bytes(32)
        name_tag = hmac.new(keys["name"], self.name.encode(), hashlib.sha256).digest()[:16]
        signed = self.core + struct.pack(">QQ", length, self.created) + name_tag + digest
        return signed + hmac.new(keys["hdr"], signed, hashlib.sha256).digest()

    def chunk(self, number, plain):
        keys = self.keys()
        nonce = int.from_bytes(keys["base"], "big") ^ number
        return AESGCM(keys["body"]).encrypt(nonce.to_bytes(12, "big"), plain, b"")

    @property
    def chunks(self):
        size = 2**self.k if 14 <= self.k <= 20 else 2**14
        count = len(self.plain) // size + 1
        return [self.chunk(i, self.plain[i * size : (i + 1) * size]) for i in range(count)]

    @property
    def object(self):
        return self.header + b"".join(self.chunks)

    @property
    def carried(self):
        return carried(self.sealed_metadata)


def carried(sealed):
    """As the provider carries it."""
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def flipped(data, position, bit=0):
    """The same with one bit the other way."""
    out = bytearray(data)
    out[position] ^= 1 << bit
    return bytes(out)


def canonical(fields):
    """JSON as the format writes it."""
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

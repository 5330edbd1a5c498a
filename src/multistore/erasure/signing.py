"""Who signs certificates: a private key in a PEM file, and the public key that verifies them.

ES256 (ECDSA on P-256 with SHA-256, the signature as r and s of 32 bytes each) by default;
an Ed25519 key signs by EdDSA. The key is no KEK and no scope key: no erasure ever destroys it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from multistore.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

ES256 = "ES256"
EDDSA = "EdDSA"
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A private key that signs; it is never shown."""

    key: PrivateKey

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return self.key.public_key()

    @property
    def alg(self) -> str:
        """The name of the algorithm, as in RFC 7518 and RFC 8037."""
        return algorithm(self.public)

    @property
    def kid(self) -> str:
        """The key's id; see key_id."""
        return key_id(self.public)

    def sign(self, data: bytes) -> bytes:
        """Sign."""
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(data)
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def __repr__(self) -> str:
        """Name the key by its id."""
        return f"Signer({self.alg}, {self.kid})"


def opened(path: Path) -> Signer:
    """Read the signing key, or make one (P-256, mode 0600) where there is none yet.

    Raises:
        ConfigurationError: the file cannot be read or made, is no private key of these two
            kinds, or other users of this machine may read it.
    """
    if not path.exists():
        _make(path)
    try:
        mode = path.stat().st_mode
        pem = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"the signing key {path} cannot be read: {error.strerror}"
        ) from None
    if mode & 0o077:
        raise ConfigurationError(
            f"the signing key {path} can be read by other users", hint=f"chmod 600 {path}"
        )
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigurationError(
            f"{path} is not an unencrypted private key in PEM",
            hint="Use a P-256 or Ed25519 key, PKCS #8.",
        ) from None
    if isinstance(key, ed25519.Ed25519PrivateKey) or (
        isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    ):
        return Signer(key)
    raise ConfigurationError(
        f"the signing key {path} is of another kind", hint="Use a P-256 or Ed25519 key."
    )


def _make(path: Path) -> None:
    """Write a new key beside and link it into place: of several makers one is first."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    beside = path.with_name(f".{path.name}.{token_hex(8)}.new")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(pem)
            out.flush()
            os.fsync(out.fileno())
        os.link(beside, path)
    except FileExistsError:
        return
    except OSError as error:
        raise ConfigurationError(
            f"the signing key {path} cannot be made: {error.strerror}",
            hint="Its directory must exist and be writable.",
        ) from None
    finally:
        beside.unlink(missing_ok=True)


def public_pem(key: PublicKey) -> str:
    """Write a public key as PEM, for whoever verifies."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def public_key(pem: bytes, where: str) -> PublicKey:
    """Read a public key.

    Raises:
        ConfigurationError: it is no public key of these two kinds.
    """
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, ed25519.Ed25519PublicKey) or (
        isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    ):
        return key
    raise ConfigurationError(
        f"{where} is not a P-256 or Ed25519 public key in PEM",
        hint="The issuer writes it: multistore certificate key",
    )


def algorithm(key: PublicKey) -> str:
    """Name the one algorithm that a key is for; the certificate's own word is not asked."""
    return EDDSA if isinstance(key, ed25519.Ed25519PublicKey) else ES256


def key_id(key: PublicKey) -> str:
    """Give the first 16 bytes of SHA-256 over the key's SubjectPublicKeyInfo, hexadecimal."""
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return sha256(der).hexdigest()[:32]


def holds(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether a signature over the data is this key's."""
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
            return True
        if len(signature) != 64:
            return False
        pair = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
        key.verify(pair, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True

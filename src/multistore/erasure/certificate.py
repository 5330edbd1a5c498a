"""The certificate of an erasure: what was done and verified, signed, verifiable offline.

Signed are the line ``multistore-erasure-certificate-v1``, its line feed included, and the payload
in the canonical JSON of RFC 8785. docs/spec/certificate.md explains every field.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multistore.erasure.signing import algorithm, holds, key_id
from multistore.errors import FormatError, TamperedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from multistore.erasure.signing import PublicKey, Signer

DOMAIN = b"multistore-erasure-certificate-v1\n"
TYPE = "multistore-erasure-certificate"
VERSION = 1
_MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate.

    Attributes:
        payload: what it says, as JSON has it.
        signatures: who signed it, as JSON has it.
    """

    payload: Mapping[str, Any]
    signatures: tuple[Mapping[str, str], ...]

    @property
    def id(self) -> str:
        """Its id, 32 hexadecimal digits."""
        return str(self.payload["id"])

    @property
    def status(self) -> str:
        """COMPLETE, LOGICAL_DELETE, PENDING or PARTIAL."""
        return str(self.payload["status"])

    @property
    def complete(self) -> bool:
        """Whether nothing remains, everything was looked at, and others bear witness."""
        return self.status == "COMPLETE"

    def to_json(self) -> str:
        """Write it for people and machines; the order of the fields does not matter."""
        whole = {"payload": self.payload, "signatures": list(self.signatures)}
        return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Certificate:
        """Read one; whether it is genuine only verify says.

        Raises:
            FormatError: it is no certificate of this version.
        """
        try:
            if len(text) > _MAX_BYTES:
                raise FormatError("this file is too large for a certificate")
            whole = json.loads(text, object_pairs_hook=_no_twins)
            payload, signatures = whole["payload"], whole["signatures"]
            if len(whole) != 2:  # those two: nothing else would be signed
                raise FormatError("this has more than a certificate's payload and signatures")
            if payload["type"] != TYPE or payload["version"] != VERSION:
                raise FormatError("this is no certificate of this version")
            read = tuple(
                {"alg": str(one["alg"]), "kid": str(one["kid"]), "sig": str(one["sig"])}
                for one in signatures
            )
            if not isinstance(payload["id"], str) or not isinstance(payload["status"], str):
                raise FormatError("this is not an erasure certificate")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise FormatError("this is not an erasure certificate") from None
        return cls(payload, read)

    def verify(self, key: PublicKey) -> None:
        """Check the signature of one key. Needs no network, no ledger and no configuration.

        Raises:
            TamperedError: that key has not signed, or the payload is not what it signed.
        """
        data = signed_bytes(self.payload)
        kid, alg = key_id(key), algorithm(key)
        for one in self.signatures:
            # The key says how it signs; a certificate that says otherwise is refused.
            if one["kid"] != kid or one["alg"] != alg:
                continue
            try:
                signature = base64.b64decode(one["sig"], altchars=b"-_", validate=True)
            except (ValueError, binascii.Error):
                continue
            if holds(key, signature, data):
                return
            raise TamperedError(
                f"the certificate {self.id} was altered, or not signed by the key {kid}",
                hint="Ask the issuer for it again.",
            )
        raise TamperedError(
            f"the key {kid} has not signed the certificate {self.id}",
            hint=f"Signed by: {', '.join(one['kid'] for one in self.signatures) or 'nobody'}.",
        )


def signed_bytes(payload: Mapping[str, Any]) -> bytes:
    """Give the bytes that are signed.

    Raises:
        FormatError: the payload has a number or a text that canonical JSON does not know.
    """
    import rfc8785  # noqa: PLC0415 - only certificates need it

    try:
        return DOMAIN + rfc8785.dumps(dict(payload))
    except (rfc8785.CanonicalizationError, UnicodeError):
        raise FormatError("the certificate's payload has no canonical form") from None


def issued(payload: Mapping[str, Any], signer: Signer) -> Certificate:
    """Sign a payload."""
    signature = base64.urlsafe_b64encode(signer.sign(signed_bytes(payload))).decode()
    return Certificate(payload, ({"alg": signer.alg, "kid": signer.kid, "sig": signature},))


def utc(moment: datetime | None) -> str | None:
    """Write a moment as certificates have it: UTC, whole seconds."""
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a member that is there twice: two readers could read two certificates."""
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a member is there twice")
    return read

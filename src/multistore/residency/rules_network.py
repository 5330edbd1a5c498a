"""The rules about the way to a store: its addresses, and its TLS."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from multistore.residency.evidence import Evidence, Item, Kind
from multistore.residency.reasons import Effect, Reason
from multistore.residency.rules_subject import missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

AGEING = timedelta(days=30)
MAX_AGE = timedelta(days=180)
"""Ranges older than this show nothing: operators move addresses between regions."""

TLS_VERSIONS = frozenset({"TLSv1.2", "TLSv1.3"})
# What CRYPTREC's TLS guideline (GL-3001) leaves no room for, as OpenSSL names it.
_WEAK_CIPHERS = re.compile(r"(^|[-_])(NULL|EXP\w*|ADH|AECDH|RC2|RC4|DES|3DES|CBC3|IDEA|MD5|SEED)")
_WEAK_HASHES = frozenset({"md5", "sha1"})
_KEY_BITS = {"RSA": 2048, "EC": 256, "Ed25519": 256, "Ed448": 256}
_IN_JAPAN = "japan"
_ABROAD = "abroad"
_PRIVATE = "private"


def _dated(item: Item) -> date | None:
    text = item.value.get("dated")
    return date.fromisoformat(text) if text else None


def _age(item: Item, now: datetime) -> timedelta | None:
    dated = _dated(item)
    return None if dated is None else now.date() - dated


def azure_inside(evidence: Evidence, kind: Kind, now: datetime) -> str | None:
    """Return the one Japanese region in which every address lies, by ranges that are fresh."""
    item = evidence.of(kind)
    if item is None or item.error is not None or not item.entries("addresses"):
        return None
    age = _age(item, now)
    if age is None or age > MAX_AGE:
        return None
    found = item.entries("addresses")
    regions = {entry.get("region") for entry in found if entry.get("where") == _IN_JAPAN}
    if any(entry.get("where") != _IN_JAPAN for entry in found) or len(regions) != 1:
        return None
    return str(regions.pop())


def addresses(evidence: Evidence, now: datetime) -> Iterator[Reason]:
    """NET-006: no address is in a range abroad; at AWS every one is in a range in Japan.

    S3's ranges count only where region and network border group agree. A private address
    (a VPC endpoint) shows no place; at AWS the service's own word then decides alone.
    """
    subject = evidence.subject
    if subject.family not in ("aws", "azure") or not subject.remote:
        return
    item = evidence.of(Kind.ADDRESSES)
    if item is None:
        yield from missing(evidence, "NET-006", "The addresses", "アドレス")
        return
    host, found = item.text("host"), item.entries("addresses")
    if item.value.get("proxied") and subject.proxied:
        yield Reason("NET-006", Effect.NOTED, "address.proxied", {"host": host})
        return
    if item.error is not None or not found:
        values = {"host": host, "error": item.error or "-"}
        yield Reason("NET-006", Effect.UNKNOWN, "address.unresolved", values)
        return
    for entry in found:
        yield from _address(entry, item, evidence)
    if subject.family == "azure":
        region = azure_inside(evidence, Kind.ADDRESSES, now)
        if region is not None and region != subject.region:
            values = {"host": host, "region": region, "configured": str(subject.region)}
            yield Reason("AZR-001", Effect.REFUSED, "address.other-region", values)
    yield from _ageing(item, host, now, azure=subject.family == "azure")


def _address(entry: Mapping[str, Any], item: Item, evidence: Evidence) -> Iterator[Reason]:
    values = {
        "host": item.text("host"),
        "address": str(entry.get("address")),
        "region": str(entry.get("group") or entry.get("region")),
        "token": item.text("token"),
        "date": item.text("dated"),
    }
    where, aws = entry.get("where"), evidence.subject.family == "aws"
    if where == _ABROAD:
        yield Reason("NET-006", Effect.REFUSED, "address.outside", values)
    elif where == _PRIVATE:
        effect = Effect.NOTED if aws else Effect.MISSING
        yield Reason("NET-006", effect, "address.private", values)
    elif where != _IN_JAPAN:
        effect = Effect.UNKNOWN if aws else Effect.MISSING
        yield Reason("NET-006", effect, "address.unlisted", values)


def _ageing(item: Item, host: str, now: datetime, *, azure: bool) -> Iterator[Reason]:
    age, values = _age(item, now), {"host": host, "date": item.text("dated")}
    if age is None or age > MAX_AGE:
        effect = Effect.MISSING if azure else Effect.NOTED
        yield Reason("NET-006", effect, "address.old", values)
    elif age > AGEING:
        yield Reason("NET-006", Effect.NOTED, "address.ageing", values)


def loopback_name(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """LOC-001: an endpoint that is written as loopback resolves to loopback and nothing else."""
    subject = evidence.subject
    if not subject.loopback:
        return
    item = evidence.of(Kind.ADDRESSES)
    if item is None:
        yield from missing(evidence, "LOC-001", "The loopback address", "ループバックのアドレス")
        return
    host, found = item.text("host"), item.entries("addresses")
    if item.error is not None or not found:
        values = {"host": host, "error": item.error or "-"}
        yield Reason("LOC-001", Effect.UNKNOWN, "address.unresolved", values)
    for entry in found:
        if entry.get("where") != "loopback":
            values = {"host": host, "address": str(entry.get("address"))}
            yield Reason("LOC-001", Effect.REFUSED, "machine.not-loopback", values)


def tls(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """ENC-005, NET-008: TLS 1.2 or later, a sound suite, key and hash, for this very host.

    Source: CRYPTREC GL-3001, the TLS guideline of CRYPTREC.
    """
    subject = evidence.subject
    secure = (subject.url or "").startswith("https://")
    if not secure:
        return
    item = evidence.of(Kind.TLS)
    if item is None:
        yield from missing(evidence, "ENC-005", "The TLS handshake", "TLS ハンドシェイク")
        return
    host = item.text("host")
    if item.error is not None:
        rejected = item.value.get("failure") == "rejected"
        text = "tls.rejected" if rejected else "tls.unreachable"
        effect = Effect.REFUSED if rejected else Effect.UNKNOWN
        yield Reason("ENC-005", effect, text, {"host": host, "error": item.error})
        return
    faults = [*_tls_faults(item, host)]
    yield from faults
    if not faults:
        values = {
            "host": host,
            "version": item.text("version"),
            "cipher": item.text("cipher"),
            "issuer": item.text("issuer"),
        }
        yield Reason("ENC-005", Effect.NOTED, "tls.good", values)


def _tls_faults(item: Item, host: str) -> Iterator[Reason]:
    version, cipher = item.text("version"), item.text("cipher")
    if version not in TLS_VERSIONS:
        values = {"host": host, "version": version}
        yield Reason("ENC-005", Effect.REFUSED, "tls.version", values)
    if not item.value.get("cipher") or _WEAK_CIPHERS.search(cipher):
        yield Reason("ENC-005", Effect.REFUSED, "tls.cipher", {"host": host, "cipher": cipher})
    key, bits = item.text("key"), int(item.value.get("bits") or 0)
    if bits < _KEY_BITS.get(key, 1 << 30):
        values = {"host": host, "key": key, "bits": str(bits)}
        yield Reason("ENC-005", Effect.REFUSED, "tls.key", values)
    signed = item.text("signature_hash")
    if signed in _WEAK_HASHES:
        yield Reason("ENC-005", Effect.REFUSED, "tls.hash", {"host": host, "hash": signed})
    names = item.texts("names")
    if not any(_covers(name, host) for name in names):
        shown = ", ".join(names[:5]) or "-"
        yield Reason("NET-008", Effect.REFUSED, "tls.name", {"host": host, "names": shown})


def _covers(name: str, host: str) -> bool:
    """Whether a certificate's name is for the host: one leading label may be a wildcard."""
    name = name.lower()
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name == host

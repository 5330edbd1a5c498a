"""The rules about a cloud that publishes nothing: what is claimed, by whom, and if it holds."""

from __future__ import annotations

from datetime import date, timedelta, timezone
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from multistore.residency.evidence import Evidence, Item, Kind
from multistore.residency.prefectures import in_japan
from multistore.residency.reasons import Effect, Reason, Strength
from multistore.residency.rules_subject import missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

LONGEST = timedelta(days=400)
ENDING = timedelta(days=30)
JAPAN = timezone(timedelta(hours=9), "JST")
"""Days of a contract are days in Japan."""


def claim(evidence: Evidence, now: datetime) -> Iterator[Reason]:
    """ATT-001, ATT-002: a dated claim of at most 400 days, with its document, for Japan.

    A claim opens an S3-compatible cloud, an Azure account or a mounted directory. At AWS it
    opens nothing: the service can be asked.
    """
    subject, item = evidence.subject, evidence.of(Kind.CLAIM)
    if item is None:
        if subject.claimed:
            yield from missing(evidence, "ATT-001", "The claim", "申告")
        return
    value = {name: str(found) for name, found in item.value.items() if found is not None}
    faults = [*_period(item, value, now), *_document(item, value)]
    if not in_japan(value.get("prefecture", "")):
        faults.append(Reason("ATT-001", Effect.REFUSED, "claim.prefecture", value))
    faults += _pinned_addresses(evidence, item)
    yield from faults
    if value.get("country") != "JP":
        yield Reason("ATT-002", Effect.NOTED, "claim.operator-abroad", value)
    blocked = any(f.effect is not Effect.NOTED for f in faults)
    if not blocked and subject.family not in ("aws", "memory"):
        yield Reason("ATT-001", Effect.ADMITTED, "claim.stands", value, Strength.CLAIM)


def _period(item: Item, value: Mapping[str, str], now: datetime) -> Iterator[Reason]:
    today = now.astimezone(JAPAN).date()
    until = date.fromisoformat(str(item.value["until"]))
    begin = date.fromisoformat(item.value["begin"]) if item.value.get("begin") else today
    if today > until:
        yield Reason("ATT-001", Effect.UNKNOWN, "claim.expired", value)
    elif until - begin > LONGEST:
        yield Reason("ATT-001", Effect.UNKNOWN, "claim.long", value)
    elif today < begin:
        yield Reason("ATT-001", Effect.UNKNOWN, "claim.early", value)
    elif until - today <= ENDING:
        yield Reason("ATT-001", Effect.NOTED, "claim.ending", value)


def _document(item: Item, value: Mapping[str, str]) -> Iterator[Reason]:
    found, wanted = item.value.get("found"), item.value.get("wanted")
    if not found:
        values = {"error": "-", **value}
        yield Reason("ATT-001", Effect.UNKNOWN, "claim.document", values)
    elif wanted and found != wanted:
        yield Reason("ATT-001", Effect.REFUSED, "claim.document-changed", value)
    elif not wanted:
        yield Reason("ATT-001", Effect.NOTED, "claim.document-unpinned", value)


def _pinned_addresses(evidence: Evidence, item: Item) -> Iterator[Reason]:
    """Hold every address against the networks that the claim names, where it names any."""
    networks = [ip_network(text) for text in item.texts("networks")]
    if not networks or not evidence.subject.remote:
        return
    seen = evidence.of(Kind.ADDRESSES)
    if seen is None:
        yield from missing(evidence, "ATT-001", "The addresses", "アドレス")
        return
    host, found = seen.text("host"), seen.entries("addresses")
    if seen.error is not None or not found:
        values = {"host": host, "error": seen.error or "a proxy resolves it"}
        yield Reason("ATT-001", Effect.UNKNOWN, "address.unresolved", values)
    for entry in found:
        address = ip_address(str(entry["address"]))
        if not any(address.version == n.version and address in n for n in networks):
            values = {"host": host, "address": str(address)}
            yield Reason("ATT-001", Effect.REFUSED, "claim.address", values)


def fronted(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """ATT-002, NET-008: a claimed host is not a foreign cloud under another name.

    What its certificate, its DNS alias and its addresses name is held against the names of the
    large operators, and the certificate's issuer against the claim.
    """
    subject, item = evidence.subject, evidence.of(Kind.CLAIM)
    if item is None or not subject.remote or subject.family != "s3-compatible":
        return
    operator = item.text("operator")
    host = (evidence.of(Kind.ADDRESSES) or item).text("host")
    yield from _issuer(evidence, item)
    for where, found in _signs(evidence, item):
        values = {
            "host": host,
            "operator": operator,
            "where_en": where[0],
            "where_ja": where[1],
            "front": found,
        }
        yield Reason("ATT-002", Effect.REFUSED, "claim.fronted", values)


def _issuer(evidence: Evidence, item: Item) -> Iterator[Reason]:
    wanted, seen = item.value.get("issuer"), evidence.of(Kind.TLS)
    if not wanted or seen is None or seen.error is not None:
        return
    if seen.value.get("issuer") != wanted:
        values = {
            "host": seen.text("host"),
            "issuer": seen.text("issuer"),
            "claimed": str(wanted),
        }
        yield Reason("NET-008", Effect.REFUSED, "tls.issuer", values)


def _signs(evidence: Evidence, item: Item) -> Iterator[tuple[tuple[str, str], str]]:
    domains, organisations = item.texts("front_domains"), item.texts("front_organisations")
    seen, resolved = evidence.of(Kind.TLS), evidence.of(Kind.ADDRESSES)
    if seen is not None and seen.error is None:
        certificate = ("its certificate", "証明書")
        for name in seen.texts("names"):
            if _under(name, domains):
                yield certificate, name
        for field in ("issuer", "subject"):
            text = seen.text(field)
            declared = field == "issuer" and text == item.value.get("issuer")
            if not declared and any(word in text.lower() for word in organisations):
                yield certificate, text
    if resolved is not None:
        canonical = resolved.text("canonical")
        if _under(canonical, domains):
            yield ("its DNS alias", "DNS の別名"), canonical
        for entry in resolved.entries("addresses"):
            if entry.get("operator"):
                yield (
                    ("the published range of its address", "アドレスの公開範囲"),
                    f"{entry['operator']} {entry.get('group') or entry.get('region')}",
                )


def _under(name: str, domains: list[str]) -> bool:
    name = name.lower().removeprefix("*.").rstrip(".")
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)

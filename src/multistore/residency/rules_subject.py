"""The rules that need no network: the class of the data, names, pins, environment, clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from multistore.residency import names
from multistore.residency.evidence import Evidence, Kind
from multistore.residency.reasons import Effect, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

CLOCK_WARN_SECONDS = 1.0


def missing(evidence: Evidence, rule: str, english: str, japanese: str) -> Iterator[Reason]:
    """Say that something was not looked at: unknown, unless the look was stopped before it."""
    if evidence.complete:
        values = {"what_en": english, "what_ja": japanese}
        yield Reason(rule, Effect.UNKNOWN, "evidence.missing", values)


def classes(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """CLS-001: every collection that is routed here is one that the store accepts."""
    subject = evidence.subject
    outside = sorted(set(subject.collections) - set(subject.accepts))
    if outside:
        values = {"collections": ", ".join(outside), "accepts": ", ".join(subject.accepts) or "-"}
        yield Reason("CLS-001", Effect.REFUSED, "class.not-accepted", values)


def bucket_name(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """NET-014, RES-002, RES-003, RES-005: a bucket's own name, not an ARN, URL, zone or alias."""
    fault = names.bucket(evidence.subject.bucket, evidence.subject.family)
    if fault is not None:
        yield fault


def pinned(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """NET-001, ENC-006: the endpoint is one of the pinned hosts, over https beyond loopback."""
    subject = evidence.subject
    if not subject.networked:
        return
    parts = urlsplit(subject.url or "")
    if parts.netloc not in subject.hosts:
        yield Reason("NET-001", Effect.REFUSED, "host.pinned", {"host": parts.netloc or "?"})
    if parts.scheme != "https" and not subject.loopback:
        yield Reason("ENC-006", Effect.REFUSED, "host.plain", {"host": parts.netloc or "?"})


def environment(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """NET-003/004/005/011/012, ENC-006, RES-006: what the environment would change."""
    item = evidence.of(Kind.ENVIRONMENT)
    if item is not None:
        found = (Reason.from_json(raw) for raw in item.entries("findings"))
        yield from (reason for reason in found if reason.effect is not Effect.ADMITTED)
    elif evidence.subject.networked:
        yield from missing(evidence, "NET-003", "The environment", "環境変数")


def clock(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """LOG-004: our clock and the service's agree within a second. Noted, never in the way."""
    item = evidence.of(Kind.CLOCK)
    if item is None:
        return
    offset = float(item.value["offset"])
    if abs(offset) > CLOCK_WARN_SECONDS:
        yield Reason("LOG-004", Effect.NOTED, "clock.off", {"seconds": f"{offset:+.1f}"})


def subresource_deletes(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """CAP-003: no DELETE ?subresource where an unknown one is answered with a listing.

    Such a server may take it for the deletion of the bucket. Without a canary nothing is known,
    and nothing is sent.
    """
    item = evidence.of(Kind.CANARY)
    if item is None:
        yield from missing(evidence, "CAP-003", "The canary request", "カナリア要求")
    elif item.error is not None or item.value.get("fell_through") is not False:
        yield Reason("CAP-003", Effect.REFUSED, "canary.fell-through")

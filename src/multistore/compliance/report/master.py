"""The report as JSON: the master, which every other form is derived from, with its digest."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

import rfc8785

from multistore.compliance.report.advice import advice
from multistore.compliance.report.layout import laid_out
from multistore.compliance.report.ordering import counted, worst_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from multistore.compliance.model import Copy, Finding, Report, Resource, Rule, Text

FORMAT = "multistore-check/1"
"""Goes up when a field changes its meaning; fields may be added."""


def rendered(report: Report) -> str:
    """Write the whole report as JSON, with a manifest that holds its digest.

    The digest is the SHA-256 of the member ``report`` in canonical form (RFC 8785), so that it
    can be taken again whatever a program has done to the white space.
    """
    body = document(report)
    manifest = {"algorithm": "SHA-256", "canonical": "RFC 8785", "report": _digest(body)}
    whole = {"format": FORMAT, "manifest": manifest, "report": body}
    return laid_out(whole, 3) + "\n"


def digest(report: Report) -> str:
    """Return the manifest's digest: what ties a page or a log to the JSON of the same check."""
    return _digest(document(report))


def _digest(body: Mapping[str, Any]) -> str:
    return sha256(rfc8785.dumps(dict(body))).hexdigest()


def document(report: Report) -> dict[str, Any]:
    """Give the report as plain values; rules and resources once, findings by their ids."""
    findings = worst_first(report.findings)
    rules = {finding.rule.id: finding.rule for finding in findings}
    body: dict[str, Any] = {
        "multistore": report.version,
        "rule_set": report.rule_set_version,
        "started": moment(report.started),
        "finished": moment(report.finished),
        "configuration": report.settings_source,
        "offline": report.offline,
        "requests": report.requests,
        "population": {
            **asdict(report.population),
            "identity": list(report.population.identity),
            "excluded": [
                {"resource": resource, "reason": _text(reason)}
                for resource, reason in report.population.excluded
            ],
        },
        "counts": {status.value: count for status, count in counted(report).items()},
        "clock": [asdict(offset) for offset in report.clock],
        "resources": [_resource(resource) for resource in report.resources],
        "copies": [_copy(copy) for copy in report.copies],
        "rules": {identity: rule_fields(rules[identity]) for identity in sorted(rules)},
        "findings": [_finding(finding) for finding in findings],
    }
    named: dict[str, Any] = plain(body)
    return named


def rule_fields(rule: Rule) -> dict[str, Any]:
    """Give what a rule is, as JSON shows it."""
    return {
        "id": rule.id,
        "severity": rule.severity.value,
        "title": _text(rule.title),
        "family": rule.family,
        "reads": list(rule.reads),
        "permission": rule.permission,
        "white_paper": list(rule.whitepaper),
        "controls": list(rule.controls),
        "cost": _text(rule.cost),
        "remedy": _text(rule.remedy),
        "applies_to": list(rule.applies_to),
        "gate": rule.gate,
    }


def moment(at: datetime) -> str:
    """Give a moment in UTC, ISO 8601, ``Z``."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """Give a raw value as JSON can hold it, whatever a service's client made of it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair
    if isinstance(value, int):
        # RFC 8785 knows no larger whole numbers than a double holds exactly.
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if hasattr(value, "items"):
        return {plain(str(name)): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in cast("Iterable[Any]", value)]
    if isinstance(value, datetime):
        return moment(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _text(text: Text) -> dict[str, str]:
    return {"en": text.en, "ja": text.ja}


def _resource(resource: Resource) -> dict[str, Any]:
    fields = asdict(resource)
    fields["place"] = None if resource.place is None else _text(resource.place)
    return fields


def _copy(copy: Copy) -> dict[str, Any]:
    return asdict(copy)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.id,
        "resource": finding.resource.id,
        "status": finding.status.value,
        "severity": finding.rule.severity.value,
        "text": _text(finding.text),
        "evidence": {
            "call": finding.call,
            "value": finding.raw,
            "sha256": finding.raw_sha256,
            "request_id": finding.request_id,
            "provider_date": finding.provider_date,
            "identity": finding.identity,
            "read_at": None if finding.at is None else moment(finding.at),
        },
        "confidence": finding.confidence,
        "remedy": _text(advice(finding)),
        "waiver": None if finding.waiver is None else asdict(finding.waiver),
    }

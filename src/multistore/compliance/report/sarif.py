"""SARIF 2.1.0, for code scanning: failures and unknowns, at their line of the configuration.

GitHub does not read ``kind``, so a pass among the results would be shown as an alarm: passes are
counted in ``run.properties`` only.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from multistore.compliance.model import Severity, Status, worst
from multistore.compliance.report.advice import advice
from multistore.compliance.report.layout import laid_out
from multistore.compliance.report.master import digest, moment, plain
from multistore.compliance.report.ordering import counted, worst_first
from multistore.compliance.report.words import STATUSES
from multistore.harmless import harmless

if TYPE_CHECKING:
    from multistore.compliance.model import Finding, Language, Report, Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# GitHub sorts alarms by this number: above 9.0 critical, 7.0 high, 4.0 medium, else low.
_SECURITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.5",
}
_SHOWN = frozenset({Status.FAIL, Status.UNKNOWN, Status.WAIVED})


def rendered(report: Report, language: Language, base: PurePath | None = None) -> str:
    """Write the findings that ask for something as SARIF.

    Args:
        report: the report.
        language: of the messages.
        base: the repository's root; locations are given relative to it.
    """
    shown = [finding for finding in worst_first(report.findings) if finding.status in _SHOWN]
    rules = list({finding.rule.id: finding.rule for finding in shown}.values())
    index = {rule.id: number for number, rule in enumerate(rules)}
    unread = any(finding.status is Status.UNKNOWN for finding in shown)
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "multistore check",
                "version": report.version,
                "semanticVersion": report.version,
                "language": "ja" if language == "ja" else "en",
                "rules": [_rule(rule, language) for rule in rules],
            }
        },
        "language": "ja" if language == "ja" else "en",
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": "multistore-check/"},
        "invocations": [
            {
                "executionSuccessful": not unread,
                "exitCode": worst(report),
                "startTimeUtc": moment(report.started),
                "endTimeUtc": moment(report.finished),
            }
        ],
        "results": [_result(finding, index, language, base, report) for finding in shown],
        "properties": {
            "counts": {status.value: count for status, count in counted(report).items()},
            "population": {
                "found": report.population.found,
                "evaluated": report.population.evaluated,
                "unknown": report.population.unknown,
                "excluded": len(report.population.excluded),
                "identity": list(report.population.identity),
            },
            "ruleSetVersion": report.rule_set_version,
            "reportSha256": digest(report),
        },
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return laid_out(log, 5) + "\n"


def _rule(rule: Rule, language: Language) -> dict[str, Any]:
    cost, remedy = rule.cost.say(language), rule.remedy.say(language)
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title.say(language)},
        "fullDescription": {"text": cost or rule.title.say(language)},
        "help": {"text": remedy or rule.title.say(language)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["security", rule.family, *rule.whitepaper, *rule.controls],
            "security-severity": _SECURITY[rule.severity],
        },
    }


def _result(
    finding: Finding,
    index: dict[str, int],
    language: Language,
    base: PurePath | None,
    report: Report,
) -> dict[str, Any]:
    rule, resource = finding.rule, finding.resource
    said = f"{harmless(resource.store or resource.name)}: {harmless(finding.text.say(language))}"
    wanted = advice(finding).say(language)
    if finding.status is Status.UNKNOWN:
        said = f"{STATUSES[Status.UNKNOWN].say(language)}: {said}"
    result: dict[str, Any] = {
        "ruleId": rule.id,
        "ruleIndex": index[rule.id],
        "kind": "fail",
        "level": _LEVELS[rule.severity],
        "message": {"text": said},
        "locations": [_location(finding, base, report)],
        "partialFingerprints": {
            "multistoreCheck/v1": sha256(
                f"{rule.id}\n{resource.id}".encode("utf-8", "replace")
            ).hexdigest()
        },
        "properties": {
            "status": finding.status.value,
            "remedy": wanted,
            "severity": rule.severity.value,
            "evidence": {
                "call": finding.call,
                "sha256": finding.raw_sha256,
                "requestId": finding.request_id,
                "value": plain(dict(finding.raw)),
            },
        },
    }
    if finding.status is Status.WAIVED:
        waiver = finding.waiver
        why = f"{waiver.owner}: {waiver.reason} ({waiver.expires.isoformat()})" if waiver else ""
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _location(finding: Finding, base: PurePath | None, report: Report) -> dict[str, Any]:
    """Point at the store's entry in the configuration, or else at the file, or at the thing."""
    resource = finding.resource
    source = resource.config_file or report.settings_source
    logical = {
        "name": resource.name,
        "fullyQualifiedName": resource.id,
        "kind": "resource",
    }
    location: dict[str, Any] = {"logicalLocations": [logical]}
    if source is not None:
        location["physicalLocation"] = {
            "artifactLocation": _artifact(source, base),
            "region": {"startLine": resource.config_line or 1},
        }
    return location


def _artifact(source: str, base: PurePath | None) -> dict[str, Any]:
    path = PurePath(source)
    if base is not None and path.is_relative_to(base):
        path = path.relative_to(base)
    if path.is_absolute():
        return {"uri": f"file://{_quoted(path)}"}
    return {"uri": _quoted(path), "uriBaseId": "%SRCROOT%"}


def _quoted(path: PurePath) -> str:
    from urllib.parse import quote  # noqa: PLC0415 - grouped with its only use

    return quote(path.as_posix(), errors="replace")

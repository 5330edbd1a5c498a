"""OCSF 1.5 Compliance Findings (class 2003), as an array of events: for a SIEM."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from multistore.compliance.model import Severity, Status
from multistore.compliance.report.advice import advice
from multistore.compliance.report.layout import laid_out
from multistore.compliance.report.master import digest, plain
from multistore.compliance.report.ordering import worst_first
from multistore.compliance.report.words import STATUSES, WHITE_PAPER

if TYPE_CHECKING:
    from multistore.compliance.model import Finding, Language, Report

SCHEMA_VERSION = "1.5.0"
_SEVERITIES = {
    Severity.CRITICAL: (5, "Critical"),
    Severity.HIGH: (4, "High"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.LOW: (2, "Low"),
    Severity.INFO: (1, "Informational"),
}
# Neither a waiver nor an operator's word is OCSF's "Pass": both are "Other", under our own name.
_COMPLIANCE = {
    Status.PASS: (1, "Pass"),
    Status.FAIL: (3, "Fail"),
    Status.UNKNOWN: (0, "Unknown"),
    Status.ATTESTED: (99, "ATTESTED"),
    Status.NA: (99, "NA"),
    Status.WAIVED: (99, "WAIVED"),
}


def rendered(report: Report, language: Language) -> str:
    """Write every finding as one event."""
    whole = digest(report)
    events = [_event(finding, report, language, whole) for finding in worst_first(report.findings)]
    return laid_out(events, 1) + "\n"


def _event(finding: Finding, report: Report, language: Language, whole: str) -> dict[str, Any]:
    rule, resource, status = finding.rule, finding.resource, finding.status
    asks = status in {Status.FAIL, Status.UNKNOWN}
    severity_id, severity = _SEVERITIES[rule.severity if asks else Severity.INFO]
    compliance_id, compliance = _COMPLIANCE[status]
    time = int(report.finished.timestamp() * 1000)
    uid = sha256(f"{rule.id}\n{resource.id}".encode("utf-8", "replace")).hexdigest()
    remedy = advice(finding).say(language)
    standards = [f"{name} {WHITE_PAPER[name].say(language)}" for name in rule.whitepaper]
    event: dict[str, Any] = {
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 200301,
        "type_name": "Compliance Finding: Create",
        "time": time,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": 3 if status is Status.WAIVED else 1,
        "status": "Suppressed" if status is Status.WAIVED else "New",
        "status_code": status.value,
        "status_detail": STATUSES[status].say(language),
        "message": finding.text.say(language),
        "metadata": {
            "version": SCHEMA_VERSION,
            "event_code": rule.id,
            "correlation_uid": whole,
            "product": {
                "name": "multistore check",
                "vendor_name": "multistore",
                "version": report.version,
                "lang": language,
            },
        },
        "finding_info": {
            "uid": uid,
            "title": rule.title.say(language),
            "desc": finding.text.say(language),
            "created_time": time,
            "types": [rule.family],
        },
        "compliance": {
            "control": rule.id,
            "desc": rule.cost.say(language) or rule.title.say(language),
            "requirements": list(rule.controls),
            "standards": standards,
            "status_id": compliance_id,
            "status": compliance,
        },
        "resources": [
            {
                "uid": resource.id,
                "name": resource.name,
                "type": resource.kind,
                **({"region": resource.region} if resource.region else {}),
                "data": {
                    "provider": resource.provider,
                    "store": resource.store,
                    "country_server": resource.country_server,
                    "country_operator": resource.country_operator,
                },
            }
        ],
        "unmapped": {
            "call": finding.call,
            "value": plain(dict(finding.raw)),
            "sha256": finding.raw_sha256,
            "request_id": finding.request_id,
            "provider_date": finding.provider_date,
            "identity": finding.identity,
        },
    }
    if remedy:
        event["remediation"] = {"desc": remedy}
    return event

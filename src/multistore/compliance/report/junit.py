"""JUnit XML, which every CI shows: one test case per finding, one suite per family of rules."""

from __future__ import annotations

import json
import re
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from multistore.compliance.model import Status
from multistore.compliance.report.advice import advice
from multistore.compliance.report.master import digest, moment, plain
from multistore.compliance.report.ordering import worst_first
from multistore.compliance.report.words import MEANINGS, family
from multistore.harmless import harmless

if TYPE_CHECKING:
    from multistore.compliance.model import Finding, Language, Report

# What XML 1.0 cannot hold at all, not even escaped.
_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS = {
    Status.FAIL: "failure",
    Status.UNKNOWN: "error",
    Status.NA: "skipped",
    Status.WAIVED: "skipped",
}


def rendered(report: Report, language: Language) -> str:
    """Write the findings as JUnit XML.

    A failure is a ``failure``, what could not be verified an ``error``, what does not apply or
    is waived ``skipped``. An attested finding passes, and says so in ``system-out``.
    """
    seconds = (report.finished - report.started).total_seconds()
    root = ET.Element("testsuites", {"name": "multistore check", "time": f"{seconds:.3f}"})
    _count(root, report.findings)
    whole = digest(report)
    ordered = sorted(worst_first(report.findings), key=lambda finding: finding.rule.family)
    for name, run in groupby(ordered, key=lambda finding: finding.rule.family):
        findings = list(run)
        suite = ET.SubElement(
            root,
            "testsuite",
            {
                "name": _legal(family(name).say(language)),
                "time": "0",
                "timestamp": moment(report.started).removesuffix("Z").partition(".")[0],
            },
        )
        _count(suite, findings)
        properties = ET.SubElement(suite, "properties")
        for key, value in (("rule-set", report.rule_set_version), ("sha256", whole)):
            ET.SubElement(properties, "property", {"name": key, "value": value})
        for finding in findings:
            _case(suite, finding, language)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _count(element: ET.Element, findings: list[Finding] | tuple[Finding, ...]) -> None:
    kinds = [_ELEMENTS.get(finding.status) for finding in findings]
    element.set("tests", str(len(kinds)))
    element.set("failures", str(kinds.count("failure")))
    element.set("errors", str(kinds.count("error")))
    element.set("skipped", str(kinds.count("skipped")))


def _case(suite: ET.Element, finding: Finding, language: Language) -> None:
    resource = finding.resource
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "name": _legal(f"{finding.rule.id} {resource.store or resource.name}"),
            "classname": _legal(f"multistore.check.{finding.rule.family}"),
            "time": "0",
        },
    )
    if resource.config_file is not None:
        case.set("file", _legal(resource.config_file))
        case.set("line", str(resource.config_line or 1))
    kind = _ELEMENTS.get(finding.status)
    said = _legal(finding.text.say(language))
    if kind in {"failure", "error"}:
        element = ET.SubElement(
            case, str(kind), {"message": said, "type": finding.rule.severity.value}
        )
        element.text = _body(finding, language)
    elif finding.status is Status.WAIVED and finding.waiver is not None:
        waiver = finding.waiver
        reason = f"{waiver.owner}, {waiver.expires.isoformat()}: {waiver.reason}. {said}"
        ET.SubElement(case, "skipped", {"message": _legal(reason)})
    elif kind == "skipped":
        ET.SubElement(case, "skipped", {"message": said})
    elif finding.status is Status.ATTESTED:
        out = ET.SubElement(case, "system-out")
        out.text = f"{_legal(MEANINGS[Status.ATTESTED].say(language))} {said}"


def _body(finding: Finding, language: Language) -> str:
    remedy = advice(finding).say(language)
    lines = [
        finding.rule.title.say(language),
        finding.rule.cost.say(language),
        remedy and f"-> {remedy}",
        finding.call
        and f"{finding.call} {json.dumps(plain(dict(finding.raw)), ensure_ascii=False)}",
        finding.raw_sha256 and f"sha256 {finding.raw_sha256}",
        finding.request_id and f"request {finding.request_id}",
    ]
    return "\n".join(_legal(line) for line in lines if line)


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", harmless(text))

"""The report as one HTML page for an auditor's binder: both languages, no scripts, no requests.

The page is for people; the JSON of the same check is the master, and its digest stands on the
page. Every text from outside is escaped.
"""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from multistore.compliance.model import Severity, Status, Text
from multistore.compliance.report import words
from multistore.compliance.report.advice import advice, shared
from multistore.compliance.report.japan_map import DATA_KINDS, HEIGHT, WIDTH, drawn
from multistore.compliance.report.master import digest, moment, plain
from multistore.compliance.report.matrix import matrix
from multistore.compliance.report.ordering import counted, grouped, worst_first
from multistore.compliance.report.outcome import outcome
from multistore.compliance.report.page_texts import TEXTS
from multistore.compliance.report.standing import in_japan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from multistore.compliance.model import Language, Report

_JAPAN = timezone(timedelta(hours=9), "JST")
_OPEN = (Status.FAIL, Status.UNKNOWN, Status.WAIVED, Status.ATTESTED)
MARKS = {
    Status.FAIL: "✕",
    Status.UNKNOWN: "?",
    Status.WAIVED: "△",
    Status.ATTESTED: "◇",
    Status.PASS: "✓",
    Status.NA: "–",
}
"""A sign for each status, so that nothing depends on colour."""


def rendered(report: Report, language: Language, *, fail_on: Severity = Severity.INFO) -> str:
    """Write the page.

    Args:
        report: the report.
        language: the one that is shown first; the reader can change it on the page.
        fail_on: failures below this do not decide the headline.
    """
    import jinja2  # noqa: PLC0415 - only the page needs it
    from markupsafe import Markup  # noqa: PLC0415 - as above

    english, japanese = Markup('<span lang="en">'), Markup('</span><span lang="ja">')
    end = Markup("</span>")

    def both(text: Text) -> Markup:
        """Give a text in both languages; the style shows the chosen one."""
        if text.en == text.ja:
            return Markup.escape(text.en)
        return english + text.en + japanese + text.ja + end

    def svg(text: Text) -> Markup:
        return Markup('<tspan lang="en">{}</tspan><tspan lang="ja">{}</tspan>').format(
            text.en, text.ja
        )

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(both=both, svg=svg, jst=_jst, utc=moment, evidence=_evidence)
    source = files("multistore.compliance.report") / "page.html.j2"
    groups = grouped(report.findings)
    names = {resource.id: resource.store or resource.name for resource in report.resources}
    return environment.from_string(source.read_text(encoding="utf-8")).render(
        report=report,
        language=language,
        outcome=outcome(report, fail_on),
        fail_on=None if fail_on is Severity.INFO else fail_on,
        counts=counted(report),
        digest=digest(report),
        map=drawn(report),
        width=WIDTH,
        height=HEIGHT,
        matrix=matrix(report),
        open=[group for group in groups if group.status in _OPEN],
        quiet=[finding for finding in worst_first(report.findings) if finding.status not in _OPEN],
        controls=_controls(report),
        copies=sorted(report.copies, key=lambda copy: (False, None, True).index(copy.in_japan)),
        names=names,
        advice=advice,
        shared=shared,
        in_japan=in_japan,
        data_kinds=DATA_KINDS,
        words=words,
        marks=MARKS,
        t=TEXTS,
    )


def _controls(report: Report) -> list[tuple[str, Text, Mapping[Status, int], list[str]]]:
    """Give each section of the white paper and each control with what was found for it."""
    rows: dict[str, tuple[dict[Status, int], set[str]]] = {}
    for finding in report.findings:
        for control in (*finding.rule.whitepaper, *finding.rule.controls):
            counts, rules = rows.setdefault(control, ({}, set()))
            counts[finding.status] = counts.get(finding.status, 0) + 1
            rules.add(finding.rule.id)
    return [
        (control, words.WHITE_PAPER.get(control, Text("", "")), counts, sorted(rules))
        for control, (counts, rules) in sorted(rows.items(), key=_paper_first)
    ]


def _paper_first(row: tuple[str, Any]) -> tuple[bool, str]:
    return not row[0].startswith("WP-"), row[0]


def _jst(at: datetime) -> str:
    return at.astimezone(_JAPAN).strftime("%Y-%m-%d %H:%M:%S JST")


def _evidence(value: Mapping[str, Any]) -> str:
    """Write a raw value so that a reader can follow it: JSON, indented where it is long."""
    said = json.dumps(plain(dict(value)), ensure_ascii=False)
    return said if len(said) <= 90 else json.dumps(plain(dict(value)), ensure_ascii=False, indent=1)

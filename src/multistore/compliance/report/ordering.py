"""In which order a report is told: the worst first, and one group per rule and status."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from multistore.compliance.model import Status
from multistore.compliance.report.words import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multistore.compliance.model import Finding, Report, Rule

WORST_FIRST: tuple[Status, ...] = (
    Status.FAIL,
    Status.UNKNOWN,
    Status.WAIVED,
    Status.ATTESTED,
    Status.PASS,
    Status.NA,
)
"""Every status, the worst first."""


_SUBJECTS = tuple(FAMILIES)


@dataclass(frozen=True, slots=True)
class Group:
    """What one rule said, with the same status, of one or more resources."""

    rule: Rule
    status: Status
    findings: tuple[Finding, ...]


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Order findings: by status, severity, subject, rule and resource."""
    return sorted(
        findings,
        key=lambda finding: (
            WORST_FIRST.index(finding.status),
            finding.rule.severity.rank,
            _subject(finding.rule.family),
            finding.rule.id,
            finding.resource.id,
            finding.text.en,
        ),
    )


def _subject(family: str) -> int:
    return _SUBJECTS.index(family) if family in _SUBJECTS else len(_SUBJECTS)


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Put together what one rule says with one status; the worst groups first."""
    return [
        Group(rule=(members := tuple(run))[0].rule, status=status, findings=members)
        for (status, _), run in groupby(
            worst_first(findings), key=lambda finding: (finding.status, finding.rule.id)
        )
    ]


def counted(report: Report) -> dict[Status, int]:
    """Count the findings of each status, every status named, the worst first."""
    counts = Counter(finding.status for finding in report.findings)
    return {status: counts[status] for status in WORST_FIRST}


def worst_status(statuses: Iterable[Status]) -> Status | None:
    """Return the worst of some statuses; None where there are none."""
    return min(statuses, key=WORST_FIRST.index, default=None)

"""The matrix of the page: one row per store, one column per family of rules, the worst in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from multistore.compliance.report.ordering import WORST_FIRST, worst_status
from multistore.compliance.report.words import FAMILIES, family

if TYPE_CHECKING:
    from multistore.compliance.model import Finding, Report, Resource, Status, Text


_ROLES = ("store", "account", "target")


@dataclass(frozen=True, slots=True)
class Cell:
    """What the rules of one family said of one resource: the worst, and how many said so."""

    status: Status | None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One resource."""

    resource: Resource
    cells: tuple[Cell, ...]
    worst: Status | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole table; only families that said something have a column."""

    families: tuple[Text, ...]
    rows: tuple[Row, ...]


def matrix(report: Report) -> Matrix:
    """Build the matrix: stores, the rest of the account, targets; in each the worst on top."""
    by_resource: dict[str, list[Finding]] = {resource.id: [] for resource in report.resources}
    for finding in report.findings:
        by_resource.setdefault(finding.resource.id, []).append(finding)
    present = {finding.rule.family for finding in report.findings}
    families = [*(name for name in FAMILIES if name in present), *sorted(present - set(FAMILIES))]
    rows = [
        Row(
            resource=resource,
            cells=tuple(_cell(by_resource[resource.id], name) for name in families),
            worst=worst_status(finding.status for finding in by_resource[resource.id]),
        )
        for resource in report.resources
    ]
    rows.sort(
        key=lambda row: (
            _ROLES.index(row.resource.role),
            WORST_FIRST.index(row.worst) if row.worst else len(WORST_FIRST),
            row.resource.store or row.resource.name,
        )
    )
    return Matrix(tuple(family(name) for name in families), tuple(rows))


def _cell(findings: list[Finding], name: str) -> Cell:
    statuses = [finding.status for finding in findings if finding.rule.family == name]
    status = worst_status(statuses)
    return Cell(status, statuses.count(status) if status else 0)

"""The one sentence at the top: what a report comes to, and never more than it knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from multistore.compliance.model import Severity, Status, Text, worst
from multistore.compliance.report.ordering import counted

if TYPE_CHECKING:
    from multistore.compliance.model import Report


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a report comes to.

    Attributes:
        code: the exit code.
        status: the status whose colour it has.
        headline: in a few words.
        meaning: what that means.
    """

    code: int
    status: Status
    headline: Text
    meaning: Text


def outcome(report: Report, fail_on: Severity = Severity.INFO) -> Outcome:
    """Say what a report comes to.

    Args:
        report: the report.
        fail_on: failures below this severity do not decide; that they are there is said.
    """
    counts, code = counted(report), worst(report, fail_on)
    if code == 1:
        return _FAILED
    if code == 3:
        return _UNREAD if report.findings else _NOTHING
    if counts[Status.FAIL]:
        return _LESSER
    attested, waived = counts[Status.ATTESTED], counts[Status.WAIVED]
    if not attested and not waived:
        return _ALL
    return Outcome(
        0,
        Status.ATTESTED if attested else Status.WAIVED,
        Text(
            "Nothing failed; part of it was not verified or is waived",
            "不適合はありません（証明または適用除外による項目を含みます）",
        ),
        Text(
            f"{attested} rest on an operator's word, and {waived} failures are waived by name.",
            f"事業者の証明による項目が {attested} 件、適用を除外した不適合が {waived} 件あります。",
        ),
    )


_FAILED = Outcome(
    1,
    Status.FAIL,
    Text("Something is not in order", "不適合があります"),
    Text(
        "At least one rule is violated. The worst comes first below.",
        "少なくとも一つの規則に反しています。深刻なものから順に示します。",
    ),
)
_UNREAD = Outcome(
    3,
    Status.UNKNOWN,
    Text("Not everything could be verified", "確認できない項目があります"),
    Text(
        "Something could not be read, and that is not a pass.",
        "読み取れない項目があります。適合とはみなしません。",
    ),
)
_NOTHING = Outcome(
    3,
    Status.UNKNOWN,
    Text("Nothing was looked at", "点検した項目がありません"),
    Text("No rule said anything, so nothing is known.", "何も判定していないため、何も示せません。"),
)
_LESSER = Outcome(
    0,
    Status.FAIL,
    Text("No failure of the asked severity", "指定した重要度以上の不適合はありません"),
    Text(
        "There are lesser failures, which are shown below.",
        "それより軽い不適合があります。以下に示します。",
    ),
)
_ALL = Outcome(
    0,
    Status.PASS,
    Text("Everything that was asked is in order", "すべての項目が適合しています"),
    Text("No failure, and nothing was left unread.", "不適合も、確認できない項目もありません。"),
)

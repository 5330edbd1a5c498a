"""What to do about a finding: its own remedy, its rule's, or what it needs to be readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.model import NOTHING, Status, Text

if TYPE_CHECKING:
    from multistore.compliance.model import Finding
    from multistore.compliance.report.ordering import Group


def advice(finding: Finding) -> Text:
    """Give what to do; nothing where nothing is to be done.

    A rule's remedy repairs a failure. What could not be read needs a permission first.
    """
    if finding.status not in {Status.FAIL, Status.UNKNOWN, Status.WAIVED}:
        return NOTHING
    if finding.remedy:
        return finding.remedy
    if finding.status is not Status.UNKNOWN:
        return finding.rule.remedy
    if not finding.rule.permission:
        return NOTHING
    needed = finding.rule.permission
    return Text(
        f"Let the caller read it ({needed}), and check again.",
        f"読み取りを許可し（{needed}）、もう一度点検してください。",
    )


def shared(group: Group) -> Text:
    """Give what all findings of a group ask for; nothing where each asks for something else."""
    wanted = {advice(finding) for finding in group.findings}
    return wanted.pop() if len(wanted) == 1 else NOTHING

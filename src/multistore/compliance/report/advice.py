"""What to do about a finding: its own remedy, its rule's, or what it needs to be readable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from multistore.compliance.model import NOTHING, Status, Text

if TYPE_CHECKING:
    from multistore.compliance.model import Finding
    from multistore.compliance.report.ordering import Group


_BUCKET = re.compile(r"(--bucket )NAME\b")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def advice(finding: Finding) -> Text:
    """Give what to do, its commands with the bucket's name; nothing where nothing is to be done.

    A rule's remedy repairs a failure. What could not be read needs a permission first.
    """
    name = finding.resource.name
    wanted = _wanted(finding)
    if not _PLAIN.fullmatch(name):  # nothing that a shell would take for more than a name
        return wanted
    return Text(_BUCKET.sub(rf"\g<1>{name}", wanted.en), _BUCKET.sub(rf"\g<1>{name}", wanted.ja))


def shared(group: Group) -> Text:
    """Give what all findings of a group ask for; nothing where each asks for something else."""
    if len(group.findings) == 1:
        return advice(group.findings[0])
    wanted = {_wanted(finding) for finding in group.findings}
    return wanted.pop() if len(wanted) == 1 else NOTHING


def _wanted(finding: Finding) -> Text:
    if finding.status not in {Status.FAIL, Status.UNKNOWN, Status.WAIVED}:
        return NOTHING
    if finding.remedy:
        return finding.remedy
    if finding.status is not Status.UNKNOWN:
        return finding.rule.remedy
    needed = finding.rule.permission
    if not needed.strip("-"):
        return NOTHING
    return Text(
        f"Let the caller read it ({needed}), and check again.",
        f"読み取りを許可し（{needed}）、もう一度点検してください。",
    )

"""What a plan of AWS Backup takes: the selections that belong to it. Pure."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import MalformedError, entries, section, text, texts
from multistore.compliance.reading import listed, part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.view import View


class Taken(StrEnum):
    """Whether a plan takes a bucket; what is chosen by tags alone may take it."""

    YES = "yes"
    BY_TAGS = "by tags"
    NO = "no"


def takes(plan: View, bucket: str) -> Taken:
    """Say whether a plan takes a bucket.

    Raises:
        UnreadableError: a selection of the plan could not be read.
    """
    found = {_takes(selection, bucket) for selection in _selections(plan)}
    return next((taken for taken in Taken if taken in found), Taken.NO)


def _selections(plan: View) -> Iterator[Mapping[str, Any]]:
    for named in listed(plan, "backup:ListBackupSelections", "BackupSelectionsList"):
        one = plan.of(f"{plan.resource.id}/selection/{text(named, 'SelectionId')}")
        if one is None:
            raise MalformedError("a selection that is listed was not asked for")
        yield part(one, "backup:GetBackupSelection", "BackupSelection")


def _takes(selection: Mapping[str, Any], bucket: str) -> Taken:
    arn = f"arn:aws:s3:::{bucket}"
    wanted, spared = texts(selection, "Resources"), texts(selection, "NotResources")
    if any(fnmatchcase(arn, pattern) for pattern in spared):
        return Taken.NO
    named = any(fnmatchcase(arn, pattern) for pattern in wanted)
    conditions = any(section(selection, "Conditions").values())
    if entries(selection, "ListOfTags"):
        # Resources and tags are joined by "or" (AWS Backup, API reference, BackupSelection).
        return Taken.YES if named and not conditions else Taken.BY_TAGS
    if not named and wanted:
        return Taken.NO
    return Taken.YES if named and not conditions else Taken.BY_TAGS

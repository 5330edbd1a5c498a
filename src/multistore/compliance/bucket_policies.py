"""What a bucket's policy forbids: plain http, and deleting. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from multistore.compliance.answers import text
from multistore.compliance.policies import statements

if TYPE_CHECKING:
    from multistore.compliance.policies import Statement
    from multistore.compliance.view import View

DELETING = ("s3:DeleteObject", "s3:DeleteObjectVersion")
_SECURE = "aws:securetransport"


def policy(view: View) -> tuple[Statement, ...]:
    """Return the statements of a bucket's policy; none where it has no policy.

    Raises:
        UnreadableError: it could not be read.
        FormatError: it is not the JSON of a policy.
    """
    found = text(view.read("GetBucketPolicy"), "Policy")
    return statements(found) if found else ()


def demands_tls(given: tuple[Statement, ...], bucket: str) -> bool:
    """Whether plain http is denied to everybody, for every action, on bucket and objects.

    A statement with a second condition, for one user, one prefix or one action leaves a gap.
    """
    covered: set[str] = set()
    for statement in given:
        if statement.effect != "Deny" or statement.negated or "*" not in statement.principals:
            continue
        if statement.but_actions or not {"*", "s3:*"} & set(statement.actions):
            continue
        if not _only_plain_http(statement) or statement.but_resources:
            continue
        covered |= {_part(resource, bucket) for resource in statement.resources}
    return "all" in covered or {"bucket", "objects"} <= covered


def _only_plain_http(statement: Statement) -> bool:
    if len(statement.conditions) != 1:
        return False
    operator, key, values = statement.conditions[0]
    insecure = [value.lower() for value in values] == ["false"]
    return operator in ("bool", "boolifexists") and key == _SECURE and insecure


def _part(resource: str, bucket: str) -> str:
    """Say which part of a bucket a resource of a policy covers as a whole."""
    name = resource.rpartition(":::")[2] if ":::" in resource else resource
    if name in ("*", f"{bucket}*"):
        return "all"
    return {bucket: "bucket", f"{bucket}/*": "objects"}.get(name, "nothing")


def forbids_deleting(statement: Statement) -> bool:
    """Whether a statement keeps somebody from deleting objects whatever they send.

    A denial of plain http, or of other conditions that a proper request can meet, does not.
    """
    if statement.effect != "Deny" or statement.conditions:
        return False
    named = any(_covers(pattern, action) for pattern in statement.actions for action in DELETING)
    return not named if statement.but_actions else named


def _covers(pattern: str, action: str) -> bool:
    return fnmatchcase(action.lower(), pattern.lower())

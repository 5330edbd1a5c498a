"""What a policy of an AWS organisation leaves open of the regions abroad. Pure.

The reading errs on the side of "open": what it does not know for harmless is a gap, and a
statement that some condition narrows binds less than everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from multistore.compliance import arns
from multistore.compliance.model import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.policies import Statement

REGION_KEY = "aws:requestedregion"

# Operators by which a Deny holds for every region but the named ones. Where a request has no
# region, a negated operator matches, with IfExists or without: the request is denied.
# Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
_ALL_BUT = frozenset(
    f"{operator}{suffix}"
    for operator in ("stringnotequals", "stringnotequalsignorecase", "stringnotlike")
    for suffix in ("", "ifexists")
)

GLOBAL_SERVICES = frozenset(
    {
        *("account", "aws-marketplace", "aws-portal", "billing", "budgets", "ce", "cloudfront"),
        *("consolidatedbilling", "cur", "freetier", "globalaccelerator", "health", "iam"),
        *("invoicing", "networkmanager", "organizations", "payments", "pricing", "route53"),
        *("route53domains", "shield", "sts", "support", "supportplans", "tax", "trustedadvisor"),
        *("waf", "wafv2"),
    }
)
"""Services with one endpoint for all regions, in which nobody stores a bucket's objects.

A policy has to leave them out, because their requests name us-east-1. Source: AWS General
Reference, "Service endpoints", and IAM User Guide, "AWS: Denies access to AWS based on the
requested Region". Left out on purpose, though samples have them: ``kms``, ``config``, ``acm``
and others that keep something in each region."""

GLOBAL_ACTIONS = frozenset({"s3:putaccountpublicaccessblock", "s3:putaccountpublic*"})
"""What S3 does for a whole account, and that moves no data."""

_READING = ("describe", "get", "list")
_ALL = frozenset({"*", "*:*"})
_STORING = _ALL | {"s3:*"}
_EVERYTHING, _S3 = Text("everything", "あらゆる操作"), Text("S3", "S3 の操作")


@dataclass(frozen=True, slots=True)
class Denial:
    """One statement that denies by region.

    Attributes:
        what: what it denies: everything, or what S3 does.
        gaps: why something of that stays possible abroad all the same; empty: nothing does.
    """

    what: Text
    gaps: tuple[Text, ...]


def denials(policy: tuple[Statement, ...]) -> Iterator[Denial]:
    """Give every statement of a policy that denies by region, and what it leaves open."""
    for statement in policy:
        if statement.effect == "Deny" and any(
            key == REGION_KEY for _, key, _ in statement.conditions
        ):
            everything = statement.but_actions or _ALL & set(statement.actions)
            yield Denial(_EVERYTHING if everything else _S3, tuple(_gaps(statement)))


def _gaps(statement: Statement) -> Iterator[Text]:
    yield from _regions(statement)
    others = [f"{operator} {key}" for operator, key, _ in statement.conditions if key != REGION_KEY]
    if others:
        named = ", ".join(others)
        yield Text(
            f"it holds only where {named} does", f"条件（{named}）に合う操作にしか効きません"
        )
    if statement.but_actions:
        left = [action for action in statement.actions if not _harmless(action)]
        if left:
            named = ", ".join(left)
            yield Text(f"it leaves out {named}", f"{named} を除外しています")
    elif not _STORING & {action.lower() for action in statement.actions}:
        named = ", ".join(statement.actions)
        yield Text(f"it denies {named} only", f"{named} しか拒否しません")
    if statement.but_resources or "*" not in statement.resources:
        yield Text("it does not name every resource", "すべてのリソースを対象としていません")
    if statement.negated or set(statement.principals) - {"*"}:
        yield Text("it does not name every principal", "すべてのプリンシパルを対象としていません")


def _regions(statement: Statement) -> Iterator[Text]:
    named = [(op, values) for op, key, values in statement.conditions if key == REGION_KEY]
    allowed = [value for op, values in named if op in _ALL_BUT for value in values]
    if not allowed or any(op not in _ALL_BUT for op, _ in named):
        yield Text(
            "it does not deny every region but named ones",
            "指定したリージョン以外のすべてを拒否する形になっていません",
        )
    abroad = [region for region in allowed if not arns.in_japan(region)]
    if abroad:
        listed = ", ".join(abroad)
        yield Text(f"it allows {listed}", f"{listed} を許可しています")


def _harmless(action: str) -> bool:
    """Whether an action that is left out stores nothing abroad."""
    service, _, name = action.lower().partition(":")
    return (
        service in GLOBAL_SERVICES or action.lower() in GLOBAL_ACTIONS or name.startswith(_READING)
    )

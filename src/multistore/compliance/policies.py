"""Resource policies of AWS, read statement by statement. Pure.

The reading errs on the side of "allowed": a condition that it does not know does not narrow a
statement down, and a policy that it cannot read is no policy that was read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from multistore.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:(?:iam|sts)::)?(\d{12})(?::.*)?")

# Conditions that say which accounts may call, by the keys of IAM's reference ("AWS global
# condition context keys"; kms:CallerAccount in the KMS Developer Guide).
_BY_ACCOUNT = frozenset(
    {"aws:principalaccount", "aws:sourceaccount", "kms:calleraccount", "aws:principalorgid"}
)
_EQUAL = frozenset({"stringequals", "stringequalsignorecase"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy.

    Attributes:
        effect: ``Allow`` or ``Deny``.
        principals: accounts, ARNs and services as written; ``*`` for anybody.
        negated: whether it is about everybody but the principals (NotPrincipal).
        actions: as written.
        resources: as written; empty where the policy needs none.
        but_actions: whether it is about every action but those (NotAction).
        but_resources: whether it is about every resource but those (NotResource).
        conditions: operator, key and values, operators and keys in lower case.
        sid: its name.
    """

    effect: str
    principals: tuple[str, ...]
    negated: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    sid: str
    but_actions: bool = False
    but_resources: bool = False


def statements(text: str) -> tuple[Statement, ...]:
    """Read a policy.

    Raises:
        FormatError: it is not the JSON of a policy.
    """
    try:
        document = cast("dict[str, Any]", json.loads(text))
        found = document["Statement"]
        raw = cast("list[dict[str, Any]]", found if isinstance(found, list) else [found])
        return tuple(_statement(one) for one in raw)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FormatError("this is not the JSON of a policy") from None


def _statement(raw: Mapping[str, Any]) -> Statement:
    negated = "NotPrincipal" in raw
    principal: Any = raw.get("NotPrincipal" if negated else "Principal", {})
    principals: list[str] = []
    if isinstance(principal, str):
        principals.append(principal)
    else:
        for named in cast("dict[str, Any]", principal).values():
            principals += _many(named)
    conditions = [
        (str(operator).lower(), str(key).lower(), tuple(_many(values)))
        for operator, keys in cast("dict[str, dict[str, Any]]", raw.get("Condition") or {}).items()
        for key, values in keys.items()
    ]
    return Statement(
        effect=str(raw["Effect"]),
        principals=tuple(principals),
        negated=negated,
        actions=tuple(_many(raw.get("Action", raw.get("NotAction", "*")))),
        resources=tuple(_many(raw.get("Resource", raw.get("NotResource", ())))),
        but_actions="NotAction" in raw,
        but_resources="NotResource" in raw,
        conditions=tuple(conditions),
        sid=str(raw.get("Sid", "")),
    )


def _many(value: Any) -> list[str]:
    values = cast("list[Any]", value) if isinstance(value, list | tuple) else [value]
    return [str(one) for one in values]


def strangers(policy: tuple[Statement, ...], *, own: str) -> Iterator[tuple[str, Statement]]:
    """Give every principal of another account that some statement allows, and the statement.

    A statement for anybody counts, unless its conditions name this account alone. AWS's own
    services are no strangers; CloudFront's identities belong to a distribution and are.

    Args:
        policy: the statements.
        own: the account that the resource belongs to.
    """
    for statement in policy:
        if statement.effect != "Allow" or _narrowed(statement, own):
            continue
        if statement.negated:
            yield f"everybody but {', '.join(statement.principals)}", statement
            continue
        for principal in statement.principals:
            named = _ACCOUNT.fullmatch(principal)
            service = named is None and principal.endswith(".amazonaws.com")
            if service or (named and named[1] == own):
                continue
            yield principal, statement


def _narrowed(statement: Statement, own: str) -> bool:
    """Whether its conditions let in nobody but this account, or but its own organisation."""
    for operator, key, values in statement.conditions:
        if operator not in _EQUAL or key not in _BY_ACCOUNT:
            continue
        if key == "aws:principalorgid" or all(value == own for value in values):
            return True
    return False

"""What the rules about Azure share: the account of a container, and whether there is one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from multistore.compliance.answers import MalformedError
from multistore.compliance.collect.azure_account import ACCOUNT
from multistore.compliance.judgements import not_asked
from multistore.compliance.model import Rule, Text
from multistore.compliance.reading import part
from multistore.residency.location import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from multistore.compliance.model import Judgement, Severity
    from multistore.compliance.view import View

ERASED_WITHIN_DAYS = 60
"""The white paper, section 3: data is erased 60 days after the service is stopped."""


def account_of(view: View) -> View:
    """Return the view of the account that a container, or what the account led to, belongs to.

    Raises:
        MalformedError: it was not looked at.
    """
    if view.resource.kind == "azure-account":
        return view
    store = view.settings.stores[view.resource.via or view.resource.store or ""]
    found = view.of(f"azure://{store.account}")
    if found is None:
        raise MalformedError("the account of a container was not looked at")
    return found


def properties(view: View) -> Mapping[str, Any]:
    """Return what Resource Manager says of the account.

    Raises:
        UnreadableError: it could not be asked, or does not know the account.
    """
    return part(account_of(view), ACCOUNT, "properties")


def emulated(view: View) -> Judgement | None:
    """Say that an account on this machine is none of Azure's, and nobody administers it there."""
    store = view.settings.stores.get(view.resource.via or view.resource.store or "")
    host = urlsplit(store.endpoint or "").hostname if store is not None else None
    if host is None or not is_loopback(host):
        return None
    return not_asked(
        "The account is on this machine, and Azure Resource Manager knows nothing of it.",
        "このマシン上のアカウントであり、Azure Resource Manager の管理対象ではありません。",
    )


def azure_rule(  # noqa: PLR0917 - a row of a table, always in this order
    rule: str,
    severity: Severity,
    title: Text,
    reads: tuple[str, ...],
    cost: Text,
    remedy: Text,
    applies_to: tuple[str, ...] = ("azure-account",),
    *,
    family: str = "residency",
    permission: str = "Microsoft.Storage/storageAccounts/read",
    whitepaper: tuple[str, ...] = ("WP-1",),
    controls: tuple[str, ...] = (),
    gate: bool = False,
    judge: Callable[[View], Iterable[Judgement]],
) -> Rule:
    """Make a rule about Azure; what most of them share is filled in."""
    return Rule(
        id=rule,
        severity=severity,
        title=title,
        family=family,
        reads=reads,
        permission=permission,
        whitepaper=whitepaper,
        controls=controls,
        cost=cost,
        remedy=remedy,
        applies_to=applies_to,
        roles=("store",) if gate else ("store", "account"),
        gate=gate,
        judge=judge,
    )

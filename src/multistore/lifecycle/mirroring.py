"""The retention of collections as lifecycle rules of the providers, for when no run comes any more.

``lifecycle run`` carries retention out itself, with an outcome for every version. The rules are
a net below it: they act days later, and only where no run has come. Since a provider asks nobody
before it expires an object, there is no rule for what a hold touches, nor where a handler may
veto an expiry.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select

from multistore.errors import AccessDeniedError, MultistoreError
from multistore.hooks import ObjectExpiring
from multistore.ledger.holds import Holds
from multistore.ledger.schema import TenantState, scopes, tenants
from multistore.lifecycle.calendar import Period
from multistore.stores.facets import OWN, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from multistore.ledger.holds import Hold
    from multistore.lifecycle.estate import Estate
    from multistore.stores.facets import RulesFacet

MIRROR = "mirror-rules"
"""The step of a run."""

BEHIND = 7
"""Days by which a provider's rule comes behind the run that should have come before."""

UPLOADS = 7
"""Days after which an unfinished upload is aborted."""

MOST = 1000
"""Rules that a bucket can have; with more scopes than that the rest has none, and is told of."""

ATTEMPTS = 3
"""How often the rules are written anew where a hold was placed meanwhile."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What became of one store's rules.

    Attributes:
        store: the store's name.
        detail: one sentence.
        done: whether they are there as they should be.
    """

    store: str
    detail: str
    done: bool


def mirror(estate: Estate, *, dry: bool) -> Iterator[Mirrored]:
    """Write the rules of every store that has such, where they are not as they should be.

    Cost: one request per store that has rules; two or three more where something changes.
    """
    in_store: dict[str, list[str]] = defaultdict(list)
    for name, collection in estate.collections.items():
        in_store[collection.store].append(name)
    for name, collections in sorted(in_store.items()):
        try:
            facet = estate.store(name).rules
            if facet is None:
                continue
            told = _written(estate, facet, _wanted(estate, collections), dry=dry)
        except AccessDeniedError as error:
            told = (str(error), False) if _wanted(estate, collections) else None
        except MultistoreError as error:
            told = (str(error), False)
        if told is not None:
            yield Mirrored(name, *told)


def rule_of(ledger_id: bytes, tenant: str, collection: str, period: Period) -> Rule:
    """Make the rule of one scope. Pure.

    No rule may be early: days are the most that the period can have. Where versions are kept, an
    object is hidden first and goes as long again later, as does a version since it was replaced.
    """
    days = (period.days or period.months // 12 * 366 + period.months % 12 * 31) + BEHIND
    return Rule(
        f"{_ours(ledger_id)}{tenant}/{collection}",
        f"{tenant}/{collection}/",
        days=days,
        noncurrent_days=days,
        upload_days=UPLOADS,
    )


def without_held(rules: Iterable[Rule], holds: Sequence[Hold]) -> list[Rule]:
    """Leave out every rule that a hold touches. Pure."""
    return [rule for rule in rules if not any(hold.touches(rule.prefix) for hold in holds)]


def _wanted(estate: Estate, collections: Iterable[str]) -> list[Rule]:
    """Give the rules for all scopes of these collections, holds not yet considered."""
    if estate.hooks.wants(ObjectExpiring):
        return []
    ledger = estate.keyring.ledger
    found: list[Rule] = []
    for name in sorted(collections):
        retention = estate.collections[name].retention
        if retention is None:
            continue
        gone = tenants.c.state.in_([TenantState.ERASING.value, TenantState.ERASED.value])
        # Asked for each tenant in the order of names, so that it ends at the limit.
        has_one = exists().where(
            scopes.c.tenant_id == tenants.c.id,
            scopes.c.collection == name,
            or_(scopes.c.survives_tenant.is_(True), ~gone),
        )
        query = select(tenants.c.name).where(has_one).order_by(tenants.c.name).limit(MOST + 1)
        with ledger.reading() as connection:
            names = connection.execute(query).scalars().all()
        period = Period.parse(retention)
        found += [rule_of(ledger.id, tenant, name, period) for tenant in names]
    return found


def _written(
    estate: Estate, facet: RulesFacet, wanted: list[Rule], *, dry: bool
) -> tuple[str, bool] | None:
    """Write them where they differ; what to tell, or None where all is as it should be."""
    ours = _ours(estate.keyring.ledger.id)
    said: tuple[str, bool] | None = None
    for _ in range(ATTEMPTS):
        free = without_held(wanted, Holds(estate.keyring.ledger).list())
        there = facet.read()
        others = [rule for rule in there.own if not rule.id.startswith(ours)]
        room = max(0, MOST - len(others) - len(there.foreign))
        target = free[:room]
        if set(target) == {rule for rule in there.own if rule.id.startswith(ours)}:
            break
        if dry:
            return f"{len(target)} rules would be there", True
        written = facet.replace([*others, *target])
        said = f"{len(target)} rules beside {len(written.foreign)} foreign ones", True
        if len(free) > room:
            said = f"{said[0]}; {len(free) - room} more than a bucket can have are left out", False
        if written.dropped:
            said = f"the store did not keep {', '.join(written.dropped[:3])}", False
            if without_held(target, Holds(estate.keyring.ledger).list()) == target:
                break
    else:
        return "holds change faster than the rules can be written", False
    return said


def _ours(ledger_id: bytes) -> str:
    """Begin the ids of one vault's rules: two vaults may share a bucket."""
    return f"{OWN}{ledger_id.hex()[:8]}:"

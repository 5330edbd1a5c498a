"""A bounded look at which classes of data lie in a store: prefixes first, then a few objects.

Names may say who a customer is, so the record has counts and the names of collections only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from multistore.compliance.belonging import at_root, below_tenant, declared

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_T = TypeVar("_T")

CALL = "classes of data (sample)"
TENANTS = 8
"""Tenants whose collections are listed."""
OBJECTS = 3
"""Objects whose tags and metadata are read, of as many collections as there are."""
PAGE = 1000
"""Entries of a listing that are looked at: its first page."""


@dataclass(frozen=True, slots=True)
class Level:
    """What lies directly below a prefix.

    Attributes:
        entries: names of objects, and prefixes with their slash.
        more: whether the listing goes on.
    """

    entries: Sequence[str]
    more: bool


class Shelves(Protocol):
    """One bucket, container or directory, as far as the sample needs it."""

    def level(self, prefix: str) -> Level:
        """List what lies directly below a prefix."""
        ...

    def words(self, prefix: str) -> Mapping[str, str] | None:
        """Give the tags and metadata of the first object below a prefix; None: there is none."""
        ...


def sample(shelves: Shelves, known: Collection[str]) -> dict[str, Any]:
    """Look at the root, at some tenants evenly spread, and at a few of their objects.

    Cost: one listing, one more for each of at most eight tenants, and ``words`` at most thrice.
    What is picked is the same each time, so that a finding can be looked at again.
    """
    root = shelves.level("")
    kinds = {name: at_root(name) for name in root.entries}
    tenants = [name for name, kind in kinds.items() if kind is None]
    counts: Counter[str] = Counter(kind for kind in kinds.values() if kind is not None)
    picked = spread(tenants, TENANTS)
    cut, prefixes = False, list[tuple[str, str]]()
    for tenant in picked:
        level = shelves.level(tenant)
        cut = cut or level.more
        for name in level.entries:
            kind = below_tenant(name, tenant, known)
            counts[kind] += 1
            if kind in known:
                prefixes.append((kind, name))
    objects: list[dict[str, Any]] = []
    for collection, prefix in _varied(prefixes):
        words = shelves.words(prefix)
        if words is not None:
            objects.append({"Collection": collection, "Declares": declared(words, known)})
    return {
        "Found": dict(sorted(counts.items())),
        "Tenants": len(tenants),
        "TenantsLookedInto": len(picked),
        "MoreAtRoot": root.more,
        "MoreBelow": cut,
        "Objects": objects,
    }


def spread(found: Sequence[_T], most: int) -> list[_T]:
    """Return at most so many, evenly spread, the first among them."""
    count = min(most, len(found))
    return [found[number * len(found) // count] for number in range(count)]


def _varied(prefixes: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a few of the prefixes: one of each collection first, then others."""
    first: dict[str, tuple[str, str]] = {}
    for pair in prefixes:
        first.setdefault(pair[0], pair)
    rest = [pair for pair in prefixes if pair is not first[pair[0]]]
    return [*spread(list(first.values()), OBJECTS), *spread(rest, OBJECTS)][:OBJECTS]

"""Every rule of the check. A module here that defines ``RULES`` is found by itself."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multistore.compliance.model import Rule


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, by id. No network.

    Raises:
        RuntimeError: two modules claim the same id.
    """
    found: dict[str, Rule] = {}
    for module in pkgutil.iter_modules(__path__):
        rules: tuple[Rule, ...] = getattr(import_module(f"{__name__}.{module.name}"), "RULES", ())
        for rule in rules:
            if rule.id in found:
                raise RuntimeError(f"the rule {rule.id} is there twice")
            found[rule.id] = rule
    return tuple(found[name] for name in sorted(found))

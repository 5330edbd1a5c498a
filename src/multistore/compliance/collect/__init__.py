"""Collectors: who asks which service what. A module that defines ``COLLECTORS`` is found by itself.

A collector is called once per resource of its kinds. It yields the answers it got, and resources
that they led to, which are then collected in their turn. It raises nothing for what a service
says: that is an unreadable answer.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Copy, Resource
    from multistore.stores.base import Placement


@dataclass(frozen=True, slots=True)
class Collector:
    """One collector.

    Attributes:
        kinds: the kinds of resources that it is called for.
        collect: yields answers, resources that they lead to, arrows, and for a store where the
            service says that it lies. A resource that is known already is replaced.
        network: whether it sends requests; if so it is not called where the check is offline.
        targets: whether it is also called for resources of the role ``target``.
    """

    kinds: tuple[str, ...]
    collect: Callable[[Resource, Reader], Iterable[Answer | Resource | Copy | Placement]]
    network: bool = True
    targets: bool = False


@lru_cache(maxsize=1)
def all_collectors() -> tuple[Collector, ...]:
    """Return every collector, in the order of the modules' names."""
    found: list[Collector] = []
    for module in pkgutil.iter_modules(__path__):
        found += getattr(import_module(f"{__name__}.{module.name}"), "COLLECTORS", ())
    return tuple(found)

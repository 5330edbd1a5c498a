"""Which class of data a name, a tag or a piece of metadata says that something is. Pure.

What this library writes is called ``tenant/collection/key``, and the collection is the class. What
other programs put into the same bucket has other names, or says by a tag what it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from multistore.values import is_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from multistore.config import Settings

ACCESS_LOGS = "access logs of the service"
ERASURE_LOG = "erasure log"
UNOWNED = "unowned"
"""Three things that a name may be instead of an object of a collection."""

# The five classes of the white paper, beside those that a configuration names.
_PAPER = frozenset({"video", "attachment", "user-info", "backup", "access-log"})
_SAYS = frozenset({"class", "collection", "dataclass"})
"""The names of tags and metadata that declare a class, without signs and in small letters."""
_WORDS = re.compile(r"[a-z0-9][a-z0-9-]*")
_OURS = "_multistore/"
# What Amazon S3 calls the access logs that it writes: a time and sixteen digits; or, partitioned,
# the number of the account before region, bucket and day (S3 user guide, log object key format).
_LOG = re.compile(r"(?:.*/)?[0-9]{4}(?:-[0-9]{2}){5}-[0-9A-F]{16}")
_ACCOUNT = re.compile(r"[0-9]{12}/")


def classes(settings: Settings) -> frozenset[str]:
    """Return every class of data that a tag may name: the white paper's and the configuration's."""
    accepted = {name for store in settings.stores.values() for name in store.accepts}
    return _PAPER | accepted | settings.collections.keys()


def at_root(name: str) -> str | None:
    """Say what lies at the root of a bucket; None for a prefix that may be a tenant's."""
    if name == _OURS:
        return ERASURE_LOG
    if _LOG.fullmatch(name) or _ACCOUNT.fullmatch(name):
        return ACCESS_LOGS
    return None if name.endswith("/") and is_name(name[:-1]) else UNOWNED


def below_tenant(name: str, tenant: str, known: Iterable[str]) -> str:
    """Say what lies directly below a tenant's prefix: a collection's name, or what it is instead.

    Args:
        name: the whole name, or the prefix with its slash.
        tenant: the tenant's prefix with its slash.
        known: the classes that there are.
    """
    part = name.removeprefix(tenant)
    if part.endswith("/") and part[:-1] in known:
        return part[:-1]
    return ACCESS_LOGS if _LOG.fullmatch(name) or _ACCOUNT.fullmatch(part) else UNOWNED


def declared(words: Mapping[str, str], known: Iterable[str]) -> list[str]:
    """Return the classes that tags or metadata declare, sorted.

    A tag counts that is called collection, class or data class, in any spelling; of its value the
    words that are classes. What says nothing of a class declares none.
    """
    values = [v for name, v in words.items() if re.sub(r"[^a-z]", "", name.lower()) in _SAYS]
    said = {word for value in values for word in _WORDS.findall(value.lower())}
    return sorted(said & set(known))

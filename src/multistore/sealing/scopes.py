"""The one thing that sealing needs from the keys: a scope's key, by (tenant, collection)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, eq=False)
class ScopeKey:
    """One version of a scope's key.

    Attributes:
        scope_id: 16 random bytes, not derived from any name.
        version: 1 and up.
        secret: 32 bytes, owned by whoever handed it out; never copied, kept or printed.
    """

    scope_id: bytes
    version: int
    secret: bytearray = field(repr=False)


class ScopeKeys(Protocol):
    """Who holds the keys of the scopes. Safe to call from several threads."""

    def scope_id(self, tenant: str, collection: str) -> bytes | None:
        """Return the scope's id, or None where this pair has never sealed anything.

        Raises:
            NotFoundError: the tenant is unknown.
        """
        ...

    def for_sealing(self, tenant: str, collection: str) -> ScopeKey:
        """Return the newest key; the first call for a pair founds its scope.

        Raises:
            NotFoundError: the tenant is unknown.
            TenantSuspendedError: it is suspended.
            KeyDestroyedError: it was erased.
            KeyUnavailableError: the KMS or the ledger does not give it.
        """
        ...

    def for_opening(self, tenant: str, collection: str, version: int) -> ScopeKey:
        """Return the key of one version; raises as for_sealing does.

        Raises:
            KeyUnavailableError: also for a version that this ledger does not know.
        """
        ...

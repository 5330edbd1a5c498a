"""Keys for the tests: every scope has its own, from a seed, and tenants can be put in any state."""

from __future__ import annotations

import hashlib

from multistore.errors import (
    KeyDestroyedError,
    KeyUnavailableError,
    NotFoundError,
    TenantSuspendedError,
)
from multistore.sealing.scopes import ScopeKey

TENANTS = ("acme", "acme2", "school-042")


class Scopes:
    """ScopeKeys in memory. ``version`` is what for_sealing gives; older ones open as well."""

    def __init__(self, tenants=TENANTS):
        self.tenants = set(tenants)
        self.suspended = set()
        self.erased = set()
        self.version = 1
        self.calls = []

    def secret(self, tenant, collection, version):
        return bytearray(hashlib.sha256(f"{tenant}/{collection}/{version}".encode()).digest())

    def scope_id(self, tenant, collection):
        self._require(tenant, states=False)
        return hashlib.sha256(f"id {tenant}/{collection}".encode()).digest()[:16]

    def for_sealing(self, tenant, collection):
        self._require(tenant)
        return self._key(tenant, collection, self.version)

    def for_opening(self, tenant, collection, version):
        self.calls.append((tenant, collection, version))
        self._require(tenant)
        if not 1 <= version <= self.version:
            raise KeyUnavailableError(f"key version {version} is unknown")
        return self._key(tenant, collection, version)

    def _key(self, tenant, collection, version):
        return ScopeKey(
            self.scope_id(tenant, collection), version, self.secret(tenant, collection, version)
        )

    def _require(self, tenant, *, states=True):
        if tenant not in self.tenants:
            raise NotFoundError(f"there is no tenant {tenant!r}")
        if states and tenant in self.suspended:
            raise TenantSuspendedError("suspended")
        if states and tenant in self.erased:
            raise KeyDestroyedError("erased")

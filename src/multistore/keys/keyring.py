"""The keyring: hands out scope keys, from memory as long as it may."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar

from sqlalchemy import exists, select

from multistore.errors import (
    ClosedError,
    KeyDestroyedError,
    KeyUnavailableError,
    TamperedError,
    TenantSuspendedError,
    UnavailableError,
)
from multistore.hooks import Hooks
from multistore.keys import founding, keks
from multistore.keys.cache import Cache
from multistore.keys.kms.opening import open_kms
from multistore.keys.wrapping import Slot, WrappingKey, fingerprint, owner_tag
from multistore.ledger.erasure_log import must_know_head
from multistore.ledger.ledger import open_ledger
from multistore.ledger.schema import (
    TenantState,
    holds,
    scope_keys,
    scopes,
    tenants,
    wrapped_keys,
)
from multistore.ledger.tenants import SERVED, unknown
from multistore.processes import PerProcess
from multistore.sealing.scopes import ScopeKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import ColumnElement

    from multistore.keys.kms.base import Kms
    from multistore.ledger.erasure_log import LogStore
    from multistore.ledger.ledger import Ledger

K = TypeVar("K")
V = TypeVar("V")

_FOUNDING_TRIES = 10

SCOPE_SECONDS = 300.0
SCOPES_KEPT = 1024
KEK_SECONDS = 3600.0
KEKS_KEPT = 64


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the ledger says of one (tenant, collection)."""

    tenant_id: bytes
    state: TenantState
    scope_id: bytes | None
    newest: int
    held: bool


@dataclass(slots=True)
class _Caches:
    scopes: Cache[tuple[str, str], _Scope]
    keys: Cache[tuple[str, str, int], ScopeKey] = field(repr=False)
    keks: Cache[int, WrappingKey] = field(repr=False)


class Keyring:
    """Scope keys by (tenant, collection); sealing's ScopeKeys over a ledger and a key service.

    Cost: nothing but memory for a key that was used in the last 300 s (at most 1,024 of them
    are kept); two queries for another one; one request to the key service per KEK and hour.
    Of any number of threads that want the same key one fetches it.

    What changed elsewhere (a tenant suspended, resumed, erased) is seen here after 300 s at the
    latest, what this process changed at once. A key that is let go is overwritten in memory as
    soon as no caller uses it any more; an idle process keeps what it has until its next call or
    ``close``.
    """

    def __init__(
        self,
        ledger: Ledger,
        kms: Kms,
        *,
        log: LogStore | None = None,
        hooks: Hooks | None = None,
        scope_seconds: float = SCOPE_SECONDS,
        kek_seconds: float = KEK_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ledger = ledger
        self.kms = kms
        self.log = log
        self.hooks = hooks or Hooks()

        def caches() -> _Caches:
            return _Caches(
                Cache(scope_seconds, SCOPES_KEPT, clock),
                Cache(scope_seconds, SCOPES_KEPT, clock),
                Cache(kek_seconds, KEKS_KEPT, clock),
            )

        self._caches = PerProcess(caches)
        self._caches.get()
        self._closed = False
        ledger.watch(self.drop)

    def __repr__(self) -> str:
        """Name the ledger and the key service."""
        return f"Keyring({self.ledger.address}, {self.kms.url})"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled.

        Raises:
            TypeError: always.
        """
        raise TypeError("a keyring is not pickled: open it again from the configuration")

    def scope_id(self, tenant: str, collection: str) -> bytes | None:
        """Return the scope's id, or None where this pair has never sealed anything.

        Raises:
            NotFoundError: the tenant is unknown.
            KeyUnavailableError: the ledger does not answer.
        """
        scope = self._scope(tenant, collection)
        return scope.scope_id if scope else None

    def require_served(self, tenant: str, collection: str) -> None:
        """Refuse a tenant that is not served now, for the verbs that need no key.

        Raises:
            NotFoundError: the tenant is unknown.
            TenantSuspendedError: it is suspended.
            KeyDestroyedError: it is being erased, or was.
            KeyUnavailableError: the ledger does not answer.
        """
        scope = self._scope(tenant, collection)
        if scope is not None:
            _admit(tenant, scope.state)

    def held(self, tenant: str, collection: str) -> bool:
        """Whether a hold may cover something in a collection: only the ledger knows what.

        No query while the scope is in memory; a pair that never sealed anything may be held.

        Raises:
            NotFoundError: the tenant is unknown.
            KeyUnavailableError: the ledger does not answer.
        """
        scope = self._scope(tenant, collection)
        return scope is None or scope.held

    def for_sealing(self, tenant: str, collection: str) -> ScopeKey:
        """Return the newest key; the first call for a pair founds its scope.

        The ledger has the key, wrapped and on the disk, before this returns.

        Raises:
            NotFoundError: the tenant is unknown.
            TenantSuspendedError: it is suspended.
            KeyDestroyedError: it is being erased, or was.
            KeyUnavailableError: the KMS or the ledger does not give it.
            TamperedError: the ledger's rows are not what was written.
        """
        scope = self._scope(tenant, collection)
        for _ in range(_FOUNDING_TRIES):
            if scope is not None:
                break
            # It may join another thread's look that began before there was a scope.
            scope = self._cached(
                self._caches.get().scopes,
                (tenant, collection),
                lambda: self._founded(tenant, collection),
            )
        if scope is not None:
            _admit(tenant, scope.state)
        if scope is None or scope.scope_id is None:
            raise KeyUnavailableError("the scope could not be founded", retryable=True)
        return self._key(tenant, collection, scope.scope_id, scope.newest)

    def for_opening(self, tenant: str, collection: str, version: int) -> ScopeKey:
        """Return the key of one version; raises as for_sealing does.

        Raises:
            KeyUnavailableError: also for a version that this ledger does not know.
        """
        scope = self._scope(tenant, collection)
        if scope is None:
            raise _unknown_version(tenant, collection, version)
        _admit(tenant, scope.state)
        if scope.scope_id is None:
            raise _unknown_version(tenant, collection, version)
        return self._key(tenant, collection, scope.scope_id, version)

    def drop(self, tenant: str | None = None) -> None:
        """Let go of a tenant's keys in this process, or of everything."""
        caches = self._caches.get()
        caches.scopes.drop(lambda key: tenant in (None, key[0]))
        caches.keys.drop(lambda key: tenant in (None, key[0]))
        if tenant is None:
            caches.keks.drop(lambda _: True)

    def forget_kek(self, number: int) -> None:
        """Let go of a KEK in this process: its state has changed."""
        self._caches.get().keks.drop(lambda key: key == number)

    def wrapping_key(self, number: int) -> WrappingKey:
        """Return what a KEK wraps with. Cost: one request per KEK and hour.

        Raises:
            KeyDestroyedError: it was destroyed.
            KeyUnavailableError: the key service does not give it.
            TamperedError: the ledger's row is not what was wrapped for it.
        """
        key = self._caches.get().keks.get(number, lambda: self.fresh_wrapping_key(number))
        if key is None:
            raise KeyUnavailableError(f"KEK {number} cannot be had", retryable=True)
        return key

    def fresh_wrapping_key(self, number: int) -> WrappingKey:
        """Have the key service unwrap a KEK now, whatever is in memory; see wrapping_key.

        The erasure log is asked first: a ledger that became an old copy since it was opened
        stops serving here.
        """
        must_know_head(self.ledger, self.log)
        kek = keks.unwrapped(self.ledger, self.kms, number)
        return WrappingKey.derive(kek, self.ledger.id, number)

    def close(self) -> None:
        """Let go of every key and connection. Idempotent."""
        if not self._closed:
            self.drop()
            self._closed = True
            self.kms.close()
            self.ledger.close()

    def __enter__(self) -> Self:
        """Return the keyring itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _scope(self, tenant: str, collection: str) -> _Scope | None:
        scopes = self._caches.get().scopes
        return self._cached(
            scopes, (tenant, collection), lambda: self._looked_up(tenant, collection)
        )

    def _looked_up(self, tenant: str, collection: str) -> _Scope | None:
        """Ask the ledger; None where the tenant is served but the pair has no scope yet."""
        query = (
            select(
                tenants.c.id,
                tenants.c.state,
                scopes.c.id.label("scope_id"),
                scope_keys.c.version,
                _held(collection).label("held"),
            )
            .select_from(tenants)
            .outerjoin(
                scopes, (scopes.c.tenant_id == tenants.c.id) & (scopes.c.collection == collection)
            )
            .outerjoin(scope_keys, scope_keys.c.scope_id == scopes.c.id)
            .where(tenants.c.name == tenant)
            .order_by(scope_keys.c.version.desc())
            .limit(1)
        )
        with self.ledger.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise unknown(tenant)
        state = TenantState(row.state)
        if row.scope_id is None and state in SERVED:
            return None
        return _Scope(row.id, state, row.scope_id, row.version or 0, bool(row.held))

    def _founded(self, tenant: str, collection: str) -> _Scope | None:
        founding.found_scope(self.ledger, self.kms, tenant, collection, unwrapped=self.wrapping_key)
        return self._looked_up(tenant, collection)

    def _key(self, tenant: str, collection: str, scope_id: bytes, version: int) -> ScopeKey:
        key = self._cached(
            self._caches.get().keys,
            (tenant, collection, version),
            lambda: self._unwrapped(tenant, collection, scope_id, version),
        )
        if key is None or key.scope_id != scope_id:
            raise KeyUnavailableError("the scope changed meanwhile", retryable=True)
        return key

    def _unwrapped(self, tenant: str, collection: str, scope_id: bytes, version: int) -> ScopeKey:
        key_query = select(scope_keys).where(
            scope_keys.c.scope_id == scope_id, scope_keys.c.version == version
        )
        # While a roll is under way a key is wrapped under two KEKs: the newest is to last.
        wrapped_query = (
            select(wrapped_keys)
            .where(wrapped_keys.c.scope_id == scope_id, wrapped_keys.c.version == version)
            .order_by(wrapped_keys.c.kek_no.desc())
            .limit(1)
        )
        with self.ledger.reading() as connection:
            known = connection.execute(key_query).first()
            row = connection.execute(wrapped_query).first()
        if known is None:
            raise _unknown_version(tenant, collection, version)
        if known.destroyed_at is not None:
            raise KeyDestroyedError(
                f"the key of {tenant}/{collection} was destroyed on {known.destroyed_at:%Y-%m-%d}"
            )
        if row is None:
            raise KeyUnavailableError(
                f"the ledger has lost the key of {tenant}/{collection}, version {version}",
                hint="Restore the newest key backup: multistore keys restore FILE",
            )
        slot = Slot(self.ledger.id, scope_id, version)
        secret = self.wrapping_key(row.kek_no).unwrap(row.wrapped, slot)
        if not (
            hmac.compare_digest(fingerprint(secret), known.fingerprint)
            and hmac.compare_digest(owner_tag(secret, slot, tenant, collection), known.owner_tag)
        ):
            raise TamperedError(
                f"the key that the ledger gives for {tenant}/{collection} is another scope's",
                hint="The ledger was altered: restore the newest key backup.",
            )
        return ScopeKey(scope_id, version, secret)

    def _cached(self, cache: Cache[K, V], key: K, load: Callable[[], V | None]) -> V | None:
        if self._closed:
            raise ClosedError("the keyring is closed")
        try:
            return cache.get(key, load)
        except UnavailableError as error:
            raise KeyUnavailableError(
                str(error.args[0]), hint=error.hint, retryable=error.retryable
            ) from None


def open(  # noqa: A001 - read as keyring.open
    ledger_url: str,
    keys_url: str,
    *,
    base: Path,
    log: LogStore | None = None,
    hooks: Hooks | None = None,
) -> Keyring:
    """Open a ledger and its key service together; an absent ledger is founded.

    The key service is first asked when a key is first needed, but for a directory of key files,
    whose names are read at once. Cost: one transaction, and with ``log``, the store of the
    erasure log, two requests to it.

    Raises:
        ConfigurationError: a URL, a file or a directory is wrong; the key service would be
            outside Japan; or the key directory belongs to another ledger, or to one that is lost.
        KeyUnavailableError: the ledger is an old copy: its key directory or its erasure log
            knows more than it does.
        UnavailableError: the ledger's database does not answer.
    """
    kms = open_kms(keys_url, base=base)
    ledger = open_ledger(ledger_url, base=base, found=lambda own: founding.found_ledger(own, kms))
    try:
        founding.must_belong_to(kms, ledger)
        must_know_head(ledger, log)
    except BaseException:
        ledger.close()
        raise
    return Keyring(ledger, kms, log=log, hooks=hooks)


def _held(collection: str) -> ColumnElement[bool]:
    return exists(
        select(holds.c.id).where(
            holds.c.tenant_id == tenants.c.id,
            holds.c.released_at.is_(None),
            holds.c.collection.is_(None) | (holds.c.collection == collection),
        )
    )


def _admit(tenant: str, state: TenantState) -> None:
    if state in SERVED:
        return
    if state is TenantState.SUSPENDED:
        raise TenantSuspendedError(
            f"the contract of {tenant!r} is stopped",
            hint="It can be resumed until its erasure: multistore tenant end --cancel",
        )
    raise KeyDestroyedError(f"the keys of {tenant!r} were destroyed at the end of its contract")


def _unknown_version(tenant: str, collection: str, version: int) -> KeyUnavailableError:
    return KeyUnavailableError(
        f"this ledger knows no key version {version} of {tenant}/{collection}",
        hint="Was an old copy of the ledger put back? Then: multistore keys restore FILE",
    )

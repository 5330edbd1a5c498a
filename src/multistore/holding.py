"""Holds where users meet them: placed and released by the vault, obeyed by every verb.

A tenant without holds costs nothing: whether it has one is known with its scope's keys. What
other processes placed is seen when they are read anew, after 300 s at the latest; an erasure
asks the ledger itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.errors import NotFoundError, RetainedError
from multistore.hooks import HoldPlaced, HoldPlacing, HoldReleased, HoldReleasing
from multistore.ledger.holds import Hold
from multistore.ledger.holds import Holds as Rows
from multistore.stores.base import Capability
from multistore.values import Address, IfMatch, Outcome, OutcomeStatus, PutMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from multistore.hooks import Hooks
    from multistore.keys.keyring import Keyring
    from multistore.provider_holds import ProviderHolds
    from multistore.stores.base import Store
    from multistore.values import WriteMode


class Holds:
    """``vault.holds``: what must not be destroyed, and who said so."""

    def __init__(
        self, keyring: Keyring, hooks: Hooks, places: Callable[[], Mapping[str, Store]]
    ) -> None:
        self._keyring = keyring
        self._hooks = hooks
        self._rows = Rows(keyring.ledger)
        self._places = places

    def place(self, subject: str, name: str, *, reason: str, placed_by: str) -> Hold:
        """Place a hold. Cost: two transactions, and what ProviderHolds.place says.

        Put over an object, delete, rename, erase, retention and a tenant's end obey it: here at
        once, in other processes' put, delete and rename after 300 s at the latest. Where a store
        has legal holds, they are set on every version that is there, and lifecycle rules of ours
        that touch the subject are taken back. What fails there is logged as a warning, and leaves
        the hold of the ledger as it is.

        Args:
            subject: ``tenant/``, ``tenant/collection/``, a prefix that ends in a slash, or an
                address.
            name: what people call it, such as a case number.
            reason: why; kept for ever.
            placed_by: who.

        Raises:
            InvalidArgumentError: the subject, the name, the reason or the person can never work.
            NotFoundError: there is no such tenant.
            AlreadyExistsError: an active hold of the tenant has that name.
            VetoedError: a handler forbade it.
        """
        self._hooks.before(HoldPlacing(subject=subject, name=name, reason=reason))
        hold = self._rows.place(subject, name, reason=reason, placed_by=placed_by)
        self._providers().place(hold, self._others(hold))
        self._hooks.after(HoldPlaced(subject=hold.subject, name=name, reason=reason))
        return hold

    def release(self, tenant: str, name: str, *, reason: str, released_by: str) -> Hold:
        """Release a hold by its name. Cost: three transactions, and what its placing cost.

        The legal holds that it has set at the providers are lifted; those of others stay.

        Raises:
            InvalidArgumentError: no reason or no person was given.
            NotFoundError: there is no such tenant, or no active hold of that name.
            VetoedError: a handler forbade it.
        """
        subject = next((h.subject for h in self._rows.list(tenant) if h.name == name), tenant)
        self._hooks.before(HoldReleasing(subject=subject, name=name, reason=reason))
        hold = self._rows.release(tenant, name, reason=reason, released_by=released_by)
        self._providers().lift(hold, self._others(hold))
        self._hooks.after(HoldReleased(subject=hold.subject, name=name, reason=reason))
        return hold

    def list(self, tenant: str | None = None, *, released: bool = False) -> tuple[Hold, ...]:
        """Give the active holds, of one tenant or of all; with ``released`` the ended ones too."""
        return self._rows.list(tenant, released=released)

    def _providers(self) -> ProviderHolds:
        # Every process loads this module, and few place a hold.
        from multistore.provider_holds import ProviderHolds  # noqa: PLC0415

        return ProviderHolds(self._keyring.ledger, self._places)

    def _others(self, hold: Hold) -> tuple[Hold, ...]:
        return tuple(one for one in self._rows.list(hold.tenant) if one.id != hold.id)

    def over(self, address: Address) -> Hold | None:
        """Give the hold that covers an address. Cost: nothing where the collection has none."""
        if not self._keyring.held(address.tenant, address.collection):
            return None
        found = self._rows.blocking(address.tenant, address.collection, address.key)
        return found[0] if found else None

    def must_allow(self, address: Address) -> None:
        """Refuse to delete or move what a hold covers.

        Raises:
            RetainedError: one does.
        """
        if (hold := self.over(address)) is not None:
            raise _retained(hold)

    def mode_for(self, store: Store, address: Address, mode: WriteMode) -> WriteMode:
        """Give the mode under which a held address may be written: only where nothing is yet.

        Raises:
            RetainedError: there is an object, and a hold covers it.
        """
        if mode is PutMode.CREATE or (hold := self.over(address)) is None:
            return mode
        if isinstance(mode, IfMatch):
            raise _retained(hold)
        try:
            store.head(str(address))
        except NotFoundError:
            create = Capability.CONDITIONAL_CREATE in store.capabilities
            return PutMode.CREATE if create else mode
        raise _retained(hold)

    def outcomes(self, names: Mapping[tuple[str, str], Iterable[str]]) -> dict[str, Outcome]:
        """Give the outcomes of deleting what is held, which is never tried, by name.

        Cost: nothing per name in a collection without holds.

        Args:
            names: of addresses, by tenant and collection.
        """
        kept = (
            (name, self.over(Address.as_stored(name)))
            for scope, own in names.items()
            if self._keyring.held(*scope)
            for name in own
        )
        return {
            name: Outcome(name, None, OutcomeStatus.RETAINED, code="Held", detail=_sentence(hold))
            for name, hold in kept
            if hold is not None
        }


def _sentence(hold: Hold) -> str:
    return f"the hold {hold.name!r} of {hold.placed_by} keeps {hold.subject}: {hold.reason}"


def _retained(hold: Hold) -> RetainedError:
    return RetainedError(
        _sentence(hold),
        code="Held",
        hint=f"When it ends: multistore tenant release {hold.tenant} --name {hold.name}",
    )

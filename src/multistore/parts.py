"""What a vault is made of besides its verbs: each part made, and loaded, when it is first used.

*Measured*: to load erasure and the lifecycle costs a fifth of a process that puts one object.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from multistore.holding import Holds

if TYPE_CHECKING:
    from multistore.config import Settings
    from multistore.erasing import Erasing
    from multistore.erasure.execute import Erasure
    from multistore.erasure.subject import Subject
    from multistore.events import Events
    from multistore.hooks import Hooks
    from multistore.keys.keyring import Keyring
    from multistore.lifecycle.calendar import BusinessCalendar
    from multistore.lifecycle.estate import Estate
    from multistore.lifecycle.run import Lifecycle
    from multistore.routing import Routing
    from multistore.tenants import Tenants


class Parts:
    """The parts of one vault; none keeps anything, so that two threads may make one twice.

    Attributes:
        settings: the configuration.
        routing: which store an address lies in.
        keyring: the keys, and through them the ledger.
        hooks: who is asked before and told after.
        events: see Vault.
        holds: see Vault.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        routing: Routing,
        keyring: Keyring,
        hooks: Hooks,
        events: Events,
        calendar: BusinessCalendar,
    ) -> None:
        self.settings = settings
        self.routing = routing
        self.keyring = keyring
        self.hooks = hooks
        self._calendar = calendar
        self.events = events
        self.holds = Holds(keyring, hooks, lambda: self.erasing.places)

    @cached_property
    def erasing(self) -> Erasing:
        """See Vault."""
        from multistore.erasing import Erasing  # noqa: PLC0415 - as the module says

        return Erasing(self.settings, self.routing, self.keyring, self.hooks)

    @cached_property
    def tenants(self) -> Tenants:
        """See Vault."""
        from multistore.tenants import Tenants  # noqa: PLC0415 - as the module says

        return Tenants(self._estate)

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """See Vault."""
        from multistore.lifecycle.run import Lifecycle  # noqa: PLC0415 - as the module says

        return Lifecycle(self._estate)

    @cached_property
    def _estate(self) -> Estate:
        from multistore.lifecycle.estate import Estate  # noqa: PLC0415 - as the module says

        return Estate(
            keyring=self.keyring,
            hooks=self.hooks,
            store=lambda name: self.routing.named(name).store,
            collections=self.settings.collections,
            erase=self._erase,
            calendar=self._calendar,
            two_people=self.settings.vault.two_people,
            clock=lambda: datetime.now(UTC),
        )

    def _erase(self, subject: Subject, **options: Any) -> Erasure:
        return self.erasing.run(subject, **options)

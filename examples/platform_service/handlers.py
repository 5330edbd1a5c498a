"""What the service does when something happens to a vault; named in multistore.toml::

    [vault]
    hooks = ["platform_service.handlers:register"]

so that it is heard in every process that opens the vault: the web server, the nightly run of the
lifecycle, an operator's command.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from multistore.hooks import Incident, ObjectErasing, TenantErasing, TenantStopping, Veto
from platform_service import incidents, records

if TYPE_CHECKING:
    import multistore

_log = logging.getLogger(__name__)


def register(vault: multistore.Vault) -> None:
    """Register every handler."""

    @vault.on(TenantStopping)
    def revoke_playback(event: TenantStopping) -> None:
        # Before the stop, so that no URL outlives it; a failure here holds the stop up.
        _log.info("%d playback URLs revoked", records.revoke(event.tenant))

    @vault.on(ObjectErasing)
    @vault.on(TenantErasing)
    def nothing_goes_while_it_is_exported(event: ObjectErasing | TenantErasing) -> None:
        tenant = event.tenant if isinstance(event, TenantErasing) else event.subject.split("/")[0]
        if records.export_is_open(tenant):
            raise Veto(f"an export of {tenant} is open")

    @vault.on(Incident)
    def tell_the_customer(_event: Incident) -> None:
        # A failure undoes nothing: the incident stays open, and the timer tries again.
        incidents.tell(vault)

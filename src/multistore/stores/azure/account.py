"""One storage account: how to reach it, and whether its endpoint may be used at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from multistore.errors import ConfigurationError

if TYPE_CHECKING:
    from multistore.stores.endpoint import Endpoint

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Account:
    """One storage account, how to reach it, and whose credentials to use.

    Attributes:
        endpoint: the pinned endpoint; its URL is the account's.
        name: the storage account.
        credentials: the reference; see azure_credentials.
    """

    endpoint: Endpoint
    name: str
    credentials: str | None

    @property
    def url(self) -> str:
        """The account's URL, without a slash at the end."""
        return self.endpoint.url.rstrip("/")


def checked(account: Account) -> Account:
    """Return the account where its endpoint may be used at all.

    Raises:
        ConfigurationError: plain http beyond loopback (AZE-001), or a secondary, an
            internet-routing or a DNS-zone host (AZR-011).
    """
    parts = urlsplit(account.url)
    host = parts.hostname or ""
    reason = hint = ""
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        reason, hint = "is not https", "Plain http is for loopback only."
    elif parts.query or parts.fragment or parts.username or parts.password:
        reason = "carries more than a host and a path"
        hint = "Credentials are named in the configuration, never written into a URL."
    else:
        label = host.partition(".")[0]
        for mark in ("-secondary", "-internetrouting", "-ipv6", "-dualstack"):
            if label.endswith(mark):
                reason = f"is a {mark[1:]} host"
        if host.endswith(".blob.storage.azure.net"):
            reason = "is a DNS-zone host, whose zone is no region"
        hint = f"Use https://{account.name}.blob.core.windows.net."
    if reason:
        raise ConfigurationError(
            f"the endpoint {parts.scheme}://{host} {reason}",
            provider=account.endpoint.provider,
            code="AZE-001" if reason == "is not https" else "AZR-011",
            hint=hint,
        )
    return account

"""Credentials of a storage account, by reference: asked for at use, kept by whoever issues them.

None is Microsoft Entra ID through azure-identity (a managed or workload identity, a service
principal in the environment, ``az login``), which refreshes its own tokens. ``env:PREFIX`` is
``PREFIX_ACCOUNT_KEY``, or else ``PREFIX_SAS_TOKEN``. Both are read from the environment at every
use, so a rotated key or token is used at once.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from multistore.errors import ConfigurationError, MultistoreError, UnauthenticatedError

if TYPE_CHECKING:
    from azure.identity import DefaultAzureCredential

    from multistore.stores.azure.account import Account
    from multistore.stores.endpoint import Endpoint

SCOPE = "https://storage.azure.com/.default"
AUTHORITY = "login.microsoftonline.com"
"""Entra's public cloud, whatever AZURE_AUTHORITY_HOST says (NET-011)."""
SOURCE_MINUTES = 30
"""How long the signature of a copy's source is good: the service reads it within minutes."""
SKEW_MINUTES = 15
"""How far this machine's clock may be ahead of the service's."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What authorises a request; for Entra ID the token is fetched when it is needed."""

    kind: Literal["key", "sas", "entra"]
    value: str = field(repr=False)


def read(reference: str | None, account: str) -> Secret:
    """Return what the reference names, as it is now.

    Raises:
        ConfigurationError: no such kind of reference.
        UnauthenticatedError: neither variable is set.
    """
    if reference is None:
        return Secret("entra", "")
    kind, _, prefix = reference.partition(":")
    if kind != "env" or not prefix:
        raise ConfigurationError(
            "credentials of an Azure store are env:PREFIX, or absent for Entra ID",
            provider="azure",
            hint='For example: credentials = "env:VIDEO", with VIDEO_ACCOUNT_KEY set.',
        )
    if key := os.environ.get(f"{prefix}_ACCOUNT_KEY"):
        return Secret("key", key)
    if token := os.environ.get(f"{prefix}_SAS_TOKEN"):
        return Secret("sas", token.removeprefix("?"))
    raise UnauthenticatedError(
        f"no credentials for the storage account {account}: "
        f"neither {prefix}_ACCOUNT_KEY nor {prefix}_SAS_TOKEN is set",
        provider="azure",
        code="NoCredentials",
        hint="Set one of them, or leave credentials out to use Entra ID.",
    )


_lock = threading.Lock()
_chains: dict[str | None, DefaultAzureCredential] = {}


def _forget() -> None:
    """A child makes its own chain: a lock held at the fork would stay so for ever in it."""
    global _lock  # noqa: PLW0603 - as above
    _lock = threading.Lock()
    _chains.clear()


os.register_at_fork(after_in_child=_forget)


def entra(endpoint: Endpoint) -> DefaultAzureCredential:
    """Return this process's chain of Entra credentials, which keeps and refreshes the tokens.

    Raises:
        ConfigurationError: the endpoint is plain http: a token is never sent over it.
    """
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - most stores use keys

    if urlsplit(endpoint.url).scheme != "https":
        raise ConfigurationError(
            "Entra ID needs https, and this endpoint is plain http",
            provider="azure",
            hint='Name a key: credentials = "env:PREFIX".',
        )
    proxy = endpoint.proxy
    with _lock:
        if proxy not in _chains:
            _chains[proxy] = DefaultAzureCredential(
                authority=AUTHORITY,
                exclude_interactive_browser_credential=True,
                exclude_broker_credential=True,
                use_env_settings=False,
                proxies=None if proxy is None else dict.fromkeys(("http", "https"), proxy),
            )
        return _chains[proxy]


def token(endpoint: Endpoint) -> tuple[str, datetime]:
    """Return a bearer token and when it ends; from the chain's own cache while it is good.

    Raises:
        UnauthenticatedError: no credential of the chain gives one.
    """
    from azure.core.exceptions import AzureError  # noqa: PLC0415 - as above

    chain = entra(endpoint)
    try:
        given = chain.get_token(SCOPE)
    except AzureError as error:
        reason = type(error).__name__
    else:
        return given.token, datetime.fromtimestamp(given.expires_on, UTC)
    raise UnauthenticatedError(
        f"no Entra ID token for Azure Storage ({reason})",
        provider="azure",
        code="NoCredentials",
        hint="Run az login, give the machine an identity, or name a key: env:PREFIX.",
    )


def for_sdk(secret: Secret, account: str, endpoint: Endpoint) -> Any:
    """Return the secret in the form of Microsoft's client."""
    from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential  # noqa: PLC0415

    if secret.kind == "key":
        return AzureNamedKeyCredential(account, secret.value)
    if secret.kind == "sas":
        return AzureSasCredential(secret.value)
    return entra(endpoint)


class Provider:
    """What obstore calls for credentials; it keeps none of them.

    A key and a token of the environment are said to expire at once, so that obstore asks again
    each time: one that never expires it would keep for ever.
    """

    def __init__(self, reference: str | None, account: str, endpoint: Endpoint) -> None:
        self._reference = reference
        self._account = account
        self._endpoint = endpoint
        self.failed: MultistoreError | None = None
        """Why the last call gave nothing; obstore tells that only in a text."""

    def __repr__(self) -> str:
        """Name the reference; never what it leads to."""
        return f"<credentials by reference {self._reference or 'Entra ID'}>"

    def __call__(self) -> dict[str, Any]:
        """Give what is valid now, in obstore's form."""
        try:
            given = self._now()
        except MultistoreError as error:
            self.failed = error
            raise
        self.failed = None
        return given

    def _now(self) -> dict[str, Any]:
        secret, now = read(self._reference, self._account), datetime.now(UTC)
        if secret.kind == "key":
            return {"access_key": secret.value, "expires_at": now}
        if secret.kind == "sas":
            return {"sas_token": secret.value, "expires_at": now}
        bearer, ends = token(self._endpoint)
        return {"token": bearer, "expires_at": ends}


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """How the service may read the source of a copy: a query for its URL, or a header."""

    query: str = field(default="", repr=False)
    header: str | None = field(default=None, repr=False)


def source_access(secret: Secret, *, account: Account, container: str, name: str) -> SourceAccess:
    """Return the right to read one blob, for as long as a copy takes.

    With a key, a signature for this blob alone, for half an hour; with a shared access signature,
    that; with Entra ID, a bearer token.
    """
    from azure.storage.blob import BlobSasPermissions, generate_blob_sas  # noqa: PLC0415

    if secret.kind == "sas":
        return SourceAccess(query=secret.value)
    if secret.kind == "entra":
        return SourceAccess(header=f"Bearer {token(account.endpoint)[0]}")
    now = datetime.now(UTC)
    return SourceAccess(
        query=generate_blob_sas(
            account.name,
            container,
            name,
            account_key=secret.value,
            permission=BlobSasPermissions(read=True),
            start=now - timedelta(minutes=SKEW_MINUTES),
            expiry=now + timedelta(minutes=SOURCE_MINUTES),
        )
    )

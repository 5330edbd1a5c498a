"""Microsoft's client for one storage account, pinned: the control plane of an Azure store.

What it holds to, whatever the environment says:

- **Every request's host** is held against ``Endpoint.check`` in the transport, the last step that
  a request passes (rules NET-001, AZR-011). So is every retry: the SDK would also try
  ``ACCOUNT-secondary`` (NET-015), which is off besides.
- **Redirects** are not followed (NET-002): azure-core by itself sends a body on to any host.
- **Proxies** come from the configuration alone; the environment's, and ~/.netrc, are not read.
- **Deadlines**: see Deadline. The SDK's retries begin at half a second, not at fifteen.
- **The API version** is pinned: a newer SDK changes nothing by itself.
- **Nothing secret is logged**: the SDK's own request log is off, and a filter cuts the queries,
  which carry shared access signatures, out of urllib3's.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from azure.core.pipeline.transport import HttpTransport, RequestsTransport
from azure.storage.blob import BlobServiceClient, ExponentialRetry

from multistore.errors import UnavailableError
from multistore.stores.azure.credentials import Secret, for_sdk, read
from multistore.stores.resent import resent

if TYPE_CHECKING:
    from collections.abc import Callable

    from multistore.stores.azure.account import Account
    from multistore.stores.endpoint import Endpoint

API_VERSION = "2024-11-04"
"""Known to azure-storage-blob 12.24 and later. Changed by hand, with the tests run."""

CONNECT_SECONDS = 20
"""Also bounds each piece of a request's body: see azure_upload.PIECE."""
READ_SECONDS = 60
CONNECTIONS = 256
"""Kept open at most, for all stores that share a client; urllib3 warns of each one beyond."""
RETRIES = 4
DEADLINE_SECONDS = 180


class _Pinned(HttpTransport[Any, Any]):
    """The last step of every request: it leaves for a pinned host, or not at all."""

    def __init__(
        self,
        endpoint: Endpoint,
        inner: HttpTransport[Any, Any],
        before: Callable[[Any], None] | None,
    ) -> None:
        self._endpoint = endpoint
        self._inner = inner
        self._before = before

    def send(self, request: Any, **options: Any) -> Any:
        self._endpoint.check(request.url)
        if self._before is not None:
            self._before(request)
        return self._inner.send(request, **options)

    def open(self) -> None:
        self._inner.open()

    def close(self) -> None:
        self._inner.close()

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self.close()


def _deadline(request: Any) -> None:
    """End a request, its retries included, that began too long ago; runs before each try."""
    began = request.context.get("multistore_began")
    if began is None:
        began = request.context["multistore_began"] = time.monotonic()
    else:
        resent()
    if time.monotonic() - began > DEADLINE_SECONDS:
        raise UnavailableError(
            f"no answer in {DEADLINE_SECONDS} seconds, retries included",
            code="Deadline",
            hint="See the state of the service and of the line to it.",
        )


class _WithoutQueries(logging.Filter):
    """Cuts the query out of every URL in a log record: it may be a signature."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                f"{arg.partition('?')[0]}?…" if isinstance(arg, str) and "?" in arg else arg
                for arg in record.args
            )
        return True


_without_queries = _WithoutQueries()
_silent = logging.Logger("multistore.azure", logging.CRITICAL + 1)  # noqa: LOG001 - in no tree


@dataclass(slots=True)
class _Shared:
    """One client, the digest of the secret that it was made with, and its users."""

    client: BlobServiceClient = field(repr=False)
    made_with: bytes = field(repr=False)
    users: set[int]


_lock = threading.Lock()
_clients: dict[Account, _Shared] = {}


def _forget() -> None:
    """A child makes its own clients: a lock held at the fork would stay so for ever in it."""
    global _lock  # noqa: PLW0603 - as above
    _lock = threading.Lock()
    _clients.clear()


os.register_at_fork(after_in_child=_forget)


def service(account: Account, user: int) -> BlobServiceClient:
    """Return this process's client for an account and its credentials.

    Stores that name the same account and credentials share one. The secret is read from the
    environment each time, and the client made anew where it was changed.

    Args:
        account: which one.
        user: any number that tells its users apart, to know the last one.

    Raises:
        UnauthenticatedError: there are no such credentials.
    """
    secret = read(account.credentials, account.name)
    made_with = hashlib.sha256(secret.value.encode()).digest()
    with _lock:
        shared = _clients.get(account)
        if shared is None or shared.made_with != made_with:
            users: set[int] = shared.users if shared else set()
            shared = _clients[account] = _Shared(_make(account, secret), made_with, users)
        shared.users.add(user)
        return shared.client


def release(account: Account, user: int) -> None:
    """Say that one user of the client is done; the last one closes its connections."""
    with _lock:
        shared = _clients.get(account)
        if shared is None:
            return
        shared.users.discard(user)
        if shared.users:
            return
        del _clients[account]
    shared.client.close()


def fresh(
    account: Account, before: Callable[[Any], None], *, anonymous: bool = False
) -> BlobServiceClient:
    """Make a pinned client that nobody else has; who asked for it closes it.

    Args:
        account: which one.
        before: called with every request that is about to leave, retries too; may stop it.
        anonymous: whether it comes without credentials.

    Raises:
        UnauthenticatedError: there are no such credentials.
    """
    secret = None if anonymous else read(account.credentials, account.name)
    return _make(account, secret, before)


def _make(
    account: Account, secret: Secret | None, before: Callable[[Any], None] | None = None
) -> BlobServiceClient:
    urllib3 = logging.getLogger("urllib3.connectionpool")
    if _without_queries not in urllib3.filters:
        urllib3.addFilter(_without_queries)
    proxy = account.endpoint.proxy
    transport: Any = RequestsTransport(
        use_env_settings=False, connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS
    )
    transport.open()
    for adapter in transport.session.adapters.values():
        adapter.init_poolmanager(1, CONNECTIONS, block=False)
    return BlobServiceClient(
        account.url,
        credential=None if secret is None else for_sdk(secret, account.name, account.endpoint),
        api_version=API_VERSION,
        transport=_Pinned(account.endpoint, transport, before),
        proxies=None if proxy is None else dict.fromkeys(("http", "https"), proxy),
        permit_redirects=False,
        retry_policy=ExponentialRetry(
            initial_backoff=0,
            increment_base=2,
            retry_total=RETRIES,
            retry_to_secondary=False,
            random_jitter_range=1,
        ),
        raw_request_hook=_deadline,
        logging_enable=False,
        logger=_silent,
        user_agent="multistore",
    )

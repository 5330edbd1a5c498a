"""The way to the services: guarded clients, one cap on all of them, every answer recorded."""

from __future__ import annotations

import re
import secrets
import threading
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from multistore.compliance.collect.asking import Wire, ask
from multistore.compliance.collect.guard import hold
from multistore.compliance.model import Answer
from multistore.errors import ResidencyError
from multistore.residency.location import is_loopback
from multistore.sdk_logs import withhold_secrets
from multistore.values import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Mapping

    from multistore.compliance.model import Resource
    from multistore.config import Settings
    from multistore.residency.catalog import Catalog
    from multistore.stores.endpoint import Endpoint

CONNECTIONS = 14
"""Requests in flight at most, of the whole check.

Two fewer than the 16 connections that are promised: clients of other services keep one open, idle.
"""

ATTEMPTS = 7
"""How often one request is tried: with the SDK's own waits that outlasts half a minute."""

_NO_WAY_THERE = frozenset({"ConnectFailed", "ConnectTimeout", "ProxyFailed", "TlsFailed"})

_UNLIMITED = nullcontext()

CANARY = "GetBucketRequestPayment"
"""The call whose subresource the check's S3 clients replace by a random name: the canary."""

_AWS_DOMAIN = ".amazonaws.com"
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}")


class Closable(Protocol):
    """What holds connections."""

    def close(self) -> None:
        """Let them go."""


class Reader:
    """Reads services for the collectors. Thread-safe; nothing that it sends changes anything.

    Args:
        settings: the configuration.
        catalog: the table of providers.
        endpoints: the pinned endpoint of each store that has one.
        account: whether whole accounts are looked at.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        endpoints: Mapping[str, Endpoint],
        *,
        account: bool = False,
    ) -> None:
        self.settings = settings
        self.catalog = catalog
        self.endpoints = endpoints
        self.account = account
        self._cap = threading.BoundedSemaphore(CONNECTIONS)
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, ...], tuple[Any, Wire]] = {}
        self._wires: dict[int, Wire] = {}
        self._limits: dict[int, threading.BoundedSemaphore] = {}
        self._once: dict[tuple[str, ...], threading.Lock] = {}
        self._answers: dict[tuple[str, ...], Answer] = {}
        self._unreachable: dict[int, str] = {}
        self._requests = 0
        self._kept: dict[tuple[str, ...], Closable] = {}
        self._undo = ExitStack()

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._requests

    def count(self) -> None:
        """Say that one request is being sent; boto3's are counted by the guard."""
        with self._lock:
            self._requests += 1

    @contextmanager
    def slot(self) -> Generator[None, None, None]:
        """Hold one of the connections; for requests that ``ask`` does not make."""
        with self._cap:
            yield

    def s3(self, resource: Resource, *, region: str | None = None) -> Any:
        """Return the S3 client for a bucket: pinned to its store's endpoint.

        At AWS, and for another bucket than the store's own, the bucket is named in the path: the
        pinned host answers for every bucket, and one client for all of them.

        Args:
            resource: the bucket.
            region: where an AWS bucket lies, if not in its store's region: only that region's
                own endpoint tells its configuration.

        Raises:
            UnauthenticatedError: there are no such credentials.
        """
        store = resource.via or resource.store or ""
        endpoint = self.endpoint_of(resource)
        loopback = is_loopback(urlsplit(endpoint.url).hostname or "")
        if resource.store is None or endpoint.provider == "aws":
            profile = replace(endpoint.profile, addressing="path")
            endpoint = replace(endpoint, profile=profile)
        foreign = region not in (None, endpoint.region) and _REGION.fullmatch(region or "")
        if endpoint.provider == "aws" and foreign and not loopback:
            host = f"s3.{region}{_AWS_DOMAIN}"
            endpoint = replace(
                endpoint,
                url=f"https://{host}",
                region=region,
                hosts=frozenset({host}),
            )
        credentials = self.settings.stores[store].credentials
        # By path the bare host answers; otherwise a client is pinned to its own bucket's host.
        hosts = () if endpoint.profile.addressing == "path" else sorted(endpoint.hosts)
        key = ("s3", endpoint.url, credentials or "", *hosts)
        limit = endpoint.profile.concurrency
        return self._client(key, lambda: self._new_s3(endpoint, credentials), limit)

    def aws(self, service: str, resource: Resource, *, region: str | None = None) -> Any:
        """Return the client of another AWS service, by the credentials of the resource's store.

        Its host is the one that AWS's own table has for the service and region; a store on
        loopback (an emulator) answers for every service itself.

        Args:
            service: botocore's name (``kms``, ``s3control`` …).
            resource: what is asked about.
            region: the region to ask; the store's own where it is left out.

        Raises:
            UnauthenticatedError: there are no such credentials.
            ResidencyError: the service's host is none of AWS's.
        """
        store = resource.via or resource.store or ""
        endpoint = self.endpoint_of(resource)
        credentials = self.settings.stores[store].credentials
        asked = region or endpoint.region or ""
        key = (service, endpoint.url, asked, credentials or "")
        return self._client(key, lambda: self._new_aws(service, endpoint, asked, credentials))

    def ask(
        self,
        client: Any,
        operation: str,
        resource: Resource,
        *,
        call: str | None = None,
        absent: Collection[str] = (),
        pages: bool = False,
        **parameters: Any,
    ) -> Answer:
        """Make one call and record it. Raises nothing for what the service says.

        A host that cannot be reached is tried for one question, and not for every one.

        Args:
            client: from ``s3`` or ``aws``.
            operation: the API's name for the call.
            resource: what it is about.
            call: the answer's name; left out: ``operation``, with the service before it where
                that is not S3 (``kms:DescribeKey``).
            absent: error codes that say that nothing is configured.
            pages: whether to read every page.
            parameters: of the call.
        """
        service = str(client.meta.service_model.service_name)
        name = call or (operation if service == "s3" else f"{service}:{operation}")
        unreachable = self.unreachable(client)
        if unreachable:
            at = datetime.now(UTC)
            return Answer(name, resource.id, at, "unreadable", why=unreachable)
        with self._cap, self._limits.get(id(client), _UNLIMITED):
            answer = ask(
                client,
                self._wires[id(client)],
                operation,
                call=name,
                resource=resource.id,
                absent=absent,
                pages=pages,
                **parameters,
            )
        if answer.why in _NO_WAY_THERE:
            self._unreachable[id(client)] = answer.why
        return answer

    def unreachable(self, client: Any) -> str:
        """Say why nothing more is asked of a client: its host let no request through; or ""."""
        return self._unreachable.get(id(client), "")

    def heard(self, client: Any) -> Mapping[str, str]:
        """Return the headers of the last answer that this thread got from a client, lower-case."""
        parts = self._wires[id(client)].parts
        return parts[-1][1] if parts else EMPTY

    def body(self, client: Any) -> bytes:
        """Return the body of the last answer that this thread got from a client, as it came."""
        parts = self._wires[id(client)].parts
        return parts[-1][2] if parts else b""

    def once(self, key: tuple[str, ...], ask: Callable[[], Answer]) -> Answer:
        """Return the answer of this key, asked for by whoever comes first."""
        with self._lock:
            lock = self._once.setdefault(key, threading.Lock())
        with lock:
            if key not in self._answers:
                self._answers[key] = ask()
            return self._answers[key]

    def kept(self, key: tuple[str, ...], make: Callable[[], Closable]) -> Any:
        """Return what this key stands for, made by whoever comes first, closed with the reader."""
        with self._lock:
            if key not in self._kept:
                made = self._kept[key] = make()
                self._undo.callback(made.close)
            return self._kept[key]

    def endpoint_of(self, resource: Resource) -> Endpoint:
        """Return the pinned endpoint by which a resource is looked at."""
        return self.endpoints[resource.via or resource.store or ""]

    def close(self) -> None:
        """Close every client. Idempotent."""
        self._undo.close()

    # --- making clients -----------------------------------------------------------------------

    def _client(
        self, key: tuple[str, ...], make: Callable[[], Any], limit: int | None = None
    ) -> Any:
        """Return the client of a key; the provider may allow fewer requests in flight than we."""
        with self._lock:
            if key in self._clients:
                return self._clients[key][0]
        client, wire = make(), Wire()
        wire.listen(client)
        hold(client, self.count)
        with self._lock:
            if key in self._clients:
                client.close()
                return self._clients[key][0]
            self._clients[key] = (client, wire)
            self._wires[id(client)] = wire
            if limit is not None:
                self._limits[id(client)] = threading.BoundedSemaphore(limit)
            self._undo.callback(client.close)
        return client

    @staticmethod
    def _new_s3(endpoint: Endpoint, credentials: str | None) -> Any:
        from multistore.stores.s3.client import fresh  # noqa: PLC0415 - imports boto3

        client: Any = fresh(endpoint, credentials, CONNECTIONS, attempts=ATTEMPTS).client
        client.meta.events.register_first(f"before-call.s3.{CANARY}", _rename)
        return client

    @staticmethod
    def _new_aws(service: str, endpoint: Endpoint, region: str, credentials: str | None) -> Any:
        import boto3  # noqa: PLC0415 - costs 150 ms
        from botocore.config import Config  # noqa: PLC0415 - as boto3

        from multistore.stores.s3.credentials import frozen, session  # noqa: PLC0415 - as boto3

        withhold_secrets()
        source = session(credentials)
        frozen(source, credentials)
        loopback = is_loopback(urlsplit(endpoint.url).hostname or "")
        proxies = {} if endpoint.proxy is None else dict.fromkeys(("http", "https"), endpoint.proxy)
        boto: Any = boto3.Session(botocore_session=source)
        options: dict[str, Any] = {
            "ignore_configured_endpoint_urls": True,
            "proxies": proxies,
            "use_dualstack_endpoint": False,
            "use_fips_endpoint": False,
            "inject_host_prefix": not loopback,
            "max_pool_connections": CONNECTIONS,
            "connect_timeout": 10,
            "read_timeout": 60,
            "retries": {"total_max_attempts": ATTEMPTS, "mode": "standard"},
            "user_agent": "multistore",
        }
        client: Any = boto.client(
            service,
            region_name=region or None,
            endpoint_url=endpoint.url if loopback else None,
            config=Config(**options),
        )
        _pin(client, loopback=loopback)
        return client


def _rename(params: dict[str, Any], **_: Any) -> None:
    name = f"multistore-{secrets.token_hex(8)}"
    params["url"] = str(params["url"]).replace("?requestPayment", f"?{name}")


def _pin(client: Any, *, loopback: bool) -> None:
    """Let a client talk to its own host (and hosts below it) and to nothing else."""
    own = urlsplit(str(client.meta.endpoint_url))
    host = own.hostname or ""

    def check(request: Any, **_: Any) -> None:
        asked = urlsplit(str(request.url))
        name = asked.hostname or ""
        same = name == host or name.endswith(f".{host}")
        if loopback and same and asked.port == own.port:
            # An emulator has one name, where S3's control plane has one per account.
            request.url = asked._replace(netloc=own.netloc).geturl()
            return
        if not same or asked.scheme != "https" or not name.endswith(_AWS_DOMAIN):
            raise ResidencyError(
                f"a request to {asked.scheme}://{name} was stopped: this client may only talk "
                f"to {host}",
                provider="aws",
                code="NET-001",
                hint="A redirect, an environment variable or an SDK's table pointed elsewhere.",
            )

    client.meta.events.register_first("before-send", check)

"""What a storage account and a container say to whoever may use them: the data plane.

It does not say where the account is (the ladder of evidence is residency's), nor what is set for
the whole account by its owner alone: that is Azure Resource Manager's to say.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, cast

from multistore.compliance.answers import texts
from multistore.compliance.collect import Collector
from multistore.compliance.collect.guard import hold_azure
from multistore.compliance.collect.services import led_to
from multistore.compliance.model import Answer
from multistore.errors import MultistoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import AnswerStatus, Resource

INFORMATION = "azure:GetAccountInformation"
SERVICE = "azure:GetBlobServiceProperties"
CONTAINERS = "azure:ListContainers"
CONTAINER = "azure:GetContainerProperties"
ACL = "azure:GetContainerACL"
BLOBS = "azure:ListBlobs"
ANONYMOUS = "azure:ListBlobs (anonymous)"

SAMPLE = 1000
"""How many blobs, versions and snapshots are looked at: the first page."""

_LISTED = ["snapshots", "versions", "deleted", "immutabilitypolicy", "legalhold"]


def account(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask what kind the account is, and how its blob service is set up. Cost: two requests."""
    yield information(resource, reader)
    with Asker(resource, reader) as asker:
        yield asker.ask(
            SERVICE, lambda client, more: _service(client.get_service_properties(**more))
        )


def containers(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """List the account's containers, where whole accounts are looked at. One request a page."""
    if not reader.account:
        return
    with Asker(resource, reader) as asker:
        found = asker.ask(CONTAINERS, _every)
    yield found
    for name in texts(found.value, "containers"):
        yield led_to(
            resource, kind="azure-container", name=name, id=f"azure://{resource.name}/{name}"
        )


def information(resource: Resource, reader: Reader) -> Answer:
    """Ask what kind of account it is. Cost: one request, once per account."""
    store = reader.settings.stores[resource.via or resource.store or ""]

    def ask() -> Answer:
        with Asker(resource, reader) as asker:
            return asker.ask(
                INFORMATION, lambda client, more: _kind(client.get_account_information(**more))
            )

    key = ("azure-information", store.account or "", store.credentials or "")
    return replace(reader.once(key, ask), resource=resource.id)


def container(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask about one container, and whether it answers to anybody. Cost: four requests."""
    with Asker(resource, reader) as asker:
        yield asker.ask(
            CONTAINER,
            lambda client, more: _container(
                client.get_container_client(resource.name).get_container_properties(**more)
            ),
        )
        yield asker.ask(
            ACL,
            lambda client, more: _acl(
                client.get_container_client(resource.name).get_container_access_policy(**more)
            ),
        )
        yield asker.ask(BLOBS, lambda client, more: _blobs(client, resource.name, more))
    with Asker(resource, reader, anonymous=True) as nobody:
        yield nobody.ask(
            ANONYMOUS,
            lambda client, more: _anonymous(client, resource.name, more),
            absent=_REFUSED,
        )


# By these codes a container refuses whoever does not say who he is (Blob service error codes).
_REFUSED = (
    "AuthenticationFailed",
    "AuthorizationFailure",
    "NoAuthenticationInformation",
    "PublicAccessNotPermitted",
    "ResourceNotFound",
)


class Asker:
    """One client of one account for a few questions; every answer is recorded as it came."""

    def __init__(self, resource: Resource, reader: Reader, *, anonymous: bool = False) -> None:
        self._resource = resource
        self._reader = reader
        self._anonymous = anonymous
        self._client: Any = None

    def __enter__(self) -> Self:
        """Begin; the client is made with the first question."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the client's connections go."""
        if self._client is not None:
            self._client.close()

    def ask(
        self,
        call: str,
        ask: Callable[[Any, dict[str, Any]], dict[str, Any]],
        *,
        absent: tuple[str, ...] = (),
    ) -> Answer:
        """Ask one question. Raises nothing for what the service says."""
        heard: list[Any] = []
        status: AnswerStatus = "read"
        value: dict[str, Any] = {}
        why = ""
        try:
            with self._reader.slot():
                value = ask(self._connected(), {"raw_response_hook": heard.append})
        except MultistoreError as error:
            status, why = "unreadable", error.code or type(error).__name__
        except Exception as error:  # noqa: BLE001 - the SDK trips over an error without a message
            why = _code(error)
            status = "absent" if why in absent else "unreadable"
        answer = heard[-1].http_response if heard else None
        headers = {} if answer is None else {k.lower(): v for k, v in answer.headers.items()}
        return Answer(
            call=call,
            resource=self._resource.id,
            at=datetime.now(UTC),
            status=status,
            value=value,
            why=why,
            request_id=headers.get("x-ms-request-id"),
            provider_date=headers.get("date"),
            sha256=None if answer is None else hashlib.sha256(_body(answer, headers)).hexdigest(),
            http_status=None if answer is None else answer.status_code,
        )

    def _connected(self) -> Any:
        from multistore.stores.azure.account import Account, checked  # noqa: PLC0415 - as below
        from multistore.stores.azure.client import fresh  # noqa: PLC0415 - imports the SDK

        if self._client is None:
            store = self._reader.settings.stores[self._resource.via or self._resource.store or ""]
            endpoint = self._reader.endpoint_of(self._resource)
            whose = checked(Account(endpoint, store.account or "", store.credentials))
            before = hold_azure(self._reader.count)
            self._client = fresh(whose, before, anonymous=self._anonymous)
        return self._client


def _code(error: Any) -> str:
    """Return the service's code, or what kind of failure it was; never the SDK's text."""
    code = getattr(error, "error_code", None) or getattr(error, "status_code", None)
    return str(getattr(code, "value", code) or type(error).__name__)


def _body(answer: Any, headers: dict[str, str]) -> bytes:
    """Return what was answered; where it is all in the headers, those."""
    body = cast("bytes", answer.body())
    said = sorted(f"{name}: {value}" for name, value in headers.items() if name.startswith("x-ms-"))
    return body or "\n".join(said).encode()


def _kind(said: dict[str, Any]) -> dict[str, Any]:
    return {name: said.get(name) for name in ("sku_name", "account_kind", "is_hns_enabled")}


def _service(said: dict[str, Any]) -> dict[str, Any]:
    kept = said["delete_retention_policy"]
    site = said["static_website"]
    log = said["analytics_logging"]
    return {
        "deleteRetentionPolicy": {"enabled": bool(kept.enabled), "days": kept.days},
        "staticWebsite": {"enabled": bool(site.enabled)},
        "logging": {
            "read": bool(log.read),
            "write": bool(log.write),
            "delete": bool(log.delete),
            "retentionDays": log.retention_policy.days if log.retention_policy.enabled else None,
        },
        "cors": [{"allowedOrigins": list(rule.allowed_origins)} for rule in said["cors"] or ()],
    }


def _container(said: Any) -> dict[str, Any]:
    return {
        "publicAccess": said.public_access or "none",
        "hasImmutabilityPolicy": said.has_immutability_policy,
        "hasLegalHold": said.has_legal_hold,
        "immutableStorageWithVersioning": said.immutable_storage_with_versioning_enabled,
        "leaseState": said.lease.state,
        "leaseDuration": said.lease.duration,
    }


def _acl(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "publicAccess": said["public_access"] or "none",
        "policies": [str(identifier.id) for identifier in said["signed_identifiers"]],
    }


def _blobs(client: Any, name: str, more: dict[str, Any]) -> dict[str, Any]:
    """Count what a page of the listing shows; names are not kept."""
    pages: Any = client.get_container_client(name).list_blobs(
        include=_LISTED, results_per_page=SAMPLE, **more
    )
    page = pages.by_page()
    blobs: list[Any] = list(next(page, ()))
    held = [blob for blob in blobs if blob.has_legal_hold]
    locked = [blob for blob in blobs if getattr(blob.immutability_policy, "expiry_time", None)]
    old = [b for b in blobs if b.version_id and not b.is_current_version and not b.deleted]
    policies = {
        str(policy.policy_id)
        for blob in blobs
        for policy in blob.object_replication_source_properties or ()
    }
    until = [blob.immutability_policy.expiry_time.isoformat() for blob in locked]
    return {
        "looked": len(blobs),
        "more": page.continuation_token is not None,
        "versions": len(old),
        "snapshots": sum(blob.snapshot is not None and not blob.deleted for blob in blobs),
        "deleted": sum(bool(blob.deleted) for blob in blobs),
        "legalHolds": len(held),
        "lockedUntil": max(until, default=None),
        "replicationPolicies": sorted(policies),
        "leased": sum(getattr(blob.lease, "state", None) == "leased" for blob in blobs),
    }


def _every(client: Any, more: dict[str, Any]) -> dict[str, Any]:
    return {"containers": [str(found.name) for found in client.list_containers(**more)]}


def _anonymous(client: Any, name: str, more: dict[str, Any]) -> dict[str, Any]:
    pages: Any = client.get_container_client(name).list_blobs(results_per_page=1, **more)
    return {"listed": len(list(next(pages.by_page(), ())))}


COLLECTORS = (
    Collector(("azure-account",), account),
    Collector(("azure-account",), containers),
    Collector(("azure-container",), container),
)

"""Azure Resource Manager: what only the owner of a storage account may know. GET requests alone.

Needs the extra ``azure-mgmt`` and Entra credentials with Reader on the account. Without either,
every answer is unreadable and says so. The hosts are two: Resource Manager's, and the one that
gives the token.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from multistore.compliance.collect.guard import hold_azure
from multistore.compliance.model import Answer
from multistore.errors import MultistoreError, ResidencyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import AnswerStatus, Resource

HOST = "management.azure.com"
"""Resource Manager of Azure's public cloud; the national clouds are none of this library's."""

STORAGE_API = "2026-09-01"
"""The version that azure-mgmt-storage 25.3 speaks; older ones leave newer settings out unseen."""

SCOPE = f"https://{HOST}/.default"
NO_EXTRA = "NoAzureMgmt"
"""Why nothing could be asked where the extra is not installed."""

_PAGES = 100
_MISSING = ("MissingSubscriptionRegistration",)
"""The code of a subscription that has never used a service: there is nothing of it there."""

_ID = re.compile(r"/subscriptions/[0-9A-Za-z-]+(/[0-9A-Za-z._()-]+)*", re.ASCII)


class Arm:
    """Resource Manager as one identity sees it. Thread-safe.

    Args:
        credential: gives Entra tokens; called when the first question is asked.
        count: called for every request that leaves.
        transport: sends the requests; None for the SDK's own.
        proxy: the proxy that the configuration names, or None.
    """

    def __init__(
        self,
        credential: Callable[[], Any],
        count: Callable[[], None],
        *,
        transport: Any = None,
        proxy: str | None = None,
    ) -> None:
        self._credential = credential
        self._check = hold_azure(count)
        self._transport = transport
        self._proxy = proxy
        self._made: Any = None
        self._lock = threading.Lock()

    def get(
        self,
        path: str,
        resource: Resource,
        *,
        call: str,
        api: str = STORAGE_API,
        absent: tuple[str, ...] = (),
        expand: str = "",
    ) -> Answer:
        """Ask one question, every page of its answer. Raises nothing for what the service says.

        Cost: one request per page; throttling is waited out by the SDK.

        Args:
            path: the id of what is asked about, and what is asked of it.
            resource: whom the answer is about.
            call: the answer's name.
            api: the version of the service's API.
            absent: error codes by which the service says that nothing is configured.
            expand: what else is to be in the answer.
        """
        digest, last = hashlib.sha256(), None
        status: AnswerStatus = "read"
        value: dict[str, Any] = {}
        why = ""
        try:
            parameters = {"api-version": api, **({"$expand": expand} if expand else {})}
            for _ in range(_PAGES):
                last = self._sent(path, parameters)
                digest.update(last.body())
                page = _parsed(last)
                if last.status_code != 200 or page is None:
                    why = _code(page or {}, last.status_code)
                    status = "absent" if why in (*absent, *_MISSING) else "unreadable"
                    value = {}
                    break
                joined = [*value.get("value", ()), *page.get("value", ())]
                value = {**page, **({"value": joined} if "value" in page else {})}
                if not page.get("nextLink"):
                    break
                path, parameters = str(page["nextLink"]), {}
            else:
                status, value, why = "unreadable", {}, "TooManyPages"
        except MultistoreError as error:
            status, value, why = "unreadable", {}, error.code or type(error).__name__
        except Exception as error:  # noqa: BLE001 - azure-core's and the transport's own
            status, value, why = "unreadable", {}, type(error).__name__
        headers: dict[str, str] = {}
        if last is not None:
            headers = {str(k).lower(): str(v) for k, v in last.headers.items()}
        return Answer(
            call=call,
            resource=resource.id,
            at=datetime.now(UTC),
            status=status,
            value=value,
            why=why,
            request_id=headers.get("x-ms-request-id"),
            provider_date=headers.get("date"),
            sha256=digest.hexdigest() if last is not None else None,
            http_status=None if last is None else last.status_code,
        )

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made.close()

    def _sent(self, path: str, parameters: dict[str, str]) -> Any:
        from azure.core.rest import HttpRequest  # noqa: PLC0415 - the SDK is loaded at need

        url = path if path.startswith("https://") else f"https://{HOST}{path}"
        return self._client().send_request(HttpRequest("GET", url, params=parameters or None))

    def _client(self) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._new()
            return self._made

    def _new(self) -> Any:
        """Make Microsoft's own client, without its policy that registers providers by POST."""
        try:
            from azure.mgmt.storage import StorageManagementClient  # noqa: PLC0415 - an extra
        except ImportError:
            raise ResidencyError(
                "Azure Resource Manager cannot be asked",
                code=NO_EXTRA,
                hint="pip install 'multistore[azure-mgmt]'",
            ) from None
        from azure.core.pipeline import policies  # noqa: PLC0415 - as above
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy  # noqa: PLC0415

        credential = self._credential()
        proxies = None if self._proxy is None else dict.fromkeys(("http", "https"), self._proxy)
        return StorageManagementClient(
            credential,
            "",
            f"https://{HOST}",
            transport=self._transport or _transport(),
            policies=[
                policies.RequestIdPolicy(),
                policies.UserAgentPolicy(base_user_agent="multistore"),
                policies.ProxyPolicy(proxies=cast("Any", proxies)),
                policies.RetryPolicy(retry_total=5),
                ARMChallengeAuthenticationPolicy(credential, SCOPE),
                policies.CustomHookPolicy(raw_request_hook=self._held),
            ],
        )

    def _held(self, request: Any) -> None:
        """Hold every request to the one host and to GET, the last thing before it leaves."""
        url = str(request.http_request.url)
        if not url.startswith(f"https://{HOST}/"):
            raise ResidencyError(
                f"a request was stopped: Resource Manager is asked at {HOST} only",
                code="NET-001",
                hint="An answer pointed elsewhere.",
            )
        self._check(request.http_request)


def _transport() -> Any:
    from azure.core.pipeline.transport import RequestsTransport  # noqa: PLC0415 - as above

    return RequestsTransport(use_env_settings=False, connection_timeout=10, read_timeout=60)


def _parsed(answer: Any) -> dict[str, Any] | None:
    """Return the JSON object of an answer; None where it is none."""
    try:
        found = json.loads(answer.body())
    except ValueError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _code(page: dict[str, Any], status: int) -> str:
    """Return the service's code, or the HTTP status, or that the answer was no JSON."""
    error = page.get("error")
    told = cast("dict[str, Any]", error).get("code") if isinstance(error, dict) else None
    return str(told or ("NoJson" if status == 200 else status))


def arm(resource: Resource, reader: Reader) -> Arm:
    """Return Resource Manager as the check's Entra identity sees it."""
    found: Arm = reader.kept(("arm",), lambda: _of_entra(resource, reader))
    return found


def _of_entra(resource: Resource, reader: Reader) -> Arm:
    endpoint = reader.endpoint_of(resource)

    def credential() -> Any:
        from multistore.stores.azure.credentials import entra  # noqa: PLC0415 - imports the SDK

        return entra(endpoint)

    return Arm(credential, reader.count, proxy=endpoint.proxy)


def valid_id(text: str) -> bool:
    """Whether a text is the id of something in Resource Manager, and nothing more."""
    return _ID.fullmatch(text) is not None and ".." not in text

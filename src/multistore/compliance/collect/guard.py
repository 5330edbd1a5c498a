"""No request of the check changes anything: the one place where that is held.

At S3 and Azure Blob only GET and HEAD leave; at other services, whose every request is a POST,
only the actions that are named for reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable

READING_METHODS = frozenset({"GET", "HEAD"})
READING_VERBS = ("Describe", "Get", "List", "Head")
BY_METHOD = frozenset({"s3", "s3control", "azure"})
"""Services whose HTTP method says whether a request reads."""

# They are named for reading, and hand out what is worth stealing or make something.
_NOT_FOR_A_CHECK = ("GetSessionToken", "GetFederationToken", "GetSecretValue", "GetObject")


def reads_only(service: str, operation: str, method: str) -> bool:
    """Whether a request only reads. Pure.

    Args:
        service: botocore's name of the service, or ``azure``.
        operation: the API's name of the call.
        method: the HTTP method.
    """
    if operation in _NOT_FOR_A_CHECK:
        return False
    if service in BY_METHOD:
        return method.upper() in READING_METHODS
    return operation.startswith(READING_VERBS)


def hold(client: Any, count: Callable[[], None]) -> None:
    """Make a boto3 client unable to send anything that does not read; count what it sends."""
    service = str(client.meta.service_model.service_name)

    def check(request: Any, event_name: str, **_: Any) -> None:
        operation = event_name.rpartition(".")[2]
        if not reads_only(service, operation, str(request.method)):
            raise UnsupportedError(
                f"{service}:{operation} ({request.method}) was not sent: a check only reads",
                operation="check",
                hint="Report this; nothing was changed.",
            )
        count()

    client.meta.events.register_first("before-send", check)


def hold_azure(count: Callable[[], None]) -> Callable[[Any], None]:
    """Give what an Azure client calls before a request leaves: only GET and HEAD do."""

    def check(request: Any) -> None:
        method = str(request.method)
        if not reads_only("azure", "", method):
            raise UnsupportedError(
                f"azure: {method} was not sent: a check only reads",
                operation="check",
                hint="Report this; nothing was changed.",
            )
        count()

    return check

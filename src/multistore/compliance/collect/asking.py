"""One call to an AWS-like service, and the record of what became of it."""

from __future__ import annotations

import hashlib
import re
import threading
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from multistore.compliance.collect.xml_words import unclear
from multistore.compliance.model import FELL_THROUGH, Answer
from multistore.errors import MultistoreError, UnsupportedError
from multistore.values import EMPTY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from multistore.compliance.model import AnswerStatus

ODD = "UnexpectedAnswer"
"""Why an answer is unreadable that has another form than its API documents."""

LISTING = "ListBucketResult"
_NOT_FOUND = 404
_LISTINGS = frozenset({"ListObjects", "ListObjectsV2"})
_ROOT = re.compile(rb"<(?![?!])(?:\w+:)?(\w+)")


class Wire:
    """What the last call of a thread got from the wire; one per client, filled by its hooks."""

    def __init__(self) -> None:
        self._of = threading.local()

    def begin(self) -> None:
        """Forget what this thread's last call got."""
        self._of.parts = []

    @property
    def parts(self) -> list[tuple[int, Mapping[str, str], bytes]]:
        """Every answer of this thread's last call: status, headers, body."""
        found: list[tuple[int, Mapping[str, str], bytes]] = getattr(self._of, "parts", [])
        return found

    def listen(self, client: Any) -> None:
        """Hear every answer that a boto3 client gets, before it is parsed."""

        def hear(response_dict: Mapping[str, Any], **_: Any) -> None:
            body = response_dict.get("body")
            raw = body if isinstance(body, bytes) else b""
            headers = {str(k).lower(): str(v) for k, v in response_dict["headers"].items()}
            self.parts.append((int(response_dict["status_code"]), headers, raw))

        client.meta.events.register_first("before-parse", hear)


def root(body: bytes) -> str | None:
    """Return the name of the outermost XML element of an answer, or None."""
    found = _ROOT.search(body[:2000])
    return found[1].decode() if found else None


def ask(
    client: Any,
    wire: Wire,
    operation: str,
    *,
    call: str,
    resource: str,
    absent: Collection[str] = (),
    pages: bool = False,
    **parameters: Any,
) -> Answer:
    """Make one call and record it; whatever goes wrong becomes part of the record.

    Args:
        client: a boto3 client, guarded.
        wire: what hears it.
        operation: the API's name (``GetBucketAcl``).
        call: the answer's name for it.
        resource: the id of the resource that it is about.
        absent: the error codes by which the service says, with a 404, that nothing is configured.
        pages: whether to follow the pages to the end; the lists are joined.
        parameters: of the call.
    """
    wire.begin()
    status: AnswerStatus = "read"
    value: dict[str, Any] = {}
    why, request_id = "", None
    try:
        if pages:
            paginator = client.get_paginator(_method(client, operation))
            value = paginator.paginate(**parameters).build_full_result()
        else:
            value = dict(getattr(client, _method(client, operation))(**parameters))
        request_id = value.pop("ResponseMetadata", {}).get("RequestId")
    except UnsupportedError:
        raise
    except MultistoreError as error:
        status, why = "unreadable", error.code or type(error).__name__
    except Exception as error:  # noqa: BLE001 - botocore raises builtins as well
        from multistore.stores.s3.answers import of_botocore  # noqa: PLC0415 - imports botocore

        told = of_botocore(error)
        why = told.code or str(told.status or type(error).__name__)
        # Only "not found" says that nothing is there; a refusal may carry any code.
        missing = told.status == _NOT_FOUND and why in absent
        status, request_id = ("absent" if missing else "unreadable"), told.request_id
    parts = wire.parts
    last = parts[-1] if parts else None
    headers: Mapping[str, str] = last[1] if last else EMPTY
    listing = last is not None and root(last[2]) == LISTING
    if status == "read" and listing and operation not in _LISTINGS:
        status, why, value = "unreadable", FELL_THROUGH, {}
    if status == "read" and any(unclear(client, operation, part[2]) for part in parts):
        status, why, value = "unreadable", ODD, {}
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part[2])
    return Answer(
        call=call,
        resource=resource,
        at=datetime.now(UTC),
        status=status,
        value=plain(value) if status == "read" else {},
        why=why,
        request_id=request_id or headers.get("x-amz-request-id") or headers.get("x-amzn-requestid"),
        provider_date=headers.get("date"),
        sha256=digest.hexdigest() if parts else None,
        http_status=last[0] if last else None,
    )


def _method(client: Any, operation: str) -> str:
    names: Mapping[str, str] = client.meta.method_to_api_mapping
    found = next((method for method, api in names.items() if api == operation), None)
    if found is None:
        raise UnsupportedError(
            f"the AWS SDK that is installed knows no {operation}", hint="Upgrade boto3."
        )
    return found


def plain(value: Any) -> Any:
    """Return an SDK's answer as JSON would have it; bytes become their SHA-256."""
    if hasattr(value, "items"):
        return {str(name): plain(part) for name, part in value.items()}
    if hasattr(value, "append"):
        return [plain(part) for part in value]
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)

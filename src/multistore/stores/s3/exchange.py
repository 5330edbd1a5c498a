"""Requests of which a document is the larger part: written and read here, carried by botocore.

botocore signs, sends, checks where to, retries and translates as for every other call. Only the
document is not its own: *measured with botocore 1.44*, writing a bulk delete and reading its answer
by its model takes 11 µs a key, which is more than all the rest of a deletion.

It tells its handlers nothing of the call that they are called for, but it calls them on the
caller's thread: so what is exchanged lies in the context, and every other call of the same client
is left as it is.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multistore.stores.s3.pages import NotWellFormedError, Page, walk

if TYPE_CHECKING:
    from multistore.stores.s3.bucket import Bucket

_READ = ("ListObjectsV2", "ListObjectVersions", "ListMultipartUploads", "DeleteObjects")


@dataclass(slots=True)
class Exchange:
    """What is sent as a document, and what came back as one.

    Attributes:
        body: sent in place of what botocore has written, where it is not None.
        page: what the answer says; None where there was none that is XML, with status 200.
    """

    body: bytes | None = None
    page: Page | None = None


_now: ContextVar[Exchange | None] = ContextVar("multistore_exchange", default=None)


def fetch(
    bucket: Bucket, call: str, *, operation: str, body: bytes | None = None, **parameters: Any
) -> tuple[Page | None, str | None]:
    """Make one request; give what its answer says, as Exchange.page, and the request's id.

    Raises:
        MultistoreError: as Bucket.ask; also for an error in an answer of status 200, which is
            retried before, and for an answer that is no XML.
    """
    exchange = Exchange(body)
    token = _now.set(exchange)
    try:
        answer = bucket.ask(call, operation=operation, **parameters)
    finally:
        _now.reset(token)
    return exchange.page, answer.get("ResponseMetadata", {}).get("RequestId")


def register(events: Any) -> None:
    """Make a client's calls pass here."""
    events.register_first("before-call.s3.DeleteObjects", _write)
    for call in _READ:
        # *Measured*: where the service is a wildcard a handler comes before botocore's own, which
        # reads each answer in search of an error.
        events.register_first(f"before-parse.*.{call}", _read)


def _write(params: dict[str, Any], **_: Any) -> None:
    exchange = _now.get()
    if exchange is not None and exchange.body is not None:
        params["body"] = exchange.body


def _read(response_dict: dict[str, Any], **_: Any) -> None:
    """Read the answer in botocore's place; what is an error, or no XML, is left to it."""
    exchange = _now.get()
    if exchange is None:
        return
    exchange.page = None
    if response_dict["status_code"] != 200:
        return
    try:
        page = walk(response_dict["body"])
    except NotWellFormedError:
        return
    if page.root != "Error":
        exchange.page = page
        response_dict["body"] = b""

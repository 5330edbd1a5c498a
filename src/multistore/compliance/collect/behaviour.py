"""How a service behaves to who is nobody: one unsigned request per bucket, one over plain http.

Without credentials nothing can be changed or given away; both are GETs of a listing.
"""

from __future__ import annotations

import http.client
import re
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from multistore.compliance.collect import Collector
from multistore.compliance.collect.guard import reads_only
from multistore.compliance.collect.s3_bucket import KINDS, head_bucket
from multistore.compliance.model import ANONYMOUS, PLAIN_HTTP, Answer
from multistore.residency.location import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import AnswerStatus, Resource

TIMEOUT_SECONDS = 10.0
_CODE = re.compile(rb"<Code>(\w{1,80})</Code>")
_ENOUGH = 4096


def strangers(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask as nobody. Cost: one request per bucket, and one per host on port 80."""
    endpoint = reader.endpoint_of(resource)
    if endpoint.proxy is not None:
        yield from (_unreadable(resource, call, "proxy") for call in (ANONYMOUS, PLAIN_HTTP))
        return
    url = _listing(resource, reader)
    unreachable = reader.unreachable(reader.s3(resource))
    if unreachable:
        yield from (_unreadable(resource, call, unreachable) for call in (ANONYMOUS, PLAIN_HTTP))
        return
    with reader.slot():
        yield _get(resource, ANONYMOUS, url, reader.count)
    host = urlsplit(str(reader.s3(resource).meta.endpoint_url)).hostname or ""
    if is_loopback(host):
        yield _unreadable(resource, PLAIN_HTTP, "loopback")
        return

    def plainly() -> Answer:
        with reader.slot():
            return _get(resource, PLAIN_HTTP, f"http://{host}/", reader.count)

    yield replace(reader.once((PLAIN_HTTP, host), plainly), resource=resource.id)


def _listing(resource: Resource, reader: Reader) -> str:
    """Return the address of a bucket's listing, in its own region and its service's own style.

    Elsewhere AWS answers with a redirect, which says nothing; and a service that knows buckets by
    their hosts only refuses every path, signed or not.
    """
    endpoint = reader.endpoint_of(resource)
    region = head_bucket(resource, reader).value.get("BucketRegion")
    url = urlsplit(str(reader.s3(resource, region=region).meta.endpoint_url))
    query = "list-type=2&max-keys=1"
    if endpoint.provider != "aws" and endpoint.profile.addressing == "virtual":
        return f"{url.scheme}://{resource.name}.{url.netloc}/?{query}"
    return f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}/{quote(resource.name)}?{query}"


def _get(resource: Resource, call: str, url: str, count: Callable[[], None]) -> Answer:
    assert reads_only("s3", "ListObjectsV2", "GET")  # noqa: S101 - what the guard is held to
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(
            parts.netloc, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        count()
        connection.request("GET", target, headers={"User-Agent": "multistore"})
        response = connection.getresponse()
        code = _CODE.search(response.read(_ENOUGH))
    except ConnectionRefusedError:
        return _nothing(resource, call, "absent", "ConnectionRefused")
    except (OSError, http.client.HTTPException) as error:
        return _unreadable(resource, call, type(error).__name__)
    finally:
        connection.close()
    return Answer(
        call=call,
        resource=resource.id,
        at=datetime.now(UTC),
        status="read",
        value={"Status": response.status, "Code": code[1].decode() if code else ""},
        request_id=response.getheader("x-amz-request-id"),
        provider_date=response.getheader("date"),
        http_status=response.status,
    )


def _unreadable(resource: Resource, call: str, why: str) -> Answer:
    return _nothing(resource, call, "unreadable", why)


def _nothing(resource: Resource, call: str, status: AnswerStatus, why: str) -> Answer:
    return Answer(call, resource.id, datetime.now(UTC), status, why=why)


COLLECTORS = (Collector(KINDS, strangers),)

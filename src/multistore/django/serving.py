"""One file of a vault for a browser: whole, or the range that a player asks for."""

# Django has no types; what comes from it is unknown to a checker.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUntypedBaseClass=false
# pyright: reportUntypedFunctionDecorator=false, reportUntypedClassDecorator=false
# pyright: reportUnknownParameterType=false, reportMissingParameterType=false

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.core.files.storage import storages  # type: ignore[import-untyped]
from django.core.handlers.asgi import ASGIRequest  # type: ignore[import-untyped]
from django.http import Http404, HttpResponse, StreamingHttpResponse  # type: ignore[import-untyped]
from django.utils.cache import get_conditional_response  # type: ignore[import-untyped]
from django.utils.http import content_disposition_header, http_date  # type: ignore[import-untyped]
from django.views.decorators.http import require_safe  # type: ignore[import-untyped]

from multistore.errors import InvalidArgumentError, NotFoundError
from multistore.stores.base import MEBIBYTE
from multistore.values import Span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from multistore.django.storage import SealedStorage
    from multistore.values import ObjectInfo
    from multistore.vault import Vault

LARGEST_STEP = 4 * MEBIBYTE
OCTETS = "application/octet-stream"
INLINE = re.compile(r"(audio|video)/.*|image/(?!svg).*|application/pdf|text/plain", re.IGNORECASE)
"""What a browser may show; anything else it saves, so that no upload is a page of yours."""


@require_safe  # type: ignore[untyped-decorator]
def serve(request: Any, name: str, *, storage: str | SealedStorage = "default") -> Any:
    """Serve one file of a SealedStorage: whole, or the range that a player asks for.

    It does not ask who may see the file: wrap it in your own check, such as
    ``login_required``, and look there at the name, too. Under ASGI and WSGI alike it streams,
    and the plaintext is never on a disk. A file that is replaced while it is served ends the
    stream, which then is shorter than announced. ETags are strong; Range, If-Range and the
    conditional headers mean what RFC 9110 says. What a browser might run as a page of yours is
    given as an attachment.

    Cost: one request for the file's description, then one for each piece of 1, 2 and then 4 MiB.
    Memory: one piece.

    Args:
        request: a GET or HEAD.
        name: the file's name in the storage.
        storage: the alias in STORAGES, or the storage itself.
    """
    holder: SealedStorage = storages[storage] if isinstance(storage, str) else storage
    try:
        info = holder.vault.head(holder.address(name))
    except (NotFoundError, InvalidArgumentError):
        raise Http404 from None
    etag = f'"{(info.header_tag or b"").hex()}"'
    modified = int(info.modified.timestamp())
    start, stop, headers = 0, info.size or 0, _headers(info, etag)
    if early := get_conditional_response(request, etag=etag, last_modified=modified):
        return _with(early, {"ETag": etag, "Cache-Control": headers["Cache-Control"]})
    status = 200
    asked = request.headers.get("range")
    same = request.headers.get("if-range", etag) == etag
    if asked and same and (found := _range(asked, stop)) is not None:
        if found[0] >= found[1]:
            return _with(HttpResponse(status=416), {"Content-Range": f"bytes */{stop}"})
        headers["Content-Range"] = f"bytes {found[0]}-{found[1] - 1}/{stop}"
        (start, stop), status = found, 206
    headers["Content-Length"] = str(stop - start)
    if request.method == "HEAD":
        return _with(HttpResponse(status=status), headers)
    pieces = _pieces(holder.vault, info, start, stop)
    streamed = _asynchronous(pieces) if isinstance(request, ASGIRequest) else pieces
    return _with(StreamingHttpResponse(streamed, status=status), headers)


def _headers(info: ObjectInfo, etag: str) -> dict[str, str]:
    kind = info.content_type or OCTETS
    disposition = content_disposition_header(
        not INLINE.fullmatch(kind.partition(";")[0].strip()), PurePosixPath(info.key).name
    )
    return {
        "Content-Type": kind,
        "Content-Disposition": disposition or "inline",
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": http_date(info.modified.timestamp()),
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }


def _with(response: Any, headers: dict[str, str]) -> Any:
    for name, value in headers.items():
        response[name] = value
    return response


def _range(asked: str, size: int) -> tuple[int, int] | None:
    """Give (start, stop), empty where it cannot be met; None for what is ignored (RFC 9110, 14)."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.replace(" ", ""))
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size


def _pieces(vault: Vault, info: ObjectInfo, start: int, stop: int) -> Iterator[bytes]:
    step = MEBIBYTE
    while start < stop:
        # The pin: a file that is replaced meanwhile ends the stream, and mixes no two.
        span = Span(start, min(start + step, stop))
        yield vault.read(info.address, span, pin=info.header_tag)
        start, step = span.stop, min(2 * step, LARGEST_STEP)


async def _asynchronous(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(pieces, None), thread_sensitive=False)
    while (piece := await following()) is not None:
        yield piece

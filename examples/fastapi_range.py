"""Stream a sealed video to a browser, which asks for it range by range: FastAPI and AsyncVault.

Run it with ``uvicorn examples.fastapi_range:app``; it opens multistore.toml, or what
MULTISTORE_CONFIG names. Who may see what is your application's to decide: put your own check
where the comment says so.
"""

from __future__ import annotations

import os
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from multistore import NotFoundError, Span, aio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STEP = 1 << 20


@asynccontextmanager
async def opened(app: FastAPI) -> AsyncIterator[None]:
    async with aio.open(os.environ.get("MULTISTORE_CONFIG", "multistore.toml")) as vault:
        app.state.vault = vault
        yield


app = FastAPI(lifespan=opened)


@app.get("/{tenant}/video/{key:path}", response_model=None)
async def video(tenant: str, key: str, request: Request) -> Response:
    vault: aio.AsyncVault = request.app.state.vault
    address = f"{tenant}/video/{key}"
    # Here: may this user see this tenant's videos?
    try:
        info = await vault.head(address)
    except NotFoundError:
        raise HTTPException(404) from None
    size = info.size or 0
    headers = {"accept-ranges": "bytes"}
    status, start, stop = 200, 0, size
    if asked := re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", "")):
        first, last = asked.groups()
        if first:
            start, stop = int(first), min(int(last) + 1, size) if last else size
        elif last:
            start = max(0, size - int(last))
        if start >= stop:
            raise HTTPException(416, headers={"content-range": f"bytes */{size}"})
        status = 206
        headers["content-range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["content-length"] = str(stop - start)

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(start, stop, STEP):
            # The pin: a video that is replaced meanwhile ends this stream, and mixes no two.
            span = Span(at, min(at + STEP, stop))
            yield await vault.read(address, span, pin=info.header_tag)

    return StreamingResponse(
        pieces(), status, headers, media_type=info.content_type or "application/octet-stream"
    )

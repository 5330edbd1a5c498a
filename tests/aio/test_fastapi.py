"""The FastAPI example, asked as a browser asks."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import httpx
import pytest

from tests.vault import estate

MIB = 1 << 20
VIDEO = (bytes(range(251)) * 14_000)[: 3 * MIB + 17]
EXAMPLE = Path(__file__).parents[2] / "examples" / "fastapi_range.py"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    here = estate.local(tmp_path_factory.mktemp("fastapi"), None)
    with here.open() as vault:
        vault.put("acme/video/第1回.mp4", VIDEO, content_type="video/mp4")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MULTISTORE_CONFIG", str(here.path))
        found = importlib.util.spec_from_file_location("fastapi_range", EXAMPLE)
        module = importlib.util.module_from_spec(found)
        environment.setitem(__import__("sys").modules, "fastapi_range", module)
        found.loader.exec_module(module)
        yield module.app


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize(
    ("asked", "status", "start", "stop"),
    [
        (None, 200, 0, len(VIDEO)),
        ("bytes=0-", 206, 0, len(VIDEO)),
        ("bytes=0-1", 206, 0, 2),
        ("bytes=1000000-2999999", 206, 1_000_000, 3_000_000),
        ("bytes=-17", 206, len(VIDEO) - 17, len(VIDEO)),
        ("bytes=3145000-99999999", 206, 3_145_000, len(VIDEO)),
    ],
)
async def test_a_range_is_streamed(app, asked, status, start, stop):
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        ) as browser,
    ):
        headers = {} if asked is None else {"range": asked}
        answer = await browser.get("/acme/video/第1回.mp4", headers=headers)
        assert answer.status_code == status
        assert answer.content == VIDEO[start:stop]
        assert answer.headers["content-type"] == "video/mp4"
        if status == 206:
            assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(VIDEO)}"


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_cannot_be_given_is_said_so(app):
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        ) as browser,
    ):
        past = await browser.get("/acme/video/第1回.mp4", headers={"range": "bytes=99999999-"})
        assert (past.status_code, past.headers["content-range"]) == (416, f"bytes */{len(VIDEO)}")
        assert (await browser.get("/acme/video/absent.mp4")).status_code == 404

"""The verbs of a vault awaited, on asyncio and on trio."""

from __future__ import annotations

import gc
import io
import threading
import time
from contextlib import aclosing
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from multistore import ClosedError, InvalidArgumentError, NotFoundError, PutMode, Span, aio
from tests.vault import estate

MIB = 1 << 20
ADDRESS = "acme/video/第1回.mp4"
pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    here = estate.local(tmp_path_factory.mktemp("aio"), None)
    here.open().close()
    return here


@pytest.fixture
async def vault(here):
    async with aio.open(here.path) as vault:
        yield vault
        await vault.delete_many([entry.address async for entry in vault.list("acme/video/")])


async def pieces(count, seen=None):
    for number in range(count):
        if seen is not None:
            seen.append(number)
        await anyio.lowlevel.checkpoint()
        yield bytes([number]) * MIB


async def test_every_verb(vault):
    info = await vault.put(ADDRESS, b"first", content_type="video/mp4", metadata={"題": "一"})
    assert info.size == 5
    assert (await vault.head(ADDRESS)).content_type == "video/mp4"
    assert await vault.exists(ADDRESS)
    assert await vault.read(ADDRESS, Span(1, 3)) == b"ir"
    await vault.copy(ADDRESS, "acme/video/copy")
    await vault.rename("acme/video/copy", "acme/video/renamed")
    assert [e.key async for e in vault.list("acme/video/")] == ["renamed", "第1回.mp4"]
    assert (await vault.delete("acme/video/renamed")).gone
    plan = await vault.plan_erasure(ADDRESS)
    certificate = await vault.erase(ADDRESS, reason="asked for", plan=plan.digest)
    assert certificate
    assert not await vault.exists(ADDRESS)


async def test_errors_are_those_of_the_vault(vault):
    for call, kind in (
        (vault.get("acme/video/absent"), NotFoundError),
        (vault.put("acme", b""), InvalidArgumentError),
        (vault.put(ADDRESS, "text"), InvalidArgumentError),
        (vault.put("nobody/video/x", pieces(1)), NotFoundError),
    ):
        with pytest.raises(kind):
            await call
    await vault.put(ADDRESS, b"x", mode=PutMode.CREATE)
    with pytest.raises(FileExistsError):
        await vault.put(ADDRESS, pieces(1), mode=PutMode.CREATE)


async def test_an_asynchronous_iterator_is_put_and_streamed(vault, tmp_path):
    seen = []
    info = await vault.put(ADDRESS, pieces(20, seen), progress=lambda _: None)
    assert (info.size, seen) == (20 * MIB, list(range(20)))
    expected = b"".join([piece async for piece in pieces(20)])
    download = await vault.get(ADDRESS)
    for _ in range(2):
        assert b"".join([bytes(piece) async for piece in download]) == expected
    assert await download.read() == expected
    assert (await download.save(tmp_path / "saved")).read_bytes() == expected


async def test_files_and_paths_are_put(vault, tmp_path):
    (tmp_path / "file").write_bytes(b"on the disk")
    await vault.put(ADDRESS, Path(tmp_path / "file"))
    assert await vault.read(ADDRESS) == b"on the disk"
    file = io.BytesIO(b"in memory")
    await vault.put(ADDRESS, file)
    assert await vault.read(ADDRESS) == b"in memory"
    assert not file.closed


async def test_an_iterator_that_fails_writes_nothing(vault):
    async def broken():
        yield bytes(20 * MIB)
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        await vault.put(ADDRESS, broken())
    assert not await vault.exists(ADDRESS)


def files(here):
    return sorted(p for p in (here.path.parent / "data").rglob("*") if p.is_file())


@pytest.mark.parametrize("asynchronous", [True, False])
async def test_a_cancelled_put_stops_and_leaves_nothing(vault, here, asynchronous):
    before, taken = files(here), []

    async def endless():
        while True:
            taken.append(1)
            await anyio.sleep(0.001)
            yield bytes(MIB)

    def blocking():
        while True:
            taken.append(1)
            time.sleep(0.001)
            yield bytes(MIB)

    begun = time.monotonic()
    with anyio.move_on_after(0.3) as scope:
        await vault.put(ADDRESS, endless() if asynchronous else blocking())
    assert scope.cancelled_caught
    assert time.monotonic() - begun < 10
    count = len(taken)
    assert count > 1
    assert not await vault.exists(ADDRESS)
    assert files(here) == before
    await anyio.sleep(0.05)
    assert len(taken) == count


async def test_a_cancelled_save_leaves_no_file(vault, tmp_path):
    await vault.put(ADDRESS, bytes(64 * MIB))
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:

            async def cancel():
                while not list(tmp_path.iterdir()):  # noqa: ASYNC110 - a thread makes it
                    await anyio.sleep(0.001)
                scope.cancel()

            group.start_soon(cancel)
            await (await vault.get(ADDRESS)).save(tmp_path / "saved")
    if scope.cancelled_caught:
        assert list(tmp_path.iterdir()) == []
    else:  # it was faster than the cancellation: then it is whole
        assert (tmp_path / "saved").stat().st_size == 64 * MIB


async def test_a_stream_that_is_left_early_ends_its_requests(vault):
    await vault.put(ADDRESS, bytes(64 * MIB))
    stream = (await vault.get(ADDRESS)).__aiter__()
    assert len(await anext(stream))
    await stream.aclose()
    gc.collect()
    assert await vault.read(ADDRESS, Span(0, 1)) == b"\0"


async def test_calls_run_side_by_side_up_to_the_limit(here, monkeypatch):
    async with aio.open(here.path, threads=3) as vault:
        under_way, most, lock = 0, 0, threading.Lock()

        def exists(_):
            nonlocal under_way, most
            with lock:
                under_way += 1
                most = max(most, under_way)
            time.sleep(0.05)
            with lock:
                under_way -= 1
            return True

        monkeypatch.setattr(vault.vault, "exists", exists)
        async with anyio.create_task_group() as group:
            for number in range(9):
                group.start_soon(vault.exists, f"acme/video/{number}")
        assert most == 3


async def test_the_loop_stays_free_while_a_call_blocks(vault, monkeypatch):
    monkeypatch.setattr(vault.vault, "exists", lambda _: time.sleep(0.3) or True)
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await anyio.sleep(0.01)

    async with anyio.create_task_group() as group:
        group.start_soon(tick)
        await vault.exists(ADDRESS)
        group.cancel_scope.cancel()
    assert ticks > 5


async def test_listing_is_lazy(vault, monkeypatch):
    for number in range(4):
        await vault.put(f"acme/video/{number}", b"")
    given = []
    real = vault.vault.list

    def counted(*args, **options):
        for entry in real(*args, **options):
            given.append(entry)
            yield entry

    monkeypatch.setattr(vault.vault, "list", counted)
    monkeypatch.setattr("multistore.aio.vault._PAGE", 2)
    async with aclosing(vault.list("acme/video/")) as entries:
        assert (await anext(entries)).key == "0"
    assert len(given) == 2


async def test_a_closed_vault_refuses(here):
    async with aio.open(here.path) as vault:
        pass
    with pytest.raises(ClosedError):
        await vault.exists(ADDRESS)

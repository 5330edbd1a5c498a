"""Files of a vault that are awaited, on asyncio and on trio."""

from __future__ import annotations

import io
import threading
import time

import anyio
import pytest

from multistore import (
    AlreadyExistsError,
    ClosedError,
    InvalidArgumentError,
    NotFoundError,
    PreconditionFailedError,
    UnavailableError,
    aio,
)
from tests.vault import estate

MIB = 1 << 20
ADDRESS = "acme/video/第1回.mp4"
DATA = (bytes(range(251)) * 14_000)[: 3 * MIB + 17]
pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    here = estate.local(tmp_path_factory.mktemp("aio-files"), None)
    here.open().close()
    return here


@pytest.fixture
async def vault(here):
    async with aio.open(here.path) as vault:
        yield vault
        await vault.delete_many([entry.address async for entry in vault.list("acme/video/")])


def files(here):
    return sorted(p for p in (here.path.parent / "data").rglob("*") if p.is_file())


class TestReading:
    async def test_it_is_a_bytesio(self, vault):
        await vault.put(ADDRESS, DATA)
        model = io.BytesIO(DATA)
        async with vault.open(ADDRESS) as file:
            assert (file.name, file.size) == (ADDRESS, len(DATA))
            for step, *arguments in (
                ("read", 100),
                ("tell",),
                ("seek", -17, 2),
                ("read", 100),
                ("read", 1),
                ("seek", MIB),
                ("read", 2 * MIB),
                ("seek", 5, 1),
                ("read", -1),
                ("seek", 10 * MIB),
                ("read",),
                ("read", 0),
                ("seek", 7, 0),
                ("read",),
            ):
                expected = getattr(model, step)(*arguments)
                assert await getattr(file, step)(*arguments) == expected, (step, arguments)
            await file.seek(3)
            model.seek(3)
            for size in (0, 10, 4 * MIB, 5):
                mine, theirs = bytearray(size), bytearray(size)
                assert await file.readinto(mine) == model.readinto(theirs)
                assert mine == theirs

    async def test_steps_of_a_large_read_are_put_together(self, vault, monkeypatch):
        monkeypatch.setattr("multistore.aio.files.STEP", 500_000)
        await vault.put(ADDRESS, DATA)
        async with vault.open(ADDRESS) as file:
            assert await file.read() == DATA
            await file.seek(1)
            buffer = bytearray(len(DATA) - 1)
            assert await file.readinto(buffer) == len(buffer)
            assert buffer == DATA[1:]

    async def test_a_cancelled_read_stops_at_the_next_step(self, vault, monkeypatch):
        monkeypatch.setattr("multistore.aio.files.STEP", 100_000)
        await vault.put(ADDRESS, DATA)
        async with vault.open(ADDRESS) as file:
            read, reads = file._file.readinto, []

            def slowly(buffer):
                reads.append(len(buffer))
                time.sleep(0.02)
                return read(buffer)

            monkeypatch.setattr(file._file, "readinto", slowly)
            with anyio.move_on_after(0.1) as scope:
                await file.read()
            assert scope.cancelled_caught
            assert 1 <= len(reads) < 30
            count = len(reads)
            await anyio.sleep(0.05)
            assert len(reads) == count

    async def test_tasks_take_turns(self, vault):
        await vault.put(ADDRESS, DATA)
        pieces = []

        async def read():
            while piece := await file.read(100_000):
                pieces.append(piece)

        async with vault.open(ADDRESS) as file, anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(read)
        assert sum(map(len, pieces)) == len(DATA)
        assert sorted(pieces) == sorted(
            DATA[at : at + 100_000] for at in range(0, len(DATA), 100_000)
        )

    async def test_it_is_closed_with_its_block(self, vault):
        await vault.put(ADDRESS, b"x")
        async with vault.open(ADDRESS) as file:
            pass
        for use in (file.read(), file.tell(), file.seek(0), file.readinto(bytearray(1))):
            with pytest.raises(ClosedError):
                await use

    async def test_a_version_that_was_replaced_is_told(self, vault):
        await vault.put(ADDRESS, DATA)
        async with vault.open(ADDRESS) as file:
            assert await file.read(10) == DATA[:10]
            await vault.put(ADDRESS, DATA)
            with pytest.raises(PreconditionFailedError):
                await file.read()


class TestWriting:
    @pytest.mark.parametrize("size", [0, 5, 20 * MIB])
    async def test_the_object_is_there_when_the_block_has_ended(self, vault, size):
        async with vault.open(ADDRESS, "wb", content_type="video/mp4") as file:
            for start in range(0, size, MIB):
                assert await file.write(b"x" * min(MIB, size - start)) > 0
            assert await file.tell() == size
            assert file.info is None
            assert not await vault.exists(ADDRESS)
        assert file.info.size == size
        assert await vault.read(ADDRESS) == b"x" * size
        assert (await vault.head(ADDRESS)).content_type == "video/mp4"
        with pytest.raises(ClosedError):
            await file.write(b"late")

    @pytest.mark.parametrize("size", [5, 20 * MIB])
    async def test_a_block_that_raises_leaves_what_was_there(self, vault, here, size):
        await vault.put(ADDRESS, b"before")
        before = files(here)

        async def write():
            async with vault.open(ADDRESS, "wb") as file:
                await file.write(bytes(size))
                raise KeyError

        with pytest.raises(KeyError):
            await write()
        assert await vault.read(ADDRESS) == b"before"
        assert files(here) == before

    @pytest.mark.parametrize("size", [5, 20 * MIB])
    async def test_a_block_that_is_cancelled_leaves_nothing(self, vault, here, size):
        before = files(here)
        with anyio.CancelScope() as scope:
            async with vault.open(ADDRESS, "wb") as file:
                await file.write(bytes(size))
                scope.cancel()
                await file.write(bytes(size))
        assert scope.cancelled_caught
        assert not await vault.exists(ADDRESS)
        assert files(here) == before
        assert not [t for t in threading.enumerate() if t.name == "multistore-writer"]

    async def test_a_block_that_is_cancelled_at_its_very_end_leaves_nothing(self, vault):
        with anyio.CancelScope() as scope:
            async with vault.open(ADDRESS, "wb") as file:
                await file.write(b"all of it")
                scope.cancel()
        assert scope.cancelled_caught
        assert not await vault.exists(ADDRESS)

    async def test_exclusive_never_writes_over(self, vault):
        async with vault.open(ADDRESS, "xb") as file:
            await file.write(b"first")
        with pytest.raises(FileExistsError):
            async with vault.open(ADDRESS, "xb"):
                pytest.fail("it was opened")
        with pytest.raises(AlreadyExistsError):
            async with vault.open("acme/video/late", "xb") as file:
                await vault.put("acme/video/late", b"other")
        assert await vault.read("acme/video/late") == b"other"
        assert await vault.read(ADDRESS) == b"first"

    async def test_a_failed_upload_is_told(self, vault, monkeypatch):
        def fails(_name, body, **_):
            next(iter(body.parts))
            raise UnavailableError("the line is lost")

        store = vault.vault._routing.named("main").store
        monkeypatch.setattr(store, "put", fails)
        for size in (5, 64 * MIB):
            with pytest.raises(UnavailableError):
                async with vault.open(ADDRESS, "wb") as file:
                    await file.write(bytes(size))


async def test_what_can_never_work_is_told_where_the_block_is_entered(vault, here):
    for address, mode, kind in (
        ("acme", "rb", InvalidArgumentError),
        (ADDRESS, "r+b", InvalidArgumentError),
        (ADDRESS, "ab", InvalidArgumentError),
        (ADDRESS, "rb", NotFoundError),
        ("nobody/video/x", "wb", NotFoundError),
    ):
        with pytest.raises(kind):
            async with vault.open(address, mode):
                pytest.fail("it was opened")
    async with aio.open(here.path) as closed:
        pass
    with pytest.raises(ClosedError):
        async with closed.open(ADDRESS):
            pytest.fail("it was opened")

"""A file for writing becomes the object at its close, whole, or nothing does."""

from __future__ import annotations

import csv
import gc
import io
import os
import subprocess
import sys
import tarfile
import threading
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multistore import (
    AlreadyExistsError,
    ClosedError,
    ForkedProcessError,
    InvalidArgumentError,
    NotFoundError,
)

MIB = 1 << 20
ADDRESS = "acme/video/written"


def uploads(estate):
    """Give every file of the data directory: what a half-written object might leave."""
    data = estate.path.parent / "data"
    return [path for path in data.rglob("*") if path.is_file()]


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    pieces=st.lists(
        st.one_of(st.binary(max_size=300), st.integers(0, 3 * MIB).map(bytes)), max_size=12
    )
)
def test_it_is_a_bytesio(vault, pieces):
    model = io.BytesIO()
    with vault.open(ADDRESS, "wb") as file:
        for piece in pieces:
            assert file.write(piece) == model.write(piece)
            assert file.tell() == model.tell()
    assert vault.read(ADDRESS) == model.getvalue()
    assert file.info.size == len(model.getvalue())
    assert file.info.etag == vault.head(ADDRESS).etag


@pytest.mark.parametrize(
    "data",
    [b"x", bytearray(b"x"), memoryview(b"xy")[:1], memoryview(b"axbx")[1::2][:1], memoryview(b"")],
)
def test_it_takes_every_buffer_and_keeps_none(vault, data):
    with vault.open(ADDRESS, "wb") as file:
        assert file.write(data) == len(bytes(data))
        if isinstance(data, bytearray):
            data += b"later"
    assert vault.read(ADDRESS) == (b"x" if len(data) else b"")


def test_it_refuses_text(vault):
    with vault.open(ADDRESS, "wb") as file, pytest.raises(TypeError, match="bytes"):
        file.write("text")


def test_content_type_and_metadata_go_with_it(vault):
    with vault.open(ADDRESS, "wb", content_type="text/plain", metadata={"題名": "第1回"}) as file:
        file.write(b"x" * 20 * MIB)
    info = vault.head(ADDRESS)
    assert (info.content_type, info.metadata, info.size) == (
        "text/plain",
        {"題名": "第1回"},
        20 * MIB,
    )


@pytest.mark.parametrize("size", [1, 9 * MIB, 40 * MIB])
class TestNothingHalfWritten:
    def half(self, vault, size):
        file = vault.open(ADDRESS, "wb")
        for start in range(0, size, MIB):
            file.write(b"x" * min(MIB, size - start))
        return file

    def test_while_it_is_open(self, vault, size):
        file = self.half(vault, size)
        assert not vault.exists(ADDRESS)
        file.close()
        assert vault.head(ADDRESS).size == size

    def test_when_the_block_raises(self, vault, estate_here, size):
        before = uploads(estate_here)
        with pytest.raises(KeyError), self.half(vault, size):
            raise KeyError
        assert not vault.exists(ADDRESS)
        assert uploads(estate_here) == before

    def test_when_a_wrapper_closes_it_in_a_block_that_raises(self, vault, size):
        def write():
            with self.half(vault, size) as file, io.TextIOWrapper(file, "utf-8") as text:
                text.write("half of a")
                raise KeyError

        with pytest.raises(KeyError):
            write()
        assert not vault.exists(ADDRESS)

    def test_when_it_is_discarded(self, vault, estate_here, size):
        before = uploads(estate_here)
        file = self.half(vault, size)
        file.discard()
        file.discard()
        file.close()
        assert file.closed
        assert file.info is None
        assert not vault.exists(ADDRESS)
        assert uploads(estate_here) == before

    def test_when_it_is_forgotten(self, vault, size):
        file = self.half(vault, size)
        files = [file]
        del file
        with pytest.warns(ResourceWarning, match="never closed"):
            files.clear()
        gc.collect()
        assert not vault.exists(ADDRESS)
        assert not [t for t in threading.enumerate() if t.name == "multistore-writer"]

    def test_what_was_there_stays(self, vault, size):
        vault.put(ADDRESS, b"before")
        with pytest.raises(KeyError), self.half(vault, size):
            raise KeyError
        assert vault.read(ADDRESS) == b"before"


def test_a_file_that_is_opened_and_closed_in_a_handler_is_committed(vault):
    try:
        raise KeyError
    except KeyError:
        with vault.open(ADDRESS, "wb") as file:
            file.write(b"a report of the error")
    assert vault.read(ADDRESS) == b"a report of the error"


def test_exclusive_never_writes_over(vault):
    with vault.open(ADDRESS, "xb") as file:
        file.write(b"first")
    with pytest.raises(FileExistsError):
        vault.open(ADDRESS, "xb")
    late = vault.open("acme/video/late", "xb")
    vault.put("acme/video/late", b"other")
    with pytest.raises(AlreadyExistsError):
        late.close()
    assert vault.read("acme/video/late") == b"other"
    late.close()


@pytest.mark.parametrize("mode", ["r", "w", "r+b", "rb+", "ab", "a", "w+b", "", "U"])
def test_a_mode_that_cannot_work_is_refused(vault, mode):
    with pytest.raises(InvalidArgumentError) as told:
        vault.open(ADDRESS, mode)
    assert isinstance(told.value, ValueError)
    assert "rb, wb or xb" in str(told.value)


def test_what_can_never_work_is_told_at_the_call(vault):
    for address, kind in (
        ("acme", ValueError),
        ("acme/video", ValueError),
        ("nobody/video/x", FileNotFoundError),
        ("acme/nowhere/x", ValueError),
    ):
        with pytest.raises(kind):
            vault.open(address, "wb")


def test_a_closed_vault_opens_nothing_and_commits_nothing(estate_here, vault):
    with estate_here.open() as closed:
        file = closed.open(ADDRESS, "wb")
    for mode in ("rb", "wb", "xb"):
        with pytest.raises(ClosedError):
            closed.open(ADDRESS, mode)
    with pytest.raises(ClosedError):
        file.close()
    assert not vault.exists(ADDRESS)


def test_a_failed_upload_is_told_and_nothing_is_there(vault, monkeypatch):
    store = vault._routing.named("main").store

    def fails(_name, body, **_):
        next(iter(body.parts))
        raise NotFoundError("the bucket has gone")

    monkeypatch.setattr(store, "put", fails)
    file = vault.open(ADDRESS, "wb")
    with pytest.raises(NotFoundError, match="gone"):
        file.write(bytes(64 * MIB))
    with pytest.raises(NotFoundError, match="gone"):
        file.close()
    assert file.closed
    assert file.info is None


def test_closed_is_closed(vault):
    file = vault.open(ADDRESS, "wb")
    file.close()
    file.close()
    for use in (lambda: file.write(b"x"), file.tell, file.flush):
        with pytest.raises(ClosedError):
            use()
    assert not file.readable()
    with pytest.raises(io.UnsupportedOperation):
        file.read()
    assert vault.read(ADDRESS) == b""


def test_zipfile_tarfile_and_text_write_it(vault):
    with vault.open(ADDRESS, "wb") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("第1回.txt", "はじめに")
    with vault.open(ADDRESS) as file, zipfile.ZipFile(file) as archive:
        assert archive.read("第1回.txt").decode() == "はじめに"
    with vault.open(ADDRESS, "wb") as file, tarfile.open(fileobj=file, mode="w|gz") as archive:
        archive.addfile(tarfile.TarInfo("空"))
    with vault.open(ADDRESS) as file, tarfile.open(fileobj=file) as archive:
        assert archive.getnames() == ["空"]
    with vault.open(ADDRESS, "wb") as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        csv.writer(text).writerows([["回", "題名"], ["1", "はじめに"]])
    assert vault.read(ADDRESS).decode() == "回,題名\r\n1,はじめに\r\n"


def in_a_child(work):
    """Do work in a fork; return whether it went well. Never longer than 20 seconds."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    for _ in range(200):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status == 0
        threading.Event().wait(0.1)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    raise AssertionError("the child hangs")


@pytest.mark.parametrize("size", [1, 20 * MIB])
def test_a_child_of_a_fork_cannot_end_its_parents_file(vault, size):
    file = vault.open(ADDRESS, "wb")
    file.write(bytes(size))

    def child():
        for use in (lambda: file.write(b"child"), file.close, file.discard, file.commit):
            try:
                use()
            except ForkedProcessError:
                continue
            raise AssertionError(use)

    assert in_a_child(child)
    assert not vault.exists(ADDRESS)
    file.write(b"!")
    file.close()
    assert vault.read(ADDRESS) == bytes(size) + b"!"


AT_EXIT = """
import sys, multistore
vault = multistore.open(sys.argv[1])
file = vault.open("acme/video/written", "wb")
file.write(bytes(int(sys.argv[2])))
"""


@pytest.mark.parametrize("size", [1, 20 * MIB])
def test_a_file_that_is_open_when_the_interpreter_ends_is_given_up(vault, estate_here, size):
    before = uploads(estate_here)
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", AT_EXIT, str(estate_here.path), str(size)],
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert done.returncode == 0
    assert "acme/video/written was not written" in done.stderr
    assert not vault.exists(ADDRESS)
    assert uploads(estate_here) == before

"""Whatever can never be put is refused as an argument; nothing raw of Python's comes through."""

from __future__ import annotations

import array
import errno
import fcntl
import io
import os
import sys
from pathlib import Path

import pytest

import multistore
from multistore.cli import main
from multistore.errors import InvalidArgumentError, NotFoundError

NAME = "acme/video/a"


def _closed():
    file = io.BytesIO(b"x")
    file.close()
    return file


class _Gives:
    """A file whose read() gives this."""

    def __init__(self, *pieces):
        self._pieces = list(pieces)

    def read(self, _):
        return self._pieces.pop(0)


def _released():
    view = memoryview(b"x")
    view.release()
    return view


def _closed_file(home):
    with (home / "r").open("w+b") as file:
        pass
    return file


def _through(home):
    (home / "file").write_bytes(b"x")
    return home / "file" / "below"


NEVER = {
    "an iterator with gaps": lambda _: iter([memoryview(b"abcdef")[::2]]),
    "a buffer with gaps": lambda _: memoryview(b"abcdef")[::2],
    "an iterator of numbers": lambda _: iter([1, 2]),
    "a read() that gives a number": lambda _: _Gives(b"a", 7),
    "a read() that gives a list": lambda _: _Gives([b"a"], b""),
    "a closed file": lambda _: _closed(),
    "a closed file of the system": _closed_file,
    "a file opened to be written": lambda home: (home / "w").open("wb"),
    "a class": lambda _: io.BytesIO,
    "a class that iterates": lambda _: multistore.PutMode,
    "a released view": lambda _: _released(),
    "a path with a NUL": lambda _: Path("a\0b"),
    "a path too long": lambda _: Path("x" * 5000),
    "a path through a file": _through,
    "a dict of bytes": lambda _: {b"a": b"b"},
    "a dict of text": lambda _: {"a": b"b"},
    "a set": lambda _: {b"a", b"b"},
    "a number": lambda _: 7,
    "nothing": lambda _: None,
    "text": lambda _: "text",
}


@pytest.fixture
def vault(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    with multistore.open("multistore.toml") as vault:
        vault.tenants.add("acme")
        vault.put(NAME, b"old")
        yield vault


@pytest.mark.parametrize("what", NEVER)
def test_what_can_never_be_put(vault, tmp_path, what):
    source = NEVER[what](tmp_path)
    with pytest.raises(InvalidArgumentError):
        vault.put(NAME, source)
    assert vault.read(NAME) == b"old"
    if hasattr(source, "close") and not isinstance(source, type):
        source.close()


def test_a_file_that_is_not_there_stays_not_found(vault, tmp_path):
    with pytest.raises(NotFoundError, match=r"there is no file .*/absent'"):
        vault.put(NAME, tmp_path / "absent")


def test_a_source_of_ones_own_that_fails_keeps_its_error(vault):
    class Fails:
        closed = False

        def read(self, _):
            raise ValueError("the camera's own")

    with pytest.raises(ValueError, match="the camera's own") as caught:
        vault.put(NAME, Fails())
    assert type(caught.value) is ValueError


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such call")
@pytest.mark.parametrize(("before", "after"), [(4096, 1 << 18), (1 << 20, 1 << 20)])
def test_a_pipe_holds_one_read_and_is_never_narrowed(vault, before, after):
    give, take = os.pipe()
    fcntl.fcntl(give, fcntl.F_SETPIPE_SZ, before)
    os.write(take, b"through a pipe")
    os.close(take)
    with os.fdopen(give, "rb") as file:
        vault.put(NAME, file)
        assert fcntl.fcntl(give, fcntl.F_GETPIPE_SZ) == after
    assert vault.read(NAME) == b"through a pipe"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such call")
def test_a_pipe_that_may_not_be_widened_is_put_as_it_is(vault, monkeypatch):
    give, take = os.pipe()
    os.write(take, b"narrow")
    os.close(take)
    call = fcntl.fcntl

    def refused(descriptor, what, *rest):
        if what == fcntl.F_SETPIPE_SZ:
            raise PermissionError(errno.EPERM, "over the user's limit")
        return call(descriptor, what, *rest)

    monkeypatch.setattr(fcntl, "fcntl", refused)
    with os.fdopen(give, "rb") as file:
        vault.put(NAME, file)
    assert vault.read(NAME) == b"narrow"


@pytest.mark.parametrize("source", [array.array("i", [1]), [array.array("i", [1]), b""]])
def test_buffers_of_other_items_are_bytes(vault, source):
    vault.put(NAME, source)
    assert vault.read(NAME) == array.array("i", [1]).tobytes()


@pytest.mark.parametrize("metadata", [None, [], [("a", "b")], ["a"], "text", 7, {"a": 1}])
def test_metadata_that_is_no_mapping_of_text(vault, metadata):
    with pytest.raises(InvalidArgumentError, match="metadata"):
        vault.put(NAME, b"new", metadata=metadata)
    assert vault.read(NAME) == b"old"

"""A saved file: whole, past the page cache where that can be, and synced before it is named."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import nullcontext
from pathlib import Path

import pytest

from multistore.download import Download
from multistore.errors import TamperedError
from multistore.sealing.buffers import BLOCK, Buffers
from multistore.sealing.landing import Landing
from multistore.stores.base import MEBIBYTE
from tests.sealing.inner import NAME, pattern, raw, sealed, tamper

ODD = 3 * MEBIBYTE + 1234
DIRECT = getattr(os, "O_DIRECT", 0)


@pytest.fixture
def writes(monkeypatch):
    """Tell of each write whether it went past the page cache, and its bytes."""
    seen, pwrite = [], os.pwrite

    def spy(descriptor, data, position):
        is_direct = bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & DIRECT)
        seen.append((is_direct, position, bytes(data)))
        return pwrite(descriptor, data, position)

    monkeypatch.setattr(os, "pwrite", spy)
    return seen


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out"


def _can_be_direct(path):
    """Whether this file system takes a block past its cache; asked of the system itself."""
    file = os.open(path.with_name("probe"), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.fcntl(file, fcntl.F_SETFL, fcntl.fcntl(file, fcntl.F_GETFL) | DIRECT)
        os.pwrite(file, Buffers(0).take(MEBIBYTE), 0)
    except OSError:
        return False
    finally:
        os.close(file)
    return DIRECT != 0


def _written(store, path):
    with path.open("w+b") as file:
        flags = fcntl.fcntl(file, fcntl.F_GETFL)
        store.open(NAME).write_to(file.fileno())
        assert fcntl.fcntl(file, fcntl.F_GETFL) == flags
    return path.read_bytes()


@pytest.mark.parametrize("size", [MEBIBYTE, MEBIBYTE + 1, ODD, 4 * MEBIBYTE])
def test_a_large_file_goes_past_the_cache_in_whole_blocks(path, size, writes):
    expected, data = _can_be_direct(path), pattern(size)
    del writes[:]
    assert _written(sealed(data, part_size=MEBIBYTE), path) == data
    assert {is_direct for is_direct, _, _ in writes} == {expected}
    assert all(len(block) % BLOCK == position % BLOCK == 0 for _, position, block in writes)


def test_a_small_file_goes_through_the_cache(path, writes):
    assert _written(sealed(b"small" * 1000), path) == b"small" * 1000
    assert [is_direct for is_direct, _, _ in writes] == [False]
    assert _written(sealed(b""), path) == b""


def test_what_fills_the_last_block_is_nobody_s_plaintext(path, writes):
    buffers = Buffers(1)
    buffers.take(2 * MEBIBYTE)[:] = b"another " * (MEBIBYTE // 4)
    with path.open("w+b") as file, Landing(file.fileno(), MEBIBYTE + 5) as landing:
        room = landing.room(buffers, MEBIBYTE + 5)
        room[: MEBIBYTE + 5] = b"p" * (MEBIBYTE + 5)
        landing.write(room, MEBIBYTE + 5, 0)
    ((_, _, blocks),) = writes
    assert blocks == b"p" * (MEBIBYTE + 5) + bytes(BLOCK - 5)
    assert path.read_bytes() == b"p" * (MEBIBYTE + 5)


def test_a_disk_that_takes_the_flag_and_then_no_block(path, monkeypatch):
    """As some network file systems do, and disks of larger blocks."""
    pwrite, refused = os.pwrite, []

    def wants_other_blocks(descriptor, data, position):
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & DIRECT:
            refused.append(position)
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return pwrite(descriptor, data, position)

    can_be_direct, data = _can_be_direct(path), pattern(ODD)
    monkeypatch.setattr(os, "pwrite", wants_other_blocks)
    assert _written(sealed(data, part_size=MEBIBYTE), path) == data
    assert bool(refused) == can_be_direct


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EINVAL])
def test_another_error_of_the_disk_goes_on(path, monkeypatch, code):
    def fails(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "pwrite", fails)
    with pytest.raises(OSError, match=os.strerror(code)):
        _written(sealed(pattern(ODD)), path)


def test_what_ended_the_writing_is_not_hidden_by_the_disk(path, monkeypatch):
    ftruncate, calls = os.ftruncate, []

    def once(descriptor, size):
        calls.append(size)
        if len(calls) > 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        ftruncate(descriptor, size)

    store = sealed(pattern(ODD))
    bad = raw(store)
    bad[-1] ^= 1
    tamper(store, bad)
    monkeypatch.setattr(os, "ftruncate", once)
    with pytest.raises(TamperedError):
        _written(store, path)


def test_a_file_is_synced_before_it_has_its_name(tmp_path, monkeypatch):
    calls, fsync, replace = [], os.fsync, Path.replace

    def synced(descriptor):
        calls.append(("fsync", os.fstat(descriptor).st_size))
        fsync(descriptor)

    def renamed(path, target):
        calls.append(("rename", path.stat().st_size))
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    data = pattern(ODD)
    download = Download(sealed(data).open(NAME), None, nullcontext)
    assert download.save(tmp_path / "out").read_bytes() == data
    assert calls == [("fsync", ODD), ("rename", ODD)]

"""A file that is saved: there whole or not at all, and in the place of nothing but a file."""

from __future__ import annotations

import errno
import gc
import os
import resource
import threading
import time
from contextlib import contextmanager, nullcontext

import pytest

from multistore.download import Download
from multistore.errors import InvalidArgumentError
from multistore.sealing.buffers import BLOCK
from multistore.sealing.landing import Landing
from multistore.stores.base import MEBIBYTE
from tests.sealing.inner import NAME, pattern, sealed


def download(data):
    return Download(sealed(data, part_size=MEBIBYTE).open(NAME), None, nullcontext)


@contextmanager
def largest_file(size):
    """Have the system refuse any file that is larger; Python ignores the signal for it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK + 1, MEBIBYTE + 1, 3 * MEBIBYTE + 511])
def test_a_file_needs_no_more_room_than_its_own(tmp_path, size):
    with largest_file(size):
        assert download(pattern(size)).save(tmp_path / "out").stat().st_size == size
    assert (tmp_path / "out").read_bytes() == pattern(size)


@pytest.mark.parametrize("size", [100_000, 3 * MEBIBYTE])
def test_without_room_what_was_there_stays_and_the_error_names_the_file(tmp_path, size):
    path = tmp_path / "out"
    path.write_bytes(b"before")
    with largest_file(size - 1), pytest.raises(OSError, match="out") as caught:
        download(pattern(size)).save(path)
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(path))
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    assert path.read_bytes() == b"before"


def test_a_disk_that_does_not_confirm_has_no_file(tmp_path, monkeypatch):
    def fails(_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="out"):
        download(b"abc").save(tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_what_the_progress_raises_is_no_error_of_the_file(tmp_path):
    def gone(_):
        raise BrokenPipeError(errno.EPIPE, "nobody reads the progress")

    with pytest.raises(BrokenPipeError) as caught:
        download(b"abc").save(tmp_path / "out", progress=gone)
    assert caught.value.filename is None


def test_no_pipe_and_no_device_is_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "null").symlink_to(os.devnull)
    for name in ("pipe", "null"):
        with pytest.raises(InvalidArgumentError, match=f"{name} is a pipe or a device"):
            download(b"abc").save(tmp_path / name)
        assert not (tmp_path / name).is_file()


def test_a_link_is_replaced_and_what_it_leads_to_is_left(tmp_path):
    (tmp_path / "other").write_bytes(b"other")
    (tmp_path / "link").symlink_to("other")
    download(b"abc").save(tmp_path / "link")
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "link").read_bytes() == b"abc"
    assert (tmp_path / "other").read_bytes() == b"other"


@pytest.mark.parametrize("name", ["x" * 255, "あ" * 85, "😀" * 63])
def test_the_longest_names(tmp_path, name):
    assert download(b"abc").save(tmp_path / name).read_bytes() == b"abc"


def test_a_name_that_no_file_can_have_is_refused_before_anything_is_fetched(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InvalidArgumentError, match="there is no directory"):
        download(b"abc").save(tmp_path / "file" / "out")
    with pytest.raises(OSError, match="too long"):
        download(b"abc").save(tmp_path / ("x" * 256))
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_the_mode_is_neither_that_of_the_file_before_nor_wider(tmp_path):
    path = tmp_path / "out"
    path.touch(0o644)
    before = os.umask(0)
    try:
        download(b"abc").save(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


class Interruption(BaseException):
    """As Ctrl-C."""


def test_a_second_interruption_lets_no_thread_write_into_another_file(tmp_path, monkeypatch):
    """The saving is left while threads still write: the next file opened gets its descriptor."""
    held, written, pwrite = threading.Event(), threading.Semaphore(0), os.pwrite

    def waits(descriptor, *rest):
        is_first = rest[1] == 0
        if not is_first:
            assert held.wait(10)
        count = pwrite(descriptor, *rest)
        if not is_first:
            written.release()
        return count

    def interrupted(*_):
        raise Interruption

    opened = sealed(pattern(3 * MEBIBYTE), part_size=MEBIBYTE).open(NAME)
    monkeypatch.setattr(os, "pwrite", waits)
    monkeypatch.setattr("multistore.sealing.flight.Door.shut", interrupted)
    with pytest.raises(Interruption):
        Download(opened, None, nullcontext).save(tmp_path / "out", progress=interrupted)
    others = [(tmp_path / f"other{number}").open("w+b") for number in range(20)]
    held.set()
    assert written.acquire(timeout=10)
    assert written.acquire(timeout=10)
    for other in others:
        assert other.read() == b""
        other.close()


def test_what_failed_keeps_no_memory_and_no_room_on_the_disk(tmp_path, monkeypatch):
    """Without a collection: an error that knows what it came from would hold both until one."""

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(OSError, match="out"):
            download(pattern(5 * MEBIBYTE)).save(tmp_path / "out")
        time.sleep(0.05)  # for the threads that were at it
        held = [each for each in gc.get_objects() if type(each) is Landing]
    finally:
        gc.enable()
    assert not held

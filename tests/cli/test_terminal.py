"""Bars on a terminal, none anywhere else; bytes on standard output stay bytes."""

import contextlib
import os
import pty
import subprocess
import tempfile

import pytest

from tests.cli.command import BIN, environment, multistore, vault

SIZE = 5 * 1024 * 1024


@pytest.fixture
def home(tmp_path):
    (tmp_path / "講義.mp4").write_bytes(os.urandom(SIZE))
    return vault(tmp_path)


def on_a_terminal(*words, cwd):
    """Run with standard error on a terminal; return what the terminal got, and the output."""
    master, slave = pty.openpty()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [str(BIN / "multistore"), *words],
            cwd=cwd,
            env=environment(cwd, TERM="xterm-256color"),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=slave,
        )
        os.close(slave)
        seen = bytearray()
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while piece := os.read(master, 65536):
                seen += piece
        os.close(master)
        assert process.wait(timeout=120) == 0, seen.decode()
        output.seek(0)
        return seen.decode(), output.read()


def test_a_terminal_gets_a_bar_and_the_output_stays_clean(home):
    seen, output = on_a_terminal("put", "講義.mp4", "school-042/video/講義.mp4", cwd=home)
    assert "講義.mp4" in seen
    assert "5.0/5.0 MiB" in seen
    assert output.decode() == "school-042/video/講義.mp4  5,242,880 bytes\n"


def test_a_get_shows_a_bar_too(home):
    multistore("put", "講義.mp4", "school-042/video/講義.mp4", cwd=home)
    seen, output = on_a_terminal("get", "school-042/video/講義.mp4", "back.mp4", cwd=home)
    assert "5.0/5.0 MiB" in seen
    assert b"\x1b" not in output
    seen, output = on_a_terminal("get", "school-042/video/講義.mp4", "-", cwd=home)
    assert "5.0/5.0 MiB" in seen
    assert output == (home / "講義.mp4").read_bytes()


def test_a_pipe_gets_no_bar(home):
    for words in (
        ("put", "講義.mp4", "school-042/video/講義.mp4"),
        ("get", "school-042/video/講義.mp4", "back.mp4"),
        ("cat", "school-042/video/講義.mp4"),
    ):
        done = multistore(*words, cwd=home)
        assert (done.returncode, done.stderr) == (0, b""), words

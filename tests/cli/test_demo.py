"""``demo``: the promise of the README's first command, on the sample and on one's own files."""

import os
import re
import socket
import time

import pytest

from multistore.cli import demo
from multistore.errors import InvalidArgumentError
from tests.cli.command import multistore

MAGIC = "89 4d 53 4f 0d 0a 1a 0a"


def shown(done):
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_the_sample(tmp_path):
    begun = time.monotonic()
    text = shown(multistore("demo", cwd=tmp_path, TMPDIR=str(tmp_path)))
    took = time.monotonic() - begun
    for part in (
        MAGIC,
        "b'Nobody reads this line at rest.",
        "school-042/video/第1回 ようこそ.txt",
        "multistore.errors.ScopeMismatchError: ",
        "multistore.errors.ResidencyError: ",
        "ap-northeast-2",
        "multistore init && multistore tenant add school-042",
        "multistore put FILE school-042/video/",
    ):
        assert part in text
    assert "\nFalse\n" in text
    # The directory is gone, and nothing else was left beside it.
    assert list(tmp_path.iterdir()) == []
    # Five seconds are the promise; a busy machine gets some grace.
    assert took < 15


def test_what_is_printed_is_what_runs(tmp_path):
    """Take the printed lines alone, run them in a fresh interpreter: the same story."""
    import subprocess
    import sys

    from tests.cli.command import environment

    kept = tmp_path / "kept"
    text = shown(multistore("demo", "--keep", kept, cwd=tmp_path))
    lines = [
        line.removeprefix("    >>> ").removeprefix("    ... ")
        for line in text.splitlines()
        if line.startswith(("    >>> ", "    ... "))
    ]
    script = "\n".join(lines) + "\n"
    for step in demo.STEPS:
        for line in step.code.strip().splitlines():
            assert demo.PLACEHOLDERS.search(line) or line in lines
    again = tmp_path / "again"
    again.mkdir()
    (again / demo.SAMPLE_NAME).write_bytes((kept / demo.SAMPLE_NAME).read_bytes())
    # The interpreter goes on after an error, as the demo does.
    program = "import code, sys\nconsole = code.InteractiveConsole()\n"
    program += "block = []\nfor line in sys.stdin.read().splitlines():\n    console.push(line)\n"
    script = re.sub(r"^(?=\S)", "\n", script.replace(str(kept), str(again)), flags=re.MULTILINE)
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=f"{script}\n\n".encode(),
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert MAGIC in done.stdout.decode()
    errors = re.findall(r"^multistore\.errors\.(\w+)", done.stderr.decode(), re.MULTILINE)
    assert errors == ["ScopeMismatchError", "ResidencyError"]


def test_own_files_of_any_size(tmp_path):
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    (inputs / "空.txt").touch()
    (inputs / "講義 第1回.mp4").write_bytes(os.urandom(20 * 1024 * 1024))
    (inputs / "か\u3099.bin").write_bytes(b"nfd")
    names = sorted(inputs.iterdir())
    for order in (names, names[::-1]):
        text = shown(multistore("demo", *order, cwd=tmp_path, TMPDIR=str(tmp_path)))
        assert re.search(r"^ +0  school-042/video/空.txt$", text, re.MULTILINE)
        assert re.search(r"^ +20,971,520  school-042/video/講義 第1回.mp4$", text, re.MULTILINE)
        assert re.search(r"^ +3  school-042/video/が.bin$", text, re.MULTILINE)
    # The user's own files are as they were, and nothing stays behind.
    assert sorted(inputs.iterdir()) == names
    assert list(tmp_path.iterdir()) == [inputs]


def test_in_japanese(tmp_path):
    by_option = shown(multistore("demo", "--lang", "ja", cwd=tmp_path))
    by_locale = shown(multistore("demo", cwd=tmp_path, LC_ALL="ja_JP.UTF-8"))
    for text in (by_option, by_locale):
        assert "1. 準備" in text
        assert "ソウルのバケットは" in text
        assert "次は、ご自分の保管庫で:" in text
        assert "Two tenants" not in text


def test_it_keeps_a_directory_that_was_named(tmp_path):
    text = shown(multistore("demo", "--keep", "here", cwd=tmp_path))
    assert f"Everything is still in {tmp_path / 'here'}." in text
    assert (tmp_path / "here" / "multistore.toml").is_file()
    again = multistore("demo", "--keep", "here", cwd=tmp_path)
    assert again.returncode == 2
    assert b"not an empty directory" in again.stderr


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda _: None])
def test_what_is_not_a_file_is_refused(tmp_path, make):
    make(tmp_path / "x")
    with pytest.raises(InvalidArgumentError, match="not a file"):
        demo.usable([tmp_path / "x"])


def test_two_files_of_one_name_are_refused(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.txt").touch()
    with pytest.raises(InvalidArgumentError, match="have one name"):
        demo.usable([tmp_path / "a" / "x.txt", tmp_path / "b" / "x.txt"])


def test_no_connection_is_tried(tmp_path, monkeypatch, capsys):
    def refused(*_):
        raise AssertionError("the demo used the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    demo.demo()
    assert "ResidencyError" in capsys.readouterr().out


def test_a_refusal_that_does_not_come_fails_the_demo():
    step = demo.Step("x", "1 + 1", refused="ResidencyError")
    with pytest.raises(AssertionError, match="did not stop"):
        demo._run(step, {}, {})

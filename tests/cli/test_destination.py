"""What ``--output`` names is replaced only where it is a file; and why it could not be, is told."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from multistore.cli import destination, messages
from multistore.cli.run import run
from multistore.compliance import checker
from multistore.errors import InvalidArgumentError, MultistoreError
from tests.cli.command import BIN, environment
from tests.cli.test_check import CONFIG
from tests.compliance.reports import CLEAN


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    (tmp_path / "multistore.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("MULTISTORE_CONFIG", raising=False)
    yield tmp_path
    messages.choose("en")


@pytest.fixture
def checked(monkeypatch):
    """Let each check find a clean report; gives how often it was asked."""
    asked = []

    def check(*_, **__):
        asked.append(1)
        return CLEAN

    monkeypatch.setattr(checker, "check", check)
    return asked


def full(monkeypatch):
    """Let every file be full; the real error comes from the device that nobody may touch here."""

    def write_text(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), ".multistore-0.new")

    monkeypatch.setattr(Path, "write_text", write_text)


def test_a_pipe_gets_the_text_and_stays_a_pipe(place):
    pipe = place / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    destination.replace_file(pipe, "日本\n")
    reader.join(10)
    assert read == ["日本\n"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_terminal_gets_the_text_and_a_link_to_it_stays_one(place):
    ours, theirs = os.openpty()
    try:
        link = place / "terminal"
        link.symlink_to(os.ttyname(theirs))
        destination.replace_file(link, "said\n")
        assert os.read(ours, 100) == b"said\r\n"
        assert link.is_symlink()
        assert stat.S_ISCHR(link.stat().st_mode)
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("there", [True, False])
def test_of_a_link_the_file_behind_it_is_replaced(place, there):
    (place / "deep").mkdir()
    target, link = place / "deep" / "report", place / "link"
    if there:
        target.write_text("before", encoding="utf-8")
        target.chmod(0o640)
    link.symlink_to(target)
    destination.replace_file(link, "after")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "after"
    if there:
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert list((place / "deep").iterdir()) == [target]


def test_standard_output_by_name_adds_to_the_file_that_the_shell_opened(place):
    log = place / "log"
    log.write_text("before\n", encoding="utf-8")
    with log.open("ab") as out:
        done = subprocess.run(
            [BIN / "multistore", "check", "--rules", "--output", "/dev/stdout"],
            cwd=place,
            env=environment(place),
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    said = log.read_text(encoding="utf-8")
    assert said.startswith("before\n")
    assert "RES-001" in said


@pytest.mark.parametrize(
    "name", ["x" * 300, "/proc/self/report", "multistore.toml/report", "loop", "nowhere"]
)
def test_what_can_be_no_file_is_noticed_before_the_check(checked, place, capsys, name):
    (place / "loop").symlink_to("loop")
    (place / "nowhere").symlink_to("no/such/report")
    assert run(["check", "--output", name]) == 2
    err = capsys.readouterr().err
    assert not checked
    assert ".multistore-" not in err
    assert name in err


def test_a_long_name_that_is_possible_is_written(checked, place):
    name = "x" * 255
    assert run(["check", "--output", name]) == 0
    assert checked
    assert (place / name).stat().st_size


def test_a_check_that_cannot_be_written_has_stopped(checked, place, monkeypatch, capsys):
    full(monkeypatch)
    assert run(["check", "--output", "report.json"]) == 4
    err = capsys.readouterr().err
    assert "the check stopped: report.json could not be written: No space left" in err
    assert "Name another file" in err
    assert ".multistore-" not in err
    assert checked
    assert not (place / "report.json").exists()


def test_a_check_whose_standard_output_is_full_has_stopped(checked, monkeypatch, capsys):
    def flush():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("multistore.cli.output.flush", flush)
    assert run(["check"]) == 4
    assert "standard output could not be written: No space left" in capsys.readouterr().err
    assert checked


def test_the_file_that_was_there_stays_where_the_new_one_cannot_be_written(place, monkeypatch):
    kept = place / "kept"
    kept.write_bytes(b"before")
    full(monkeypatch)
    with pytest.raises(MultistoreError, match="kept could not be written"):
        destination.replace_file(kept, "after")
    assert kept.read_bytes() == b"before"
    assert sorted(p.name for p in place.iterdir()) == ["kept", "multistore.toml"]


def test_a_disk_is_no_place_for_a_report(place, monkeypatch):
    real = os.stat

    def disk(path, **options):
        found = real(path, **options)
        return os.stat_result((stat.S_IFBLK | 0o600, *found[1:]))

    monkeypatch.setattr(destination.os, "stat", disk)
    with pytest.raises(InvalidArgumentError, match="is a disk"):
        destination.require_file_name(place / "multistore.toml")


@pytest.mark.parametrize(
    "words",
    [
        ["keys", "backup", "pipe"],
        ["keys", "roll", "--backup", "pipe"],
    ],
)
def test_a_key_backup_takes_no_pipes_place(place, capsys, words):
    os.mkfifo(place / "pipe")
    assert run(words) == 2
    assert "pipe is a pipe or a device" in capsys.readouterr().err
    assert stat.S_ISFIFO((place / "pipe").stat().st_mode)

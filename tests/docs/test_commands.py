"""Every command line in the documents is known here, and those of multistore are run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from tests.docs.blocks import ROOT, blocks, pages_with

# Run as they stand, in a directory of their own.
RUN = {"multistore demo", "multistore demo lecture.mp4"}
# Run in this order, in one directory.
TOGETHER = [
    "multistore init",
    "multistore tenant add example",
    "multistore tenant add school-042",
    "multistore put lesson.mp4 school-042/video/第1回/lesson.mp4 --content-type video/mp4",
    "multistore put *.mp4 school-042/video/第1回/",
    "multistore ls school-042/video/ -r --json",
    "multistore check",
    "multistore check --format html --output check.html --lang ja",
]
# These need a cloud: only that the command has those options is tested.
HELP_ONLY = {"multistore probe contracted --output probes/contracted.json"}
# Not ours, or what the nox sessions and CI run anyway, or a pipe to a program of the reader's.
FOREIGN = {
    "pip install .",
    "pip install nox",
    "nox",
    "nox -s lint types",
    "nox -s ceph",
    "pytest",
    "pytest tests/unit",
    "MULTISTORE_REQUIRE=s3,azure,postgres pytest",
    "python -m venv .venv",
    ". .venv/bin/activate",
    "pip install -e . --group test --group lint --group types",
    "python examples/one_winner.py multistore.toml",
    "ffmpeg -i camera -f mpegts - | multistore put - school-042/video/live.ts",
    "multistore ls school-042/video/ -r --json | jq -s 'map(.size) | add'",
    """sqlite3 multistore.db ".backup '/backup/multistore-$(date +%F).db'\"""",
}


# Run whole, in order, by tests/keys/test_howto.py and tests/lifecycle/test_howto.py.
ELSEWHERE = {
    ROOT / "docs" / "howto" / "keys-for-operators.md",
    ROOT / "docs" / "howto" / "tenant-end.md",
}


def _commands():
    for page in pages_with("console"):
        if page in ELSEWHERE:
            continue
        for block in blocks(page, "console"):
            for line in block.text.splitlines():
                if line.startswith("$ "):
                    command = re.sub(r"\s{2,}#.*", "", line[2:])
                    yield from ((block, part.strip()) for part in command.split(" && "))


def _run(command, directory):
    # The shell expands patterns, as a reader's does.
    arguments = command.removeprefix("multistore ")
    return subprocess.run(
        f"{shlex.quote(sys.executable)} -X utf8 -m multistore.cli {arguments}",
        shell=True,
        cwd=directory,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def test_every_command_is_accounted_for():
    for block, command in _commands():
        assert command in {*RUN, *TOGETHER, *HELP_ONLY, *FOREIGN}, f"{block}: {command}"


@pytest.mark.parametrize("command", sorted(RUN))
def test_the_command_runs(command, tmp_path):
    (tmp_path / "lecture.mp4").write_bytes(bytes(300_000))
    done = _run(command, tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_commands_of_a_first_day_run(tmp_path):
    (tmp_path / "lesson.mp4").write_bytes(bytes(300_000))
    for command in TOGETHER:
        done = _run(command, tmp_path)
        # A machine whose clock nothing confirms has an answer that is not known.
        fine = {0, 3} if command.startswith("multistore check") else {0}
        assert done.returncode in fine, f"{command}: {done.stderr}"


@pytest.mark.parametrize("command", sorted(HELP_ONLY))
def test_the_options_exist(command, tmp_path):
    words = command.split()
    done = _run(f"{words[0]} {words[1]} --help", tmp_path)
    assert done.returncode == 0, done.stderr
    for option in (word for word in words if word.startswith("--")):
        assert option in done.stdout

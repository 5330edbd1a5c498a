"""Whole sessions at a shell, word for word.

A transcript is a text file: ``$ command``, then what it prints on standard output and standard
error together, then ``[exit N]`` where that is not 0. A line that begins with ``#`` is a remark.
``<etag>``, ``<time>`` and ``<any>`` stand for what differs from run to run.
"""

import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import environment

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
VARIES = {
    "<etag>": r"[^\s\"]+",
    "<time>": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d JST",
    "<utc>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    "<hex>": r"[0-9a-f]+",
    "<any>": r"[^\n]*",
}


def commands(text):
    """Give (line number, command, expected output, expected exit code) of a transcript."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("$ "):
            found.append([number, line[2:], "", 0])
        elif line.startswith("#"):
            continue
        elif match := re.fullmatch(r"\[exit (\d+)\]", line):
            found[-1][3] = int(match[1])
        elif found:
            found[-1][2] += line + "\n"
    # A blank line before the next command belongs to nobody.
    return [(n, command, expected.strip("\n"), code) for n, command, expected, code in found]


def matches(expected, actual):
    pattern = re.escape(expected)
    for mark, varies in VARIES.items():
        pattern = pattern.replace(re.escape(mark), varies)
    return re.fullmatch(pattern, actual) is not None


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path, tmp_path):
    script = commands(path.read_text(encoding="utf-8"))
    assert script
    for number, command, expected, code in script:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        actual = done.stdout.decode().strip("\n").replace(str(tmp_path), "~")
        assert (done.returncode, actual) == (
            code,
            actual if matches(expected, actual) else expected,
        ), f"{path.name}:{number}: $ {command}"


def test_a_transcript_that_does_not_match_is_noticed():
    assert matches("etag: <etag>", "etag: abc123")
    assert not matches("etag: <etag>", "etag: abc 123")
    assert not matches("size (5 bytes)", "size (6 bytes)")
    assert commands("# x\n$ false\nno\n[exit 1]\n\n$ true\n") == [
        (2, "false", "no", 1),
        (6, "true", "", 0),
    ]

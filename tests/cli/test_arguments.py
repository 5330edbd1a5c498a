"""Arguments that can never work end with code 2, change nothing, and are no fault of ours."""

import os
import subprocess

import pytest

from multistore import errors
from multistore.cli.exits import Code, code_of
from tests.cli.command import BIN, environment, multistore, vault

RAW = os.fsdecode(b"a\xffb")  # what Python makes of bytes that are not UTF-8
BAD = {"not UTF-8": RAW, "a control character": "a\x07b", "a line break": "a\nb", "blank": "  "}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = vault(tmp_path_factory.mktemp("home"))
    hold = ["tenant", "hold", "school-042/held/", "--name", "case", "--reason", "law", "--by", "x"]
    for words in (hold, ["tenant", "end", "school-042", "--on", "2040-01-31", "--by", "sato"]):
        done = multistore(*words, cwd=home)
        assert done.returncode == 0, done.stderr
    return home


COMMANDS = {
    "hold --name": ["tenant", "hold", "school-042/", "--reason", "r", "--name"],
    "hold --reason": ["tenant", "hold", "school-042/", "--name", "n", "--reason"],
    "hold --by": ["tenant", "hold", "school-042/", "--name", "n", "--reason", "r", "--by"],
    "release --name": ["tenant", "release", "school-042", "--reason", "r", "--name"],
    "release --reason": ["tenant", "release", "school-042", "--name", "case", "--reason"],
    "release --by": [
        *("tenant", "release", "school-042", "--name", "case", "--reason", "r"),
        "--by",
    ],
    "erase --reason": ["erase", "school-042/video/", "--yes", "--reason"],
    "erase --by": ["erase", "school-042/video/", "--yes", "--reason", "r", "--by"],
    "end --by": ["tenant", "end", "school-042", "--on", "2041-01-31", "--by"],
    "end --cancel --reason": ["tenant", "end", "school-042", "--cancel", "--reason"],
    "approve --by": ["tenant", "approve", "school-042", "--by"],
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_said_for_the_record_must_be_sayable(home, command, bad):
    done = multistore(*COMMANDS[command], BAD[bad], cwd=home)
    assert done.returncode == Code.USAGE, done.stderr
    assert done.stderr.count(b"\n") == 1
    if command.startswith(("hold", "release")):
        assert len(multistore("tenant", "holds", cwd=home).stdout.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["tenant", "release", RAW, "--name", "case", "--reason", "r"],
        ["tenant", "approve", RAW, "--by", "suzuki"],
        ["tenant", "status", RAW],
        ["tenant", "end", RAW, "--on", "2040-01-31"],
        ["tenant", "holds", RAW],
    ],
)
def test_a_tenant_of_no_possible_name_is_not_there(home, words):
    done = multistore(*words, cwd=home)
    assert done.returncode == Code.FAILED
    assert b"there is no tenant" in done.stderr


@pytest.mark.parametrize("day", ["9999-12-31", "9999-12-30", "0001-01-01"])
def test_a_day_beyond_the_calendar(home, day):
    done = multistore("tenant", "end", "school-042", "--on", day, cwd=home)
    assert done.returncode == Code.USAGE, done.stderr


@pytest.mark.parametrize("file", ["/", ".", "..", "keys", "missing/file"])
def test_a_file_to_write_that_is_none_is_refused_before_anything_is_done(home, file):
    put = multistore("put", "-", "school-042/video/kept", cwd=home, stdin=b"lesson")
    assert put.returncode == 0, put.stderr
    before = multistore("keys", "status", "--json", cwd=home).stdout
    for words in (
        ["keys", "backup", file],
        ["keys", "roll", "--backup", file],
        ["erase", "school-042/video/", "--reason", "r", "--yes", "--certificate", file],
        ["certificate", "show", "multistore.toml", "--html", file],
    ):
        done = multistore(*words, cwd=home)
        assert done.returncode == Code.USAGE, (words, done.stderr)
        assert b"director" in done.stderr
    assert multistore("cat", "school-042/video/kept", cwd=home).stdout == b"lesson"
    assert multistore("keys", "status", "--json", cwd=home).stdout == before


@pytest.mark.parametrize(
    "words",
    [
        ["--wait", "999999999999"],
        ["--wait", "31"],
        ["--soak", "1e300"],
        ["--soak", "nan"],
        ["--soak", "inf"],
        ["--soak", "-1"],
        ["--soak", "8761"],
    ],
)
def test_a_roll_that_can_never_end_is_not_begun(home, words):
    before = multistore("keys", "status", "--json", cwd=home).stdout
    for more in ([], ["--dry-run"]):
        done = multistore("keys", "roll", "--backup", "kb", *words, *more, cwd=home)
        assert done.returncode == Code.USAGE, done.stderr
    assert multistore("keys", "status", "--json", cwd=home).stdout == before
    assert not (home / "kb").exists()


def test_a_source_whose_length_lies_is_no_fault_of_what_is_stored(home):
    done = multistore("put", "/proc/self/status", "school-042/video/status", cwd=home)
    assert done.returncode == Code.FAILED
    assert done.stderr.startswith(b"multistore: failed: the source gave more than the 0 bytes")


def test_a_path_too_long_to_be_one(home):
    done = multistore("put", "x" * 5000, "school-042/video/long", cwd=home)
    assert done.returncode == Code.USAGE, done.stderr


def test_a_file_that_the_store_may_not_keep_is_not_asked_for_again(home):
    done = subprocess.run(
        ["prlimit", "--fsize=100000", BIN / "multistore", "put", "-", "school-042/video/large"],
        cwd=home,
        env=environment(home),
        input=bytes(1_000_000),
        capture_output=True,
        check=False,
    )
    assert done.returncode == Code.FAILED, done.stderr
    assert done.stderr.startswith(b"multistore: failed: ")
    assert b"so large a file" in done.stderr


def test_what_waiting_does_not_cure_is_not_called_unavailable():
    assert code_of(errors.UnavailableError("x", retryable=False)) == Code.FAILED
    assert code_of(errors.LengthError("x", code=errors.SOURCE_LENGTH)) == Code.FAILED

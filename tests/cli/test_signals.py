"""Ctrl-C, SIGTERM, SIGKILL, a reader that goes away: nothing half-written, nothing noisy."""

import os
import signal
import subprocess
import time

import pytest

from tests.cli.command import BIN, environment, multistore, started, vault

ADDRESS = "school-042/video/live.ts"
PIECE = os.urandom(1024 * 1024)


@pytest.fixture
def home(tmp_path):
    vault(tmp_path)
    done = multistore("put", "-", ADDRESS, cwd=tmp_path, stdin=b"the old one")
    assert done.returncode == 0, done.stderr.decode()
    return tmp_path


def content(home):
    done = multistore("cat", ADDRESS, cwd=home)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def half_put(home):
    """Start a put from a pipe, feed it 20 MiB, and leave it waiting for more."""
    process = started("put", "-", ADDRESS, cwd=home, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(20):
        process.stdin.write(PIECE)
    process.stdin.flush()
    unfinished = home / "objects" / ".multistore" / "unfinished"
    for _ in range(200):
        # The put is under way when its draft has bytes.
        if any(path.stat().st_size for path in unfinished.glob("*.body")):
            return process
        time.sleep(0.05)
    raise AssertionError("the put did not begin")


@pytest.mark.parametrize(
    ("sent", "code", "told"),
    [
        (signal.SIGINT, 130, b"multistore: interrupted; nothing half-written was left\n"),
        (signal.SIGTERM, 143, b""),
    ],
)
def test_an_interrupted_put_leaves_the_old_object(home, sent, code, told):
    process = half_put(home)
    begun = time.monotonic()
    os.kill(process.pid, sent)
    assert process.wait(timeout=30) == code
    # Standard input is still open: the command did not wait for it.
    assert time.monotonic() - begun < 5
    assert process.stderr.read() == told
    process.stdin.close()
    process.stderr.close()
    assert content(home) == b"the old one"
    assert list((home / "objects" / ".multistore" / "unfinished").iterdir()) == []


def test_a_killed_put_leaves_the_old_object(home):
    process = half_put(home)
    process.kill()
    assert process.wait(timeout=30) == -signal.SIGKILL
    process.stdin.close()
    process.stderr.close()
    assert content(home) == b"the old one"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_get_leaves_no_half_file(home, sent):
    big = home / "big.bin"
    with big.open("wb") as file:
        for _ in range(300):
            file.write(PIECE)
    assert multistore("put", big, "school-042/video/big.bin", cwd=home).returncode == 0
    (home / "mine.bin").write_bytes(b"mine")
    process = started(
        "get",
        "school-042/video/big.bin",
        "mine.bin",
        cwd=home,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    before = {path.name for path in home.iterdir()}
    for _ in range(2000):
        if {path.name for path in home.iterdir()} - before:
            break
        time.sleep(0.005)
    else:
        raise AssertionError("the get did not begin")
    os.kill(process.pid, sent)
    process.wait(timeout=30)
    assert process.returncode in {130, 143, -signal.SIGKILL}
    assert (home / "mine.bin").read_bytes() == b"mine"
    if sent != signal.SIGKILL:
        assert {path.name for path in home.iterdir()} == before


def test_a_reader_that_goes_away_is_no_error_to_talk_about(home):
    big = home / "big.bin"
    big.write_bytes(PIECE * 20)
    assert multistore("put", big, "school-042/video/big.bin", cwd=home).returncode == 0
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"{BIN}/multistore cat school-042/video/big.bin | head -c 10; echo ${{PIPESTATUS[0]}}",
        ],
        cwd=home,
        env=environment(home),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == PIECE[:10] + b"141\n"
    assert done.stderr == b""


def test_a_help_page_whose_reader_goes_away_is_quiet_too(home):
    done = subprocess.run(
        ["bash", "-c", f"{BIN}/multistore --help | true; echo ${{PIPESTATUS[0]}}"],
        cwd=home,
        env=environment(home),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.stdout in {b"141\n", b"0\n"}
    assert done.stderr == b""

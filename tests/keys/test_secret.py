"""A secret wipes itself, and shows itself to nobody."""

import copy
import pickle
import subprocess
import sys
import traceback

import pytest

from multistore.keys.secret import Secret, random, taken

SCAN = '''
import ctypes, gc, os, sys
from multistore.keys.secret import Secret, random

def found(pattern_halves):
    """Count a pattern in this process's writable memory, without holding it in one piece."""
    needle = bytearray(pattern_halves[0] + pattern_halves[1])
    count = 0
    for line in open("/proc/self/maps"):
        span, mode = line.split()[:2]
        if "rw" not in mode or "[v" in line:
            continue
        start, end = (int(x, 16) for x in span.split("-"))
        with open("/proc/self/mem", "rb", buffering=0) as memory:
            memory.seek(start)
            try:
                block = memory.read(end - start)
            except OSError:
                continue
        count += block.count(needle)
        del block
    needle[:] = bytes(len(needle))
    return count

halves = []
def make(kind):
    made = []
    for _ in range(50):
        secret = random()
        # The halves are kept apart and inverted, so that only the secret itself can match.
        halves.append(bytes(255 - b for b in secret))
        made.append(kind(secret) if kind else secret)
    return made

def left():
    gc.collect()
    total = 0
    for inverted in halves:
        plain = [bytes(255 - b for b in inverted[:16]), bytes(255 - b for b in inverted[16:])]
        total += found(plain) > 1  # the needle itself is one
    return total

kept = make({kind})
before = left()
del kept
print(before, left())
'''


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc/self/mem")
def test_a_secret_that_is_let_go_is_no_longer_in_memory():
    done = subprocess.run(
        [sys.executable, "-c", SCAN.replace("{kind}", "None")],
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = map(int, done.stdout.split())
    assert before == 50  # the scan does find what is there
    assert after == 0


def test_a_holder_keeps_it_intact():
    secret = Secret(b"k" * 32)
    view = memoryview(secret)
    del secret
    assert bytes(view) == b"k" * 32


def test_taken_wipes_where_it_came_from():
    buffer = bytearray(b"k" * 32)
    assert taken(buffer) == b"k" * 32
    assert buffer == bytes(32)


def test_random_secrets_differ():
    assert len({bytes(random()) for _ in range(64)}) == 64


@pytest.mark.parametrize("do", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_neither_pickled_nor_copied(do):
    with pytest.raises(TypeError, match="neither pickled nor copied"):
        do(Secret(b"canary-canary-canary-canary-1234"))


def test_it_shows_its_length_only():
    secret = Secret(b"canary-canary-canary-canary-1234")
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r}", repr([secret])):
        assert "canary" not in shown
        assert "32 bytes" in shown


def test_a_traceback_does_not_show_it():
    def fails(key):
        raise ValueError(f"cannot use {key}")

    try:
        fails(Secret(b"canary-canary-canary-canary-1234"))
    except ValueError as error:
        text = "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )
    assert "canary" not in text.replace('b"canary-canary-canary-canary-1234"', "")

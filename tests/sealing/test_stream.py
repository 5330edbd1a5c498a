"""Chunks from buffer to buffer: what does not verify leaves no trace in the destination."""

from __future__ import annotations

import pytest

from multistore.sealing.header import Core, ObjectKeys
from multistore.sealing.stream import open_into, seal_into
from tests.sealing.inner import pattern

C = 2**14
CORE = Core(14, length_unknown=False, key_version=1, scope_id=bytes(16), salt=bytes(32))
KEYS = ObjectKeys(bytearray(32), CORE)
PLAIN = pattern(3 * C + 100)


def _sealed(plain=PLAIN, first=0):
    """Whole chunks in one call, the short last one in another, as a writer does."""
    whole = len(plain) // C
    out = memoryview(bytearray(len(plain) + 16 * (whole + 1)))
    written = 0
    if whole:
        written = seal_into(KEYS, first, memoryview(plain)[: whole * C], out)
    written += seal_into(KEYS, first + whole, memoryview(plain)[whole * C :], out[written:])
    assert written == len(out)
    return out


@pytest.mark.parametrize("first", [0, 1, 2**36])
@pytest.mark.parametrize("size", [0, 1, C - 1, C, C + 1, 3 * C + 100])
def test_what_is_sealed_opens(size, first):
    plain = pattern(size)
    out = memoryview(bytearray(size))
    sealed = _sealed(plain, first)
    assert open_into(KEYS, first, sealed, first * C, out) is None
    assert out == plain


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 0), (0, 1), (5, C), (C, 2 * C), (C - 1, C + 1), (1, 3 * C + 100), (3 * C, 3 * C + 100)],
)
def test_any_part_of_it(start, stop):
    out = memoryview(bytearray(stop - start))
    assert open_into(KEYS, 0, _sealed(), start, out) is None
    assert out == PLAIN[start:stop]


@pytest.mark.parametrize("bad", range(4))
@pytest.mark.parametrize("where", [0, C // 2, -1])
def test_the_destination_is_zero_from_the_first_bad_chunk_on(bad, where):
    sealed = _sealed()
    chunk = sealed[bad * (C + 16) : (bad + 1) * (C + 16)]
    chunk[where if abs(where) < len(chunk) else 0] ^= 1
    out = memoryview(bytearray(b"\xee" * len(PLAIN)))
    assert open_into(KEYS, 0, sealed, 0, out) == bad
    assert out == PLAIN[: bad * C] + bytes(len(PLAIN) - bad * C)
    # The same where only a part of the bad chunk was wanted.
    start = bad * C + 50
    out = memoryview(bytearray(b"\xee" * 20))
    assert open_into(KEYS, bad, sealed[bad * (C + 16) :], start, out) == bad
    assert out == bytes(20)


def test_a_bad_chunk_of_which_no_byte_is_wanted_is_still_told():
    sealed = _sealed(PLAIN[:C])
    sealed[-1] ^= 1
    out = memoryview(bytearray(C))
    assert open_into(KEYS, 0, sealed, 0, out) == 1
    assert out == PLAIN[:C]

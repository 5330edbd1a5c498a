"""The size equations, both ways, and which bytes at rest a range needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multistore.sealing.cut import NOTHING_HELD, Held, cut
from multistore.sealing.framing import MOST_PLAINTEXT, Framing

LOG2 = st.integers(14, 20)
SIZES = st.one_of(
    st.integers(0, MOST_PLAINTEXT),
    st.builds(
        lambda chunks, off: max(0, (chunks << 17) + off), st.integers(0, 9), st.integers(-2, 2)
    ),
)


@given(LOG2, SIZES)
def test_a_total_gives_its_size_back(k, size):
    framing = Framing(k)
    assert framing.size(framing.total(size)) == size
    assert framing.total(size) == 160 + size + 16 * (size // 2**k + 1)


@given(LOG2, st.integers(0, 1 << 24))
def test_no_size_or_the_only_one(k, total):
    framing = Framing(k)
    size = framing.size(total)
    if size is None:
        assert total < 160 or (total - 160) % (2**k + 16) < 16
    else:
        assert framing.total(size) == total


@given(LOG2, st.integers(176, 1 << 24))
def test_the_largest_that_fits(k, limit):
    framing = Framing(k)
    largest = framing.largest(limit)
    assert framing.total(largest) <= limit < framing.total(largest + 1)


@pytest.mark.parametrize("limit", [0, 160, 175])
def test_nothing_fits_into_less_than_the_empty_object(limit):
    assert Framing(17).largest(limit) == 0


@given(LOG2, st.data())
def test_a_range_covers_its_bytes_and_the_end_only_where_it_ends(k, data):
    framing = Framing(k)
    size = data.draw(st.integers(1, 1 << 22))
    start = data.draw(st.integers(0, size - 1))
    stop = data.draw(st.integers(start + 1, size))
    first, past = framing.covering(start, stop, size)
    assert first == start >> k
    if stop < size:
        assert past == ((stop - 1) >> k) + 1
    else:
        assert past == framing.chunks(size)
    total = framing.total(size)
    low, high = framing.at_rest(first, past, total)
    assert 160 <= low < high <= total
    assert (high == total) == (past == framing.chunks(size))


@given(LOG2, st.data())
def test_windows_tile_the_range_in_order(k, data):
    framing = Framing(k)
    size = data.draw(st.integers(0, 1 << 22))
    start = data.draw(st.integers(0, max(0, size - 1)))
    stop = data.draw(st.integers(min(start + 1, size), size))
    per_request = data.draw(st.integers(1, 70))
    chunks = framing.chunks(size)
    held = NOTHING_HELD
    if data.draw(st.booleans()):
        first = data.draw(st.integers(0, chunks - 1))
        held = Held(first, data.draw(st.integers(first + 1, chunks)), memoryview(b""))
    windows = list(cut(framing, size, start, stop, per_request=per_request, held=held))
    assert [w.first for w in windows[1:]] == [w.past for w in windows[:-1]]
    assert (windows[0].first, windows[-1].past) == framing.covering(start, stop, size)
    assert [w.start for w in windows[1:]] == [w.stop for w in windows[:-1]]
    assert (windows[0].start, windows[-1].stop) == (start, stop)
    for window in windows:
        is_held = held.first <= window.first < window.past <= held.past
        assert is_held or window.past - window.first <= per_request
        assert is_held or window.past <= held.first or held.past <= window.first


@pytest.mark.parametrize(
    ("held", "windows"),
    [
        ((0, 0), [(0, 4), (4, 8), (8, 10)]),
        ((0, 3), [(0, 3), (3, 7), (7, 10)]),
        ((2, 3), [(0, 2), (2, 3), (3, 7), (7, 10)]),
        ((1, 9), [(0, 1), (1, 9), (9, 10)]),
        ((0, 10), [(0, 10)]),
        ((9, 10), [(0, 4), (4, 8), (8, 9), (9, 10)]),
    ],
)
def test_what_is_held_is_not_asked_for_again(held, windows):
    framing = Framing(14)
    size = 9 * framing.chunk + 1
    found = cut(framing, size, 0, size, per_request=4, held=Held(*held, memoryview(b"")))
    assert [(window.first, window.past) for window in found] == windows

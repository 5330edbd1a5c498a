"""Every range of every size is what slicing gives, at the price that is promised."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multistore.errors import InvalidArgumentError
from multistore.stores.base import Body
from multistore.values import From, Last, PutMode, Span
from tests.sealing.inner import NAME, C, pattern, sealed

WHOLE = pattern(5 * C + 3)
SIZES = st.builds(
    lambda chunks, off: max(0, chunks * C + off), st.integers(0, 5), st.integers(-3, 3)
)
OFFSETS = st.one_of(st.integers(0, 5 * C), SIZES)
RANGES = st.one_of(
    st.builds(lambda a, n: Span(a, a + n + 1), OFFSETS, OFFSETS),
    st.builds(From, OFFSETS),
    st.builds(lambda n: Last(n + 1), OFFSETS),
)
# One request for all, one for about each chunk, one for about two.
PARTS = st.sampled_from([8 << 20, C, 2 * C + 100_000])


def slicing(data, span):
    """What a reader of plain bytes would get; None where the range begins past the end."""
    if not data:
        return b""
    if isinstance(span, Last):
        return data[-span.count :]
    if span.start >= len(data):
        return None
    return data[span.start : span.stop if isinstance(span, Span) else None]


@settings(max_examples=300)
@given(SIZES, RANGES, PARTS, st.booleans(), st.sampled_from(["named", "late", "again"]))
def test_ranges_are_slices(size, span, part_size, known, how):
    data = WHOLE[:size]
    store = sealed(data, known=known, part_size=part_size)
    if how == "again":
        store.head(NAME)  # from now on the header is known
    opened = None
    expected = slicing(data, span)
    if expected is None:
        with pytest.raises(InvalidArgumentError) as caught:
            store.open(NAME, first=span).read(span)
        assert (caught.value.code, caught.value.key) == ("InvalidRange", NAME)
        return
    opened = store.open(NAME, first=None if how == "late" else span)
    assert opened.read(span) == expected
    assert b"".join(opened.stream(span)) == expected
    buffer = bytearray(b"\xee" * (len(expected) + 2))
    assert opened.readinto(span, memoryview(buffer)[1:-1]) == len(expected)
    assert buffer == b"\xee" + expected + b"\xee"
    if not isinstance(span, From):
        fetched = store.get(NAME, span)
        assert fetched.data == expected
        assert fetched.info.size == size
        assert data[fetched.start :].startswith(expected)
    assert opened.size == size
    store.close()


@settings(max_examples=40)
@given(SIZES, PARTS, st.booleans())
def test_whole_reads(size, part_size, known):
    data = WHOLE[:size]
    store = sealed(data, known=known, part_size=part_size)
    assert store.open(NAME).read() == data
    assert b"".join(store.open(NAME).stream()) == data
    assert store.head(NAME).size == size
    (listed,) = store.list("acme/")
    assert listed.size == size


SMALL = (8 << 20) // (C + 16) * C - 1


@pytest.mark.parametrize(
    ("size", "known", "first", "requests"),
    [
        pytest.param(0, True, None, 1, id="empty"),
        pytest.param(100, True, None, 1, id="small"),
        pytest.param(SMALL, True, None, 1, id="the largest within a part"),
        pytest.param(SMALL, False, None, 1, id="the same, length unknown"),
        pytest.param(SMALL + 1, True, None, 2, id="one chunk more"),
        pytest.param(3 * SMALL, True, None, 3, id="three parts"),
        pytest.param(3 * SMALL, False, None, 4, id="three parts and the end first"),
    ],
)
def test_requests_of_a_whole_read(size, known, first, requests):
    store = sealed(bytes(size), known=known)
    assert len(store.open(NAME, first=first).read()) == size
    assert len(store.inner.gets) == requests


@pytest.mark.parametrize(
    ("first", "cold", "warm"),
    [
        pytest.param(Span(0, 10), 1, 1, id="the beginning"),
        pytest.param(Span(C - 1, C + 1), 1, 1, id="early"),
        pytest.param(Span(10 * SMALL // 4, 10 * SMALL // 4 + 5), 2, 1, id="late"),
        pytest.param(Last(10), 2, 1, id="the end"),
        pytest.param(From(3 * SMALL - 4), 2, 1, id="from near the end"),
    ],
)
def test_requests_of_a_range(first, cold, warm):
    store = sealed(bytes(3 * SMALL))
    for expected in (cold, warm, warm):
        store.inner.gets.clear()
        store.open(NAME, first=first).read(first)
        assert len(store.inner.gets) == expected
        asked = [get.span.stop - get.span.start for get in store.inner.gets]
        assert sum(asked) <= 160 + 3 * (C + 16)
    assert all(get.if_match for get in store.inner.gets)


def test_head_asks_for_the_header_alone():
    store = sealed(bytes(3 * SMALL))
    assert store.head(NAME).size == 3 * SMALL
    assert [get.span for get in store.inner.gets] == [Span(0, 160)]


def test_head_opens_the_end_where_the_length_was_unknown():
    store = sealed(bytes(3 * SMALL), known=False)
    assert store.head(NAME).size == 3 * SMALL
    first, end = store.inner.gets
    assert first.span == Span(0, 160)
    assert end.span.stop - end.span.start <= C + 16
    assert end.if_match == store.inner.head(NAME).etag
    store.inner.gets.clear()
    # Known by now, at this etag.
    store.open(NAME, first=Span(SMALL, SMALL + 1)).read(Span(SMALL, SMALL + 1))
    assert len(store.inner.gets) == 1


def test_no_get_is_longer_than_a_part():
    store = sealed(bytes(3 * SMALL + 5))
    b"".join(store.open(NAME).stream())
    store.open(NAME).read()
    assert max(get.span.stop - get.span.start for get in store.inner.gets) <= 8 << 20


def test_a_listing_says_nothing_of_what_no_sealed_object_can_be():
    store = sealed()
    for size in (0, 1, 100, 160, 175, 160 + C + 16 + 15):
        body = Body([bytes(size)], size)
        store.inner.put(f"acme/data/{size:09}", body, mode=PutMode.OVERWRITE)
    assert [entry.size for entry in store.list("acme/")] == [None] * 6

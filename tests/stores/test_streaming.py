"""Bodies cut anew: the same bytes, in pieces of one size, without holding more than one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multistore.errors import InvalidArgumentError
from multistore.stores.base import MEBIBYTE, Limits
from multistore.stores.streaming import part_size_for, recut


@given(parts=st.lists(st.binary(max_size=20), max_size=12), size=st.integers(1, 12))
def test_the_same_bytes_in_pieces_of_one_size(parts, size):
    pieces = [bytes(piece) for piece in recut(parts, size)]
    assert b"".join(pieces) == b"".join(parts)
    assert all(len(piece) == size for piece in pieces[:-1])
    assert all(0 < len(piece) <= size for piece in pieces)


def test_a_piece_stays_as_it_was_when_the_next_is_drawn():
    """An upload holds several at a time."""
    pieces = list(recut([b"aaa", b"b", b"cc", b"ddddddd"], 4))
    assert [bytes(piece) for piece in pieces] == [b"aaab", b"ccdd", b"dddd", b"d"]


def test_what_lies_whole_in_a_buffer_is_not_copied():
    whole = bytearray(12)
    pieces = list(recut([whole], 4))
    whole[:] = b"x" * 12
    assert [bytes(piece) for piece in pieces] == [b"xxxx"] * 3


def test_the_parts_of_an_object_are_made_large_enough():
    limits = Limits(part_size=MEBIBYTE, parts=3, object_size=100 * MEBIBYTE)
    assert part_size_for(None, limits) == MEBIBYTE
    assert part_size_for(3 * MEBIBYTE, limits) == MEBIBYTE
    assert part_size_for(3 * MEBIBYTE + 1, limits) == 2 * MEBIBYTE
    assert part_size_for(100 * MEBIBYTE, limits) == 34 * MEBIBYTE
    with pytest.raises(InvalidArgumentError):
        part_size_for(100 * MEBIBYTE + 1, limits)

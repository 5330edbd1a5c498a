"""Names to files and back: injective, reversible, in order, within the file system's limits."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multistore.stores.local import names

# Segments about the places where the rules change: escapes, dots, the suffix, the cut at 60.
PIECES = st.sampled_from([".", "..", ".object", "%", "%2E", "x" * 59, "x" * 60, "語" * 61, "🎬"])
SEGMENTS = st.lists(PIECES | st.text(max_size=5), max_size=6).map("".join)
NAMES = st.lists(SEGMENTS.map(lambda text: text.replace("/", "")), min_size=1, max_size=5).map(
    "/".join
)


def fragments(name):
    *branches, leaf = names.pieces(name)
    found = [names.fragment(piece, leaf=False) for piece in branches]
    return [*found, names.fragment(leaf, leaf=True)]


@given(NAMES)
def test_every_name_reads_back(name):
    assert "".join(fragments(name)) == name


@given(NAMES)
def test_every_piece_is_a_safe_file_name(name):
    for piece in names.pieces(name):
        assert 0 < len(piece) <= 255
        assert b"/" not in piece
        assert b"\0" not in piece
        assert not piece.startswith(b".")


@given(NAMES, NAMES)
def test_fragments_sort_as_names_do(one, other):
    by_fragment = [text.encode() for text in fragments(one)] < [
        text.encode() for text in fragments(other)
    ]
    assert by_fragment == (one.encode() < other.encode())


@given(NAMES, NAMES)
def test_two_names_never_share_a_file(one, other):
    if one == other:
        return
    mine, others = names.pieces(one), names.pieces(other)
    assert mine != others
    # A file of one is no directory of the other.
    assert others[: len(mine)] != mine
    assert mine[: len(others)] != others


# A file system gives any bytes as a name but these two.
@given(st.binary(max_size=20).map(lambda name: re.sub(rb"[/\0]", b"", name)), st.booleans())
def test_what_reads_is_written_the_same_way(piece, leaf):
    text = names.fragment(piece, leaf=leaf)
    if text is None:
        return
    assert names.pieces(text)[0] == piece


@pytest.mark.parametrize(
    ("name", "pieces"),
    [
        ("lesson.mp4", ["lesson.mp4.object"]),
        ("school-042/video/第1回/が.mp4", ["school-042", "video", "第1回", "が.mp4.object"]),
        ("x.object", ["x.object.object"]),
        ("x.object/y", ["x%2Eobject", "y.object"]),
        (".hidden/..", ["%2Ehidden", "%2E..object"]),
        ("100%", ["100%25.object"]),
        ("a//b", ["a", "%", "b.object"]),
        ("folder/", ["folder", "%.object"]),
        ("x" * 60, ["x" * 60 + "%", "%.object"]),
        ("語" * 130 + "/b", ["語" * 60 + "%", "語" * 60 + "%", "語" * 10, "b.object"]),
    ],
)
def test_the_written_form(name, pieces):
    """This is a format: files that exist must be found again."""
    assert names.pieces(name) == tuple(piece.encode() for piece in pieces)


@pytest.mark.parametrize(
    ("piece", "leaf"),
    [
        (b"notes.txt", True),
        (b".DS_Store", True),
        (b".object", True),
        (b"a%2fb.object", True),
        (b"a%41.object", True),
        (b"a%.object", True),
        (b"\xff.object", True),
        (b"x" * 60 + b".object", True),
        (b".multistore", False),
        (b"lost+found%", False),
        (b"x.object", False),
        (b"\xff", False),
        (b"x" * 61, False),
    ],
)
def test_what_is_not_ours(piece, leaf):
    assert names.fragment(piece, leaf=leaf) is None

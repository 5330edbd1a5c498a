"""What the words of a command line mean."""

import os

import pytest

from multistore.cli.targets import byte_range, get_target, metadata_of, put_targets
from multistore.errors import InvalidArgumentError
from multistore.values import Address, From, Last, Span


@pytest.mark.parametrize(
    ("sources", "target", "expected"),
    [
        (["a.mp4"], "t/video/b.mp4", [("a.mp4", "t/video/b.mp4")]),
        (["-"], "t/video/live.ts", [("-", "t/video/live.ts")]),
        (["x/a.mp4"], "t/video/", [("x/a.mp4", "t/video/a.mp4")]),
        (
            ["x/a.mp4", "y/b.mp4"],
            "t/video/第1回/",
            [("x/a.mp4", "t/video/第1回/a.mp4"), ("y/b.mp4", "t/video/第1回/b.mp4")],
        ),
        # が in two code points, as macOS writes file names, and in one: the key is one.
        (["か\u3099.mp4"], "t/video/", [("か\u3099.mp4", "t/video/が.mp4")]),
    ],
)
def test_where_a_put_goes(sources, target, expected):
    assert put_targets(sources, target) == [(s, Address.parse(a)) for s, a in expected]


@pytest.mark.parametrize(
    ("sources", "target"),
    [
        (["a", "b"], "t/video/c"),
        (["-"], "t/video/"),
        (["x/a", "y/a"], "t/video/"),
        (["か\u3099", "が"], "t/video/"),
        (["a"], "t/video"),
        (["a"], "T/video/a"),
        (["a"], "/"),
        ([".."], "t/video/"),
    ],
)
def test_what_a_put_refuses(sources, target):
    with pytest.raises(InvalidArgumentError):
        put_targets(sources, target)


def test_where_a_get_ends(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    address = Address.parse("t/video/第1回/lesson.mp4")
    assert str(get_target(address, None)) == "lesson.mp4"
    assert str(get_target(address, "other.mp4")) == "other.mp4"
    assert get_target(address, str(tmp_path)) == tmp_path / "lesson.mp4"
    assert str(get_target(address, "missing/")) == "missing/lesson.mp4"


def test_a_get_does_not_write_over_a_file_that_was_not_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    address = Address.parse("t/video/lesson.mp4")
    (tmp_path / "lesson.mp4").write_bytes(b"mine")
    with pytest.raises(InvalidArgumentError, match="here already"):
        get_target(address, None)
    assert str(get_target(address, "lesson.mp4")) == "lesson.mp4"


def test_a_get_puts_no_file_in_the_place_of_a_device_or_a_pipe(tmp_path):
    address = Address.parse("t/video/lesson.mp4")
    os.mkfifo(tmp_path / "lesson.mp4")
    for destination in ("/dev/null", str(tmp_path / "lesson.mp4"), str(tmp_path)):
        with pytest.raises(InvalidArgumentError, match="is not a file"):
            get_target(address, destination)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0-0", Span(0, 1)),
        ("0-1023", Span(0, 1024)),
        ("100-", From(100)),
        ("0-", From(0)),
        ("-500", Last(500)),
    ],
)
def test_ranges(text, expected):
    assert byte_range(text) == expected


@pytest.mark.parametrize(
    "text", ["", "-", "5", "5-4", "-0", "a-b", "1-2-3", "--5", "1 - 2", "０-１", "9" * 30 + "-"]
)
def test_what_is_no_range(text):
    with pytest.raises(InvalidArgumentError, match="not a range"):
        byte_range(text)


def test_metadata():
    assert metadata_of(["題名=第1回", "note=a=b", "empty="]) == {
        "題名": "第1回",
        "note": "a=b",
        "empty": "",
    }


@pytest.mark.parametrize("pairs", [["novalue"], ["=x"], ["a=1", "a=2"]])
def test_what_is_no_metadata(pairs):
    with pytest.raises(InvalidArgumentError):
        metadata_of(pairs)

"""The trailer: what was written reads back, and nothing else reads at all."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multistore.errors import FormatError, IntegrityError, TruncatedError
from multistore.stores.local import trailer
from multistore.stores.local.trailer import Trailer

WRITTEN = Trailer(
    5, "e" * 32, datetime(2026, 11, 30, 1, 2, 3, 456_789, UTC), "video/mp4", {"a": "b"}
)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def read(content):
    return trailer.read(len(content), lambda count, at: content[at : at + count])


def signed(text):
    return b"\n%b %08x %08x multistore-local-1\n" % (text, len(text), zlib.crc32(text))


@given(
    st.binary(max_size=50),
    TIMES,
    st.none() | st.text(),
    st.dictionaries(st.text(), st.text(max_size=3000), max_size=3),
)
def test_what_was_written_reads_back(body, modified, content_type, metadata):
    written = Trailer(len(body), "etag", modified, content_type, metadata)
    line = written.encode()
    assert line.isascii()
    assert line.count(b"\n") == 2
    assert read(body + line) == written


@given(st.binary(max_size=300))
def test_foreign_bytes_are_refused(content):
    with pytest.raises(IntegrityError):
        read(content)


@given(st.data())
def test_any_cut_or_changed_byte_of_the_trailer_is_told(data):
    content = bytearray(b"01234" + WRITTEN.encode())
    at = data.draw(st.integers(5, len(content) - 1))
    change = data.draw(st.sampled_from(["cut", "drop", "flip", "double"]))
    if change == "cut":
        del content[at:]
    elif change == "drop":
        del content[at]
    elif change == "double":
        content.insert(at, content[at])
    else:
        content[at] ^= data.draw(st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128]))
    with pytest.raises(IntegrityError):
        read(bytes(content))


@pytest.mark.parametrize("body", [b"", b"0123", b"012345", b"01234\n"])
def test_a_body_of_another_length(body):
    with pytest.raises(TruncatedError):
        read(body + WRITTEN.encode())


@pytest.mark.parametrize(
    "change",
    [
        {"size": "5"},
        {"size": True},
        {"size": 5.0},
        {"etag": 5},
        {"etag": None},
        {"modified": "now"},
        {"modified": 10**30},
        {"content_type": 5},
        {"metadata": None},
        {"metadata": {"a": 1}},
        {"metadata": [1]},
    ],
)
def test_fields_that_no_writer_writes(change):
    fields = json.loads(WRITTEN.encode()[1:].rpartition(b"}")[0] + b"}")
    assert read(b"01234" + signed(json.dumps(fields).encode())) == WRITTEN
    with pytest.raises((FormatError, TruncatedError)):
        read(b"01234" + signed(json.dumps({**fields, **change}).encode()))


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b"{}", b"{", b"\xff", b"5"])
def test_json_that_no_writer_writes(text):
    with pytest.raises(FormatError):
        read(b"01234" + signed(text))


def test_times_are_kept_to_the_microsecond():
    early = Trailer(0, "e", datetime(1970, 1, 1, tzinfo=UTC) - timedelta(microseconds=1), None, {})
    assert read(early.encode()).modified == early.modified

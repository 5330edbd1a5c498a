"""ASCII names that sort as the real ones do, and buckets that are nothing but buckets."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from multistore.errors import ConfigurationError, FormatError, InvalidArgumentError
from multistore.stores.s3.names import Names, checked_bucket, decoded, encoded

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SAFE = re.compile(r"[!'()*\-./0-9A-Z_a-z]*")


@given(NAMES)
@example("AAzz!!**__")
@example("".join(map(chr, range(256))))
def test_an_encoded_name_is_safe_and_reversible(name):
    assert SAFE.fullmatch(encoded(name))
    assert decoded(encoded(name)) == name


@given(NAMES, NAMES)
@example("a", "a\x00")
@example("A", "B")
@example("z", "y")
@example("z", "{")
@example("9", ":")
def test_the_order_of_bytes_is_kept(one, other):
    assert (one.encode() < other.encode()) == (encoded(one).encode() < encoded(other).encode())


@given(NAMES, NAMES)
def test_beginnings_are_kept(one, other):
    assert encoded(one + other).startswith(encoded(one))
    assert encoded(other).startswith(encoded(one)) == other.encode().startswith(one.encode())


def test_every_byte_has_one_code_and_all_are_in_order():
    codes = [encoded(chr(byte)) for byte in range(0x80)]
    assert codes == sorted(codes)
    assert len(set(codes)) == len(codes)
    assert encoded("school-042/video/b.mp4") == "school-042/video/b.mp4"
    assert encoded("A/z/日") == "A41/z7a/ze6z97za5"


@pytest.mark.parametrize(
    "text",
    ["A", "A4", "A4G", "A42", "A4F", "z", "zff", "!27", "a b", "日本", "_", "*2d", "z7A", "ze3z81"],
)
def test_what_nothing_encodes_to_is_not_decoded(text):
    with pytest.raises(FormatError, match="did not write"):
        decoded(text)


@given(st.text(st.sampled_from("!'()*-./09AZ_az7e"), max_size=12))
def test_decoding_is_the_exact_inverse(text):
    try:
        name = decoded(text)
    except FormatError:
        return
    assert encoded(name) == text


def test_a_name_that_would_be_too_long_is_refused_before_anything_is_sent():
    plain, ascii_only = Names(ascii_only=False, limit=1024), Names(ascii_only=True, limit=1024)
    kana = "あ" * 341
    assert plain.spelt(kana) == kana
    with pytest.raises(InvalidArgumentError, match="1026 bytes"):
        plain.spelt(kana + "あ")
    assert len(ascii_only.spelt("あ" * 113)) == 1017
    with pytest.raises(InvalidArgumentError, match="3069 bytes") as caught:
        ascii_only.spelt(kana)
    assert "ASCII" in caught.value.hint
    assert caught.value.code == "KeyTooLongError"


@pytest.mark.parametrize(
    ("bucket", "rule"),
    [
        ("arn:aws:s3:ap-northeast-1:123456789012:accesspoint/x", "NET-014"),
        ("arn:aws:s3::123456789012:accesspoint/abc.mrap", "NET-014"),
        ("ARN:AWS:s3-outposts:ap-northeast-1:1:outpost/op-1/bucket/b", "NET-014"),
        ("https://s3.us-east-1.amazonaws.com/bucket", "NET-014"),
        ("s3://bucket", "NET-014"),
        ("abcdef.mrap", "RES-005"),
        ("bucket--apne1-tpe1-az1--x-s3", "RES-002"),
        ("bucket--apne1-az4--x-s3", "RES-002"),
        ("bucket--op-s3", "RES-003"),
        ("point-abc123-s3alias", "NET-014"),
        ("lambda-abc--ol-s3", "NET-014"),
        ("bucket/key", "NET-014"),
        ("user@host", "NET-014"),
        ("Bucket", "NET-014"),
        ("a", "NET-014"),
        ("a..b", "NET-014"),
        ("-ab", "NET-014"),
        ("ab.", "NET-014"),
        ("bucket?x", "NET-014"),
        ("バケット", "NET-014"),
        ("b" * 64, "NET-014"),
        ("", "NET-014"),
    ],
)
def test_what_is_no_plain_bucket_is_refused(bucket, rule):
    with pytest.raises(ConfigurationError) as caught:
        checked_bucket(bucket)
    assert caught.value.code == rule


@pytest.mark.parametrize("bucket", ["classtream-prod", "video", "a.b-c.9", "abc", "b" * 63])
def test_plain_buckets_pass(bucket):
    assert checked_bucket(bucket) == bucket

"""AWS's names, taken apart: what stands in Japan, and which bucket a name is about."""

from __future__ import annotations

import pytest

from multistore.compliance.arns import Arn, bucket_behind, bucket_of, in_japan, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "arn:aws:kms:ap-northeast-1:123456789012:key/1",
            Arn("kms", "ap-northeast-1", "123456789012", "key/1"),
        ),
        ("arn:aws:s3:::b/k", Arn("s3", "", "", "b/k")),
        (
            "arn:aws-cn:sns:cn-north-1:123456789012:t",
            Arn("sns", "cn-north-1", "123456789012", "t"),
        ),
        ("alias/video", None),
        ("arn:aws:kms", None),
        ("https://x.example.jp/arn:aws:s3:::b", None),
        ("", None),
    ],
)
def test_an_arn_is_taken_apart(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("ap-northeast-1", True),
        ("ap-northeast-3", True),
        ("ap-northeast-2", False),
        ("ap-northeast-1-tpe-1", False),
        ("ap-northeast-10", False),
        ("", False),
        (None, False),
    ],
)
def test_japan_is_two_regions_exactly(region, expected):
    assert in_japan(region) is expected


@pytest.mark.parametrize(
    ("domain", "bucket"),
    [
        ("b.s3.amazonaws.com", "b"),
        ("B.S3.ap-northeast-1.amazonaws.com", "b"),
        ("b.s3-website-ap-northeast-1.amazonaws.com", "b"),
        ("b.s3-accelerate.amazonaws.com", "b"),
        ("b.with.dots.s3.amazonaws.com", "b.with.dots"),
        ("b.s3.example.jp", ""),
        ("b.s3x.amazonaws.com", ""),
        ("www.example.jp", ""),
        ("", ""),
    ],
)
def test_the_bucket_behind_a_host(domain, bucket):
    assert bucket_behind(domain) == bucket


@pytest.mark.parametrize(
    ("text", "bucket"),
    [("arn:aws:s3:::b", "b"), ("arn:aws:s3:::b/prefix/k", "b"), ("b", "b"), ("b/k", "b")],
)
def test_the_bucket_of_a_name(text, bucket):
    assert bucket_of(text) == bucket

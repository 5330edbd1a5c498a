"""A page of a listing: what is read here is what botocore reads, and the rest is left to it."""

from __future__ import annotations

from datetime import UTC, datetime

import botocore.session
import pytest
from botocore.parsers import create_parser

from multistore.stores.s3.pages import read_page

SPACE = " xmlns='http://s3.amazonaws.com/doc/2006-03-01/'"
PAGE = (
    "<?xml version='1.0'?><ListBucketResult{space}><Name>b</Name><Prefix>a%2F</Prefix>"
    "<IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken>"
    "<EncodingType>url</EncodingType>"
    "<Contents><Key>a%2F1</Key><LastModified>2026-09-01T00:00:00.000Z</LastModified>"
    "<ETag>&quot;e&quot;</ETag><Size>7</Size><StorageClass>STANDARD</StorageClass>"
    "<Owner><ID>x</ID></Owner></Contents>"
    "<Contents><Key>a%2F2</Key><LastModified>2026-09-01T09:00:00+09:00</LastModified>"
    "<ETag>e</ETag><Size>0</Size></Contents>"
    "<CommonPrefixes><Prefix>a%2Fb%2F</Prefix></CommonPrefixes>"
    "<CommonPrefixes><Prefix>a%2Fc%2F</Prefix></CommonPrefixes></ListBucketResult>"
)
WANTED = ("IsTruncated", "NextContinuationToken", "EncodingType", "CommonPrefixes")


def asked(body: bytes, status: int = 200) -> tuple[dict, dict]:
    answer, told = {"status_code": status, "headers": {}, "body": body}, {}
    read_page(answer, told, operation_model=None)
    return answer, told


@pytest.mark.parametrize("space", ["", SPACE])
def test_a_page_is_read_as_botocore_reads_it(space):
    body = PAGE.format(space=space).encode()
    answer, told = asked(body)
    model = botocore.session.Session().get_service_model("s3").operation_model("ListObjectsV2")
    theirs = create_parser("rest-xml").parse(
        {"status_code": 200, "headers": {}, "body": body}, model.output_shape
    )
    assert answer["body"] == b""
    assert {name: told[name] for name in WANTED} == {name: theirs[name] for name in WANTED}
    fields = ("Key", "Size", "ETag", "LastModified")
    assert told["Contents"] == [{f: entry[f] for f in fields} for entry in theirs["Contents"]]
    assert told["Contents"][1]["LastModified"] == datetime(2026, 9, 1, tzinfo=UTC)


def test_an_empty_page_is_read_as_one():
    _, told = asked(b"<ListBucketResult/>")
    assert told == {
        "Root": "ListBucketResult",
        "Truncated": None,
        "IsTruncated": False,
        "Contents": [],
        "CommonPrefixes": [],
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200),
        (b"<ListBucketResult>", 200),
        (b"<Error><Code>SlowDown</Code></Error>", 200),
        (b"<ListBucketResult/>", 503),
        (b"<ListBucketResult><Contents><Size>many</Size></Contents></ListBucketResult>", 200),
    ],
)
def test_what_is_no_page_is_left_to_botocore(body, status):
    answer, told = asked(body, status)
    assert (answer["body"], told) == (body, {})

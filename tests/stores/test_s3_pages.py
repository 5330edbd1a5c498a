"""A page of many entries: what is read here is what botocore reads, and the rest is left to it."""

from __future__ import annotations

from datetime import UTC, datetime

import botocore.session
import pytest
from botocore.parsers import create_parser
from hypothesis import given
from hypothesis import strategies as st
from tests.servers.scripted import Reply

from multistore.errors import UnavailableError
from multistore.stores.base import Ref
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.s3 import exchange
from multistore.stores.s3.delete import _document
from multistore.stores.s3.listing import _reader, _stored
from multistore.stores.s3.names import Names
from multistore.stores.s3.pages import NotWellFormedError, utc, walk
from multistore.stores.s3.store import S3Store
from multistore.values import CommonPrefix

MODEL = botocore.session.Session().get_service_model("s3")
SPACE = " xmlns='http://s3.amazonaws.com/doc/2006-03-01/'"
PAGE = (
    "<?xml version='1.0'?><ListBucketResult{space}><Name>b</Name><Prefix>a%2F</Prefix>"
    "<IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken>"
    "<EncodingType>url</EncodingType>"
    "<Contents><Key>a%2F1</Key><LastModified>2026-09-01T00:00:00.000Z</LastModified>"
    "<ETag>&quot;e&quot;</ETag><Size>7</Size><StorageClass>STANDARD</StorageClass>"
    "<Owner><ID>x</ID><Key>no key</Key></Owner></Contents>\n"
    "  <Contents>\n    <Key>a%2F2<!-- c --><![CDATA[<&>]]></Key>"
    "<LastModified>2026-09-01T09:00:00+09:00</LastModified>\n<ETag>e</ETag><Size>0</Size>"
    "</Contents>"
    "<CommonPrefixes><Prefix>a%2Fb%2F</Prefix></CommonPrefixes>"
    "<CommonPrefixes><Prefix>a%2Fc%2F</Prefix></CommonPrefixes></ListBucketResult>"
)
ONE = (
    "<Contents><Key>{}</Key><LastModified>2026-11-24T09:00:00Z</LastModified>"
    "<ETag>e</ETag><Size>1</Size></Contents>"
)


def theirs(body, call="ListObjectsV2"):
    return create_parser("rest-xml").parse(
        {"status_code": 200, "headers": {}, "body": body}, MODEL.operation_model(call).output_shape
    )


@pytest.mark.parametrize("space", ["", SPACE])
def test_a_page_is_read_as_botocore_reads_it(space):
    body = PAGE.format(space=space).encode()
    page, wanted = walk(body), theirs(body)
    assert page.root == "ListBucketResult"
    assert page.told == {
        "Name": "b",
        "Prefix": "a%2F",
        "IsTruncated": "true",
        "NextContinuationToken": wanted["NextContinuationToken"],
        "EncodingType": "url",
    }
    assert [
        {
            "Key": entry["Key"],
            "Size": int(entry["Size"]),
            "ETag": entry["ETag"],
            "LastModified": utc(entry["LastModified"]),
        }
        for entry in page.of("Contents")
    ] == [
        {name: entry[name] for name in ("Key", "Size", "ETag", "LastModified")}
        for entry in wanted["Contents"]
    ]
    assert utc(page.of("Contents")[1]["LastModified"]) == datetime(2026, 9, 1, tzinfo=UTC)
    assert list(page.of("CommonPrefixes")) == wanted["CommonPrefixes"]


def test_times_are_given_in_utc():
    told = utc("2026-09-01T09:00:00+09:00")
    assert (told.hour, told.tzinfo) == (0, UTC)


def test_several_groups_in_one_element_are_all_read():
    page = walk(
        b"<ListBucketResult><CommonPrefixes><Prefix>a/</Prefix><Prefix>b/</Prefix>"
        b"</CommonPrefixes></ListBucketResult>"
    )
    assert [entry["Prefix"] for entry in page.of("CommonPrefixes")] == ["a/", "b/"]


def test_an_entry_without_fields_is_one_all_the_same():
    assert list(walk(b"<R><Contents/></R>").of("Contents")) == [{}]


def test_a_long_text_is_read_whole():
    key = "あ" * 20_000
    page = walk(f"<R><E><Key>{key}</Key></E><Told>{key}</Told></R>".encode())
    assert page.of("E")[0]["Key"] == page.told["Told"] == key


SHIFT_JIS = b"<?xml version='1.0' encoding='Shift_JIS'?><R/>"


@pytest.mark.parametrize(
    "body", [b"", b"<R>", b"<R/>x", b"no", b"<R><a></R>", b"<R>\x01</R>", SHIFT_JIS]
)
def test_what_is_no_whole_document_is_none(body):
    with pytest.raises(NotWellFormedError):
        walk(body)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_a_quoted_name_is_read_as_botocore_reads_it(name):
    from urllib.parse import quote_plus

    class Bucket:
        names = Names(ascii_only=False, limit=1024)

    body = f"<R><EncodingType>url</EncodingType>{ONE.format(quote_plus(name))}</R>".encode()
    page = walk(body)
    assert _stored(_reader(Bucket, page, ""), page.of("Contents")[0]).name == name


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
            st.none() | st.text("aZ0<&\"'>", min_size=1, max_size=4),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_bulk_delete_is_the_document_that_botocore_writes(asked):
    from botocore.handlers import escape_xml_payload
    from botocore.serialize import create_serializer

    objects = [
        {"Key": key} if version is None else {"Key": key, "VersionId": version}
        for key, version in asked
    ]
    request = create_serializer("rest-xml").serialize_to_request(
        {"Bucket": "b", "Delete": {"Objects": objects, "Quiet": False}},
        MODEL.operation_model("DeleteObjects"),
    )
    escape_xml_payload(request)
    # One sign may be written in two ways, as a decimal number and as a hexadecimal one.
    wanted = request["body"].replace(b"&#xD;", b"&#13;").replace(b"&#xA;", b"&#10;")
    refs = [Ref(*one) for one in asked]
    assert _document([ref.name for ref in refs], refs) == wanted


@pytest.fixture
def store(scripted, monkeypatch):
    """Give a function: what a service says to everything becomes a store."""
    monkeypatch.setenv("PAGE_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("PAGE_SECRET_ACCESS_KEY", "secret")
    stores = []

    def make(answer):
        server = scripted(answer)
        endpoint = Endpoint(
            "s3-compatible", server.url, "r", frozenset({server.host}), Profile(versions=True)
        )
        stores.append(S3Store("s", endpoint=endpoint, bucket="bucket", credentials="env:PAGE"))
        return stores[-1], server

    yield make
    for made in stores:
        made.close()


WHOLE = f"<ListBucketResult><IsTruncated>false</IsTruncated>{ONE.format('a')}</ListBucketResult>"


def test_botocore_reads_no_page_again(store, monkeypatch):
    """Its reader sees an empty document: each page is walked once."""
    from botocore import parsers

    seen = []
    given_to_it = parsers.RestXMLParser._parse_xml_string_to_dom

    def parse(self, text):
        seen.append(text)
        return given_to_it(self, text)

    monkeypatch.setattr(parsers.RestXMLParser, "_parse_xml_string_to_dom", parse)
    monkeypatch.setattr("botocore.handlers._looks_like_special_case_error", lambda _, body: body)
    walks = []
    monkeypatch.setattr(exchange, "walk", lambda body: walks.append(body) or walk(body))
    listing, _ = store(lambda _: Reply(200, WHOLE.encode()))
    assert [entry.name for entry in listing.list("")] == ["a"]
    assert (walks, seen) == ([WHOLE.encode()], [])


def test_other_calls_of_the_client_are_read_by_botocore(store):
    listing, _ = store(lambda _: Reply(200, WHOLE.encode()))
    answer = listing.reach.ask("list_objects_v2", operation="probe")
    assert [entry["Key"] for entry in answer["Contents"]] == ["a"]
    assert answer["Contents"][0]["Size"] == 1


ERROR = "<Error><Code>SlowDown</Code><Message>later</Message></Error>"
DELETED = (
    "<DeleteResult><Deleted><Key>a</Key></Deleted><Deleted><Key>b</Key></Deleted></DeleteResult>"
)


@pytest.mark.parametrize(
    ("use", "good"),
    [
        (lambda store: [entry.name for entry in store.list("")], WHOLE),
        (lambda store: [one.name for one in store.delete([Ref("a"), Ref("b")])], DELETED),
    ],
    ids=["list", "delete"],
)
def test_an_error_with_status_200_is_tried_again(store, monkeypatch, use, good):
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    said = [ERROR, good]
    tried, server = store(lambda _: Reply(200, said[len(server.asked) > 1].encode()))
    assert use(tried)[0] == "a"
    assert len(server.asked) == 2


def test_an_error_with_status_200_that_stays_is_one(store, monkeypatch):
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    refusing, _ = store(lambda _: Reply(200, ERROR.encode()))
    with pytest.raises(UnavailableError) as caught:
        list(refusing.list(""))
    assert caught.value.code == "SlowDown"


@pytest.mark.parametrize(
    "entry",
    [
        ONE.format("a").replace("<Size>1</Size>", "<Size>many</Size>"),
        ONE.format("a").replace("<Size>1</Size>", ""),
        ONE.format("a").replace("<Key>a</Key>", ""),
        ONE.format("a").replace("2026-11-24T09:00:00Z", "yesterday"),
        "<Contents/>",
        "<CommonPrefixes/>",
    ],
)
def test_an_entry_that_cannot_be_read_is_never_passed_over(store, entry):
    document = f"<ListBucketResult><IsTruncated>false</IsTruncated>{entry}</ListBucketResult>"
    listing, _ = store(lambda _: Reply(200, document.encode()))
    with pytest.raises(UnavailableError) as caught:
        list(listing.list(""))
    assert (caught.value.code, caught.value.store) == ("UnreadableAnswer", "s")


@pytest.mark.parametrize("cut", [1, 60, 140])
def test_a_page_that_breaks_off_gives_nothing(store, monkeypatch, cut):
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    listing, _ = store(lambda _: Reply(200, WHOLE.encode()[:-cut]))
    with pytest.raises(UnavailableError):
        next(listing.list(""))


@pytest.mark.parametrize("root", ["Foo", "html", "ListBucketResult"])
def test_another_document_deletes_nothing(store, root):
    document = DELETED.replace("DeleteResult", root)
    deleting, _ = store(lambda _: Reply(200, document.encode()))
    assert not any(one.gone for one in deleting.delete([Ref("a"), Ref("b")]))


def test_a_listing_below_a_delimiter_is_unquoted_in_both_kinds(store):
    document = PAGE.format(space=SPACE).replace("true", "false").replace("<![CDATA[<&>]]>", "")
    listing, _ = store(lambda _: Reply(200, document.encode()))
    assert [
        entry.prefix if isinstance(entry, CommonPrefix) else entry.name
        for entry in listing.list("a/", delimiter="/")
    ] == ["a/1", "a/2", "a/b/", "a/c/"]

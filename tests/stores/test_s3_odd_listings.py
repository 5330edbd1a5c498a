"""An answer that is not the listing that was asked for is never taken for an empty one."""

from __future__ import annotations

import pytest
from tests.servers.scripted import Reply, ScriptedServer

from multistore.errors import UnavailableError, UnsupportedError
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.s3.store import S3Store

NAMED = {
    "objects": "ListBucketResult",
    "versions": "ListVersionsResult",
    "uploads": "ListMultipartUploadsResult",
}
ENTRY = {
    "objects": "<Contents><Key>a</Key><LastModified>2026-11-24T09:00:00Z</LastModified>"
    "<ETag>e</ETag><Size>1</Size></Contents>",
    "versions": "<Version><Key>a</Key><VersionId>1</VersionId><IsLatest>true</IsLatest>"
    "<LastModified>2026-11-24T09:00:00Z</LastModified><ETag>e</ETag><Size>1</Size></Version>",
    "uploads": "<Upload><Key>a</Key><UploadId>1</UploadId></Upload>",
}
LIST = {
    "objects": lambda store: store.list(""),
    "versions": lambda store: store.versions.list_versions(""),
    "uploads": lambda store: store.uploads.list_uploads(""),
}
KINDS = pytest.mark.parametrize("kind", NAMED)
SPACES = pytest.mark.parametrize("space", ["", ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'])


def document(root, inner="", space=""):
    return f"<?xml version='1.0'?>\n<{root}{space}>{inner}</{root}>"


def truncated(word):
    return f"<IsTruncated>{word}</IsTruncated>"


@pytest.fixture(scope="module")
def spoken():
    """Give one store, and the list whose only element is what its service answers."""
    said = [""]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ODD_ACCESS_KEY_ID", "key")
        patch.setenv("ODD_SECRET_ACCESS_KEY", "secret")
        with ScriptedServer(lambda _: Reply(200, said[0].encode())) as server:
            endpoint = Endpoint(
                "s3-compatible", server.url, "r", frozenset({server.host}), Profile(versions=True)
            )
            store = S3Store("s", endpoint=endpoint, bucket="bucket", credentials="env:ODD")
            yield store, said
            store.close()


@KINDS
@SPACES
def test_the_listing_itself_is_read(spoken, kind, space):
    store, said = spoken
    said[0] = document(NAMED[kind], truncated("false") + ENTRY[kind], space)
    assert [entry.name for entry in LIST[kind](store)] == ["a"]


@pytest.mark.parametrize(
    ("kind", "root"),
    [
        (kind, root)
        for kind, own in NAMED.items()
        for root in ("", "html", "Foo", *NAMED.values())
        if root != own
    ],
)
def test_another_document_is_no_empty_listing(spoken, kind, root):
    store, said = spoken
    said[0] = document(root, truncated("false")) if root else ""
    # A proxy's page may be another one next time; a service that does not know a call stays so.
    known = root == "ListBucketResult"
    wanted = UnsupportedError if known else UnavailableError
    with pytest.raises(wanted, match=f"not with a {NAMED[kind]}") as caught:
        list(LIST[kind](store))
    error = caught.value
    assert (error.code, error.operation) == ("UnreadableAnswer", "list")
    assert (error.store, error.bucket) == ("s", "bucket")
    assert error.retryable is not known
    assert error.hint


@KINDS
@SPACES
@pytest.mark.parametrize(
    ("inner", "said_of_it"),
    [
        (truncated("true"), "without a Next"),
        (truncated("True"), "'True'"),
        (truncated("1"), "'1'"),
        (truncated(""), "nothing"),
        ("", "nothing"),
    ],
    ids=["no marker", "True", "1", "no word", "no element"],
)
def test_a_page_that_does_not_say_that_it_is_the_last_is_not_the_end(
    spoken, kind, space, inner, said_of_it
):
    store, said = spoken
    said[0] = document(NAMED[kind], inner + ENTRY[kind], space)
    listing = LIST[kind](store)
    # What it does tell is given: an eraser wants to know of it.
    assert next(listing).name == "a"
    with pytest.raises(UnsupportedError, match=said_of_it) as caught:
        next(listing)
    assert caught.value.code == "UnreadableAnswer"
    assert not caught.value.retryable
    assert caught.value.store == "s"


@KINDS
@pytest.mark.parametrize(
    "time",
    [
        *("0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"),  # outside of all years in UTC
        *("inf", "-99999999999", "9" * 23, "2026-11-24T09:00:00", "", "昨日"),
    ],
)
def test_a_time_that_cannot_be_read_ends_the_listing(spoken, kind, time):
    store, said = spoken
    entry = ENTRY[kind].replace("2026-11-24T09:00:00Z", time)
    if kind == "uploads":
        entry = entry.replace("</UploadId>", f"</UploadId><Initiated>{time or '-'}</Initiated>")
    said[0] = document(NAMED[kind], truncated("false") + entry)
    with pytest.raises(UnavailableError, match="that cannot be read") as caught:
        list(LIST[kind](store))
    assert caught.value.store == "s"


@KINDS
def test_a_document_that_declares_a_type_is_another_one(spoken, kind):
    """An entity that nobody resolves would be left out of a key, or of the word for the end."""
    store, said = spoken
    inner = truncated("fa&foo;lse") + ENTRY[kind].replace("<Key>a", "<Key>a&foo;")
    said[0] = document(NAMED[kind], inner).replace(
        "\n", f"<!DOCTYPE {NAMED[kind]} SYSTEM 'http://127.0.0.1/x'>\n"
    )
    with pytest.raises(UnavailableError, match=f"not with a {NAMED[kind]}"):
        list(LIST[kind](store))


@KINDS
def test_entries_that_are_spelt_with_a_prefix_are_not_passed_over(spoken, kind):
    store, said = spoken
    entry = ENTRY[kind].replace("<", "<s:").replace("<s:/", "</s:")
    said[0] = document(NAMED[kind], truncated("false") + entry, " xmlns:s='urn:s'")
    with pytest.raises(UnavailableError, match=f"not with a {NAMED[kind]}"):
        list(LIST[kind](store))


AGAIN = {
    "objects": "<NextContinuationToken>t</NextContinuationToken>",
    "versions": "<NextKeyMarker>a</NextKeyMarker><NextVersionIdMarker>1</NextVersionIdMarker>",
    "uploads": "<NextKeyMarker>a</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>",
}


@KINDS
def test_a_page_that_leads_to_itself_is_not_asked_for_for_ever(spoken, kind):
    store, said = spoken
    said[0] = document(NAMED[kind], truncated("true") + AGAIN[kind])
    with pytest.raises(UnsupportedError, match="again: its listing has no end") as caught:
        list(LIST[kind](store))
    assert (caught.value.code, caught.value.store) == ("UnreadableAnswer", "s")


@pytest.mark.parametrize(
    "entry", [*ENTRY.values(), "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"]
)
def test_what_was_not_asked_for_is_refused(spoken, entry):
    """Where a gateway loses the prefix, what is listed for one tenant is every other's."""
    store, said = spoken
    kind = next((kind for kind, own in ENTRY.items() if own == entry), "objects")
    said[0] = document(NAMED[kind], truncated("false") + entry)
    asked = {
        "objects": lambda: store.list("acme/", delimiter="/"),
        "versions": lambda: store.versions.list_versions("acme/"),
        "uploads": lambda: store.uploads.list_uploads("acme/"),
    }
    with pytest.raises(UnsupportedError, match="does not begin with 'acme/'") as caught:
        list(asked[kind]())
    assert (caught.value.code, caught.value.store) == ("UnreadableAnswer", "s")

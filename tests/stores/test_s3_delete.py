"""Deletion says the truth about each reference, whatever a bulk delete answers."""

from __future__ import annotations

import logging
import re
import threading
from xml.etree import ElementTree as ET

import pytest
from tests.servers.scripted import Reply

from multistore.errors import (
    NotFoundError,
    ResidencyError,
    UnauthenticatedError,
    UnavailableError,
)
from multistore.stores.base import Ref
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.s3 import delete as s3_delete
from multistore.stores.s3.store import S3Store
from multistore.values import OutcomeStatus

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def bulk_answer(asked, *, refuse=(), forget=()):
    """Answer a bulk delete as S3 does: 200, with what was refused in the body."""
    keys = re.findall(r"<Key>([^<]*)</Key>", asked.body.decode())
    rows = [
        f"<Error><Key>{key}</Key><Code>{dict(refuse)[key]}</Code><Message>no</Message></Error>"
        if key in dict(refuse)
        else f"<Deleted><Key>{key}</Key></Deleted>"
        for key in keys
        if key not in forget
    ]
    return Reply(200, f"{HEAD}<DeleteResult>{''.join(rows)}</DeleteResult>".encode())


def error(status, code):
    return Reply(status, f"{HEAD}<Error><Code>{code}</Code></Error>".encode())


@pytest.fixture
def served(scripted, monkeypatch):
    monkeypatch.setenv("DEL_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("DEL_SECRET_ACCESS_KEY", "secret")
    stores = []

    def make(answer):
        server = scripted(answer)
        endpoint = Endpoint(
            "s3-compatible", server.url, "r", frozenset({server.host}), Profile(versions=True)
        )
        store = S3Store("s", endpoint=endpoint, bucket="bucket", credentials="env:DEL")
        stores.append(store)
        return store, server

    yield make
    for store in stores:
        store.close()


def refs(count):
    return [Ref(f"k{number:04}") for number in range(count)]


def test_three_of_many_refused_in_two_batches_are_named(served):
    refused = {"k0005": "AccessDenied", "k1500": "InternalError", "k2400": "NobodyKnowsThis"}

    def answer(asked):
        if asked.method == "DELETE":
            return error(403, "AccessDenied")
        return bulk_answer(asked, refuse=refused.items())

    store, server = served(answer)
    outcomes = store.delete(refs(2500))
    assert [outcome.name for outcome in outcomes] == [ref.name for ref in refs(2500)]
    bad = {outcome.name: outcome for outcome in outcomes if not outcome.gone}
    assert {name: outcome.code for name, outcome in bad.items()} == refused
    assert bad["k0005"].status is OutcomeStatus.DENIED
    assert bad["k1500"].status is OutcomeStatus.FAILED
    assert len([asked for asked in server.asked if asked.method == "POST"]) == 3


def test_what_the_answer_does_not_mention_counts_as_failed(served):
    store, _ = served(lambda asked: bulk_answer(asked, forget={"k0001"}))
    statuses = [outcome.status for outcome in store.delete(refs(3))]
    assert statuses == [OutcomeStatus.DELETED, OutcomeStatus.FAILED, OutcomeStatus.DELETED]


def test_an_empty_answer_deletes_nothing(served):
    store, _ = served(lambda asked: Reply(200, f"{HEAD}<DeleteResult/>".encode()))
    assert {outcome.status for outcome in store.delete(refs(3))} == {OutcomeStatus.FAILED}


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchVersion"])
def test_what_is_absent_already_is_gone(served, code):
    store, _ = served(lambda asked: bulk_answer(asked, refuse=[("k0000", code)]))
    outcomes = store.delete(refs(2))
    assert outcomes[0].status is OutcomeStatus.ABSENT
    assert all(outcome.gone for outcome in outcomes)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "MissingContentMD5"),
        (400, "InvalidRequest"),
        (400, "BadDigest"),
        (400, "MalformedXML"),
        (405, "MethodNotAllowed"),
        (501, "NotImplemented"),
        (501, "NobodyKnowsThis"),
    ],
)
def test_a_service_without_bulk_delete_is_asked_once_and_warned_of_once(
    served, caplog, status, code
):
    def answer(asked):
        return error(status, code) if asked.method == "POST" else Reply(204)

    store, server = served(answer)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            outcomes = store.delete(refs(12))
            assert [outcome.name for outcome in outcomes] == [ref.name for ref in refs(12)]
            assert all(outcome.gone for outcome in outcomes)
    methods = [asked.method for asked in server.asked]
    assert methods.count("DELETE") == 24
    assert methods.count("POST") == 1
    assert len([r for r in caplog.records if "one by one" in r.getMessage()]) == 1


def test_a_fallback_hides_no_refusal(served):
    """Single deletes after a refused bulk delete report their own refusals."""

    def answer(asked):
        if asked.method == "POST":
            return error(501, "NotImplemented")
        return error(403, "AccessDenied") if asked.target.endswith("k0002") else Reply(204)

    store, _ = served(answer)
    outcomes = store.delete(refs(4))
    assert [o.name for o in outcomes if not o.gone] == ["k0002"]
    assert outcomes[2].status is OutcomeStatus.DENIED


def test_a_whole_batch_that_is_denied_is_an_outcome_of_each(served):
    store, _ = served(lambda _: error(403, "AccessDenied"))
    assert {outcome.status for outcome in store.delete(refs(3))} == {OutcomeStatus.DENIED}


def test_a_batch_that_breaks_after_another_leaves_no_reference_out(served, monkeypatch):
    monkeypatch.setattr(s3_delete, "BATCH", 2)
    batches = []

    def answer(asked):
        batches.append(asked)
        return bulk_answer(asked) if len(batches) == 1 else error(404, "NoSuchBucket")

    store, _ = served(answer)
    statuses = [outcome.status for outcome in store.delete(refs(4))]
    assert statuses[:2] == [OutcomeStatus.DELETED] * 2
    assert not any(status is OutcomeStatus.DELETED for status in statuses[2:])


def test_the_first_batch_goes_alone_and_the_others_together(served, monkeypatch):
    monkeypatch.setattr(s3_delete, "BATCH", 2)
    together = threading.Barrier(s3_delete.IN_FLIGHT)
    alone = []

    def answer(asked):
        if "k0000" in asked.body.decode():
            alone.append(len(server.asked))
        else:
            together.wait(10)
        return bulk_answer(asked)

    store, server = served(answer)
    count = 2 + 2 * s3_delete.IN_FLIGHT
    outcomes = store.delete(refs(count))
    assert [outcome.name for outcome in outcomes] == [ref.name for ref in refs(count)]
    assert all(outcome.gone for outcome in outcomes)
    assert alone == [1]


def test_an_exception_comes_only_where_nothing_is_known(served):
    store, _ = served(lambda _: error(404, "NoSuchBucket"))
    for count in (1, 3):
        with pytest.raises(NotFoundError) as caught:
            store.delete(refs(count))
        assert caught.value.code == "NoSuchBucket"


def test_a_service_that_is_not_there_is_an_exception(served):
    store, server = served(lambda _: Reply(204))
    server._server.shutdown()
    server._server.server_close()
    with pytest.raises(UnavailableError) as caught:
        store.delete(refs(2))
    assert caught.value.retryable


def test_a_redirect_and_missing_credentials_are_exceptions(served, monkeypatch):
    store, _ = served(lambda _: Reply(301, b"", {"x-amz-bucket-region": "us-east-1"}))
    for count in (1, 3):
        with pytest.raises(ResidencyError):
            store.delete(refs(count))
    monkeypatch.delenv("DEL_ACCESS_KEY_ID")
    for count in (1, 3):
        with pytest.raises(UnauthenticatedError):
            store.delete(refs(count))


def test_versions_are_told_apart(served):
    def answer(asked):
        return Reply(
            200,
            f"{HEAD}<DeleteResult>"
            "<Deleted><Key>k</Key><VersionId>1</VersionId></Deleted>"
            "<Error><Key>k</Key><VersionId>2</VersionId><Code>InternalError</Code></Error>"
            "<Deleted><Key>k</Key><DeleteMarker>true</DeleteMarker></Deleted>"
            "</DeleteResult>".encode(),
        )

    store, _ = served(answer)
    outcomes = store.delete([Ref("k", "2"), Ref("k"), Ref("k", "1"), Ref("k", "3")])
    assert [(o.version, o.status, o.hidden) for o in outcomes] == [
        ("2", OutcomeStatus.FAILED, False),
        (None, OutcomeStatus.DELETED, True),
        ("1", OutcomeStatus.DELETED, False),
        ("3", OutcomeStatus.FAILED, False),
    ]


def test_each_name_and_version_arrives_as_it_is(served):
    refs = [Ref("plain"), Ref("a & b <c>\r\n", "1&2<3>"), Ref("動画", "4"), Ref("d", "")]
    store, server = served(lambda _: Reply(200, f"{HEAD}<DeleteResult/>".encode()))
    store.delete(refs)
    (asked,) = server.asked
    objects = [
        {field.tag.partition("}")[2]: field.text or "" for field in one}
        for one in ET.fromstring(asked.body)
        if one.tag.endswith("Object")
    ]
    assert objects == [
        {"Key": ref.name} if ref.version is None else {"Key": ref.name, "VersionId": ref.version}
        for ref in refs
    ]


def test_nothing_to_delete_asks_nothing(served):
    store, server = served(lambda _: Reply(500))
    assert list(store.delete([])) == []
    assert not server.asked


PAGE = b"<html><body>Sign in to the network</body></html>"


@pytest.mark.parametrize(
    ("status", "body"), [(200, PAGE), (202, PAGE), (404, b""), (404, PAGE)], ids=str
)
def test_what_is_no_answer_of_s3_deletes_nothing(served, status, body):
    """A proxy's page, or a server of another kind: neither "deleted" nor "it was not there"."""
    store, _ = served(lambda _: Reply(status, body))
    (outcome,) = store.delete([Ref("a", None)])
    assert (outcome.status, outcome.code) == (OutcomeStatus.FAILED, "UnreadableAnswer")
    assert str(status) in outcome.detail


@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_success_is_a_deletion(served, status):
    store, _ = served(lambda _: Reply(status))
    assert store.delete([Ref("a", None)])[0].status is OutcomeStatus.DELETED


def test_a_deletion_of_nothing_may_be_refused_by_its_code(served):
    store, _ = served(lambda _: error(404, "NoSuchKey"))
    assert store.delete([Ref("a", None)])[0].status is OutcomeStatus.ABSENT

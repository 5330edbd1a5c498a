"""Lifecycle rules: ours are merged, foreign ones are untouched, what is dropped is noticed."""

from __future__ import annotations

import re

import pytest
from tests.servers.scripted import Reply

from multistore.errors import (
    AccessDeniedError,
    ConflictError,
    InvalidArgumentError,
    UnsupportedError,
)
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.facets import Rule
from multistore.stores.s3.rules import MOST
from multistore.stores.s3.store import S3Store

OURS = Rule("multistore:acme/video", "acme/video/", days=1103, noncurrent_days=1, upload_days=7)
OTHER = Rule("multistore:acme2/video", "acme2/video/", days=67)
FOREIGN = {
    "ID": "of the customer",
    "Filter": {"Prefix": "tmp/"},
    "Status": "Enabled",
    "Expiration": {"Days": 3},
}


@pytest.fixture(
    params=[
        pytest.param("moto_server", marks=pytest.mark.s3, id="moto"),
        pytest.param("ceph_server", marks=pytest.mark.ceph, id="ceph"),
    ]
)
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def store(server, s3_credentials):
    store = S3Store(
        "main",
        endpoint=server.endpoint(),
        bucket=server.bucket(versioned=True),
        credentials=s3_credentials(server),
    )
    yield store
    store.close()


def _raw(server, store):
    answer = server.client().get_bucket_lifecycle_configuration(Bucket=store.bucket)
    return {rule["ID"]: rule for rule in answer["Rules"]}


def test_ours_come_and_go_beside_a_foreign_one(server, store):
    assert store.rules.read() == store.rules.replace([])
    client = server.client()
    client.put_bucket_lifecycle_configuration(
        Bucket=store.bucket, LifecycleConfiguration={"Rules": [FOREIGN]}
    )
    before = _raw(server, store)
    written = store.rules.replace([OURS, OTHER])
    assert set(written.own) == {OURS, OTHER}
    assert (written.foreign, written.dropped) == (("of the customer",), ())
    assert _raw(server, store)["of the customer"] == before["of the customer"]
    assert set(store.rules.read().own) == {OURS, OTHER}
    assert store.rules.replace([OTHER]).own == (OTHER,)
    assert store.rules.replace([]).own == ()
    assert _raw(server, store) == before


def test_the_last_of_ours_leaves_one_that_does_nothing(server, store):
    store.rules.replace([OURS])
    left = store.rules.replace([])
    assert (left.own, left.foreign) == ((), ())
    (rule,) = _raw(server, store).values()
    assert rule["Status"] == "Disabled"
    assert store.rules.replace([OURS]).own == (OURS,)
    assert list(_raw(server, store)) == [OURS.id]


def test_a_field_that_the_service_drops_is_noticed(store):
    """*Measured*: Ceph 16 and moto 5.2 accept NewerNoncurrentVersions, and forget it."""
    asked = Rule(OURS.id, OURS.prefix, noncurrent_days=30, newer_versions=3)
    written = store.rules.replace([asked])
    assert written.dropped == ("multistore:acme/video: newer_versions",)
    assert written.own[0].noncurrent_days == 30


@pytest.mark.parametrize(
    "own",
    [
        [Rule("somebody's", "acme/", days=1)],
        [Rule("multistore:nothing", "acme/", days=1)],
        [Rule("multistore:a", "acme", days=1)],
        [OURS, OURS],
        [Rule(f"multistore:{number}", f"{number}/", days=1) for number in range(MOST + 1)],
    ],
)
def test_what_is_no_set_of_rules_of_ours_is_refused(scripted, monkeypatch, own):
    store, server = _scripted(scripted, monkeypatch, lambda _: _refused(404, _NONE))
    with pytest.raises(InvalidArgumentError):
        store.rules.replace(own)
    assert {asked.method for asked in server.asked} == {"GET"}


_NONE = "NoSuchLifecycleConfiguration"
SPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
UNKNOWN = (
    "<Rule><ID>new</ID><Filter><Prefix>x/</Prefix></Filter><Status>Enabled</Status>"
    "<ElementOf2031><Deep>1</Deep></ElementOf2031></Rule>"
)


def _refused(status, code):
    return Reply(status, f"<Error><Code>{code}</Code></Error>".encode())


def _scripted(scripted, monkeypatch, answer):
    monkeypatch.setenv("RUL_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("RUL_SECRET_ACCESS_KEY", "secret")
    server = scripted(answer)
    endpoint = Endpoint(
        "s3-compatible", server.url, "r", frozenset({server.host}), Profile(rules=True)
    )
    return S3Store("s", endpoint=endpoint, bucket="bucket", credentials="env:RUL"), server


class Kept:
    """A service that keeps the document as it was sent, or as ``changed`` makes it."""

    def __init__(self, document, changed=lambda text: text):
        self.document = document
        self.changed = changed
        self.headers = {"x-amz-transition-default-minimum-object-size": "varies_by_storage_class"}

    def __call__(self, asked):
        if asked.method == "PUT":
            self.sent = asked
            self.document = self.changed(asked.body.decode())
            return Reply(200)
        return Reply(200, self.document.encode(), self.headers)


def test_elements_that_nobody_here_knows_go_back_as_they_came(scripted, monkeypatch):
    kept = Kept(f"<LifecycleConfiguration {SPACE}>{UNKNOWN}</LifecycleConfiguration>")
    store, _ = _scripted(scripted, monkeypatch, kept)
    written = store.rules.replace([OURS])
    assert (written.own, written.foreign, written.dropped) == ((OURS,), ("new",), ())
    assert "<ElementOf2031><Deep>1</Deep></ElementOf2031>" in kept.document
    assert kept.document.count("<Rule>") == 2
    assert "content-md5" in kept.sent.headers
    assert (
        kept.sent.headers["x-amz-transition-default-minimum-object-size"]
        == "varies_by_storage_class"
    )
    store.close()


def test_nothing_is_written_where_nothing_would_change(scripted, monkeypatch):
    kept = Kept(f"<LifecycleConfiguration {SPACE}>{UNKNOWN}</LifecycleConfiguration>")
    store, server = _scripted(scripted, monkeypatch, kept)
    store.rules.replace([])
    store.rules.replace([OURS])
    store.rules.replace([OURS])
    assert [asked.method for asked in server.asked].count("PUT") == 1
    store.close()


def test_a_foreign_rule_that_changed_is_told(scripted, monkeypatch):
    kept = Kept(
        f"<LifecycleConfiguration {SPACE}>{UNKNOWN}</LifecycleConfiguration>",
        lambda text: re.sub("<ElementOf2031>.*</ElementOf2031>", "", text),
    )
    store, _ = _scripted(scripted, monkeypatch, kept)
    with pytest.raises(ConflictError, match="new") as caught:
        store.rules.replace([OURS])
    assert caught.value.code == "ForeignRulesChanged"
    store.close()


@pytest.mark.parametrize(
    "body",
    ["<ListBucketResult><Name>b</Name></ListBucketResult>", "", "<Lifecycle/>"],
)
def test_an_answer_that_is_no_list_of_rules_is_not_taken_for_an_empty_one(
    scripted, monkeypatch, body
):
    store, server = _scripted(scripted, monkeypatch, Kept(body))
    for call in (store.rules.read, lambda: store.rules.replace([OURS])):
        with pytest.raises(UnsupportedError, match="no list of lifecycle rules"):
            call()
    assert {asked.method for asked in server.asked} == {"GET"}
    store.close()


def test_a_refusal_is_no_empty_list(scripted, monkeypatch):
    store, server = _scripted(scripted, monkeypatch, lambda _: _refused(403, "AccessDenied"))
    with pytest.raises(AccessDeniedError):
        store.rules.replace([OURS])
    assert {asked.method for asked in server.asked} == {"GET"}
    store.close()

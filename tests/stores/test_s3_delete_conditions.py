"""Deletion under an etag: sent where the service decides by it, looked at before elsewhere.

moto honours If-Match on DELETE, and passes the conformance suite with it; Ceph 16 does not. What is
sent in which state of a bucket is held here against a service that is played: as the Amazon S3 User
Guide describes it ("How to perform conditional deletes").
"""

from __future__ import annotations

import re

import pytest
from tests.servers.scripted import Reply

from multistore.errors import UnsupportedError
from multistore.stores.base import Capability, Ref
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.s3.store import S3Store
from multistore.values import OutcomeStatus

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
OBJECT = re.compile(r"<Object>(.*?)</Object>", re.DOTALL)


class Bucket:
    """Objects with an etag each; in a bucket with versions all are the version ``null``."""

    def __init__(self, status=None, **etags):
        self.status = status
        self.etags = {name: f'"{etag}"' for name, etag in etags.items()}

    def __call__(self, asked):
        name, _, _ = asked.target.removeprefix("/bucket").lstrip("/").partition("?")
        if asked.method == "GET":
            told = f"<Status>{self.status}</Status>" if self.status else ""
            return self._xml("VersioningConfiguration", told)
        if asked.method == "HEAD":
            if name not in self.etags:
                return Reply(404)
            return Reply(200, headers={"ETag": self.etags[name], "x-amz-version-id": "null"})
        if asked.method == "DELETE":
            refusal = self._refusal(name, asked.headers.get("if-match"))
            if refusal is None:
                self.etags.pop(name)
                return Reply(204)
            status = 404 if refusal == "NoSuchKey" else 412
            return self._xml("Error", f"<Code>{refusal}</Code>", status)
        rows = []
        for entry in OBJECT.findall(asked.body.decode()):
            told = dict(re.findall(r"<(Key|VersionId|ETag)>([^<]*)<", entry))
            refusal = self._refusal(told["Key"], told.get("ETag", "").replace("&quot;", '"'))
            row = "".join(f"<{k}>{told[k]}</{k}>" for k in ("Key", "VersionId") if k in told)
            if refusal is None:
                self.etags.pop(told["Key"], None)
                rows.append(f"<Deleted>{row}</Deleted>")
            else:
                rows.append(f"<Error>{row}<Code>{refusal}</Code></Error>")
        return self._xml("DeleteResult", "".join(rows))

    def _refusal(self, name, condition):
        if not condition:
            return None
        if name not in self.etags:
            return "NoSuchKey"
        return None if self.etags[name] == condition else "PreconditionFailed"

    def _xml(self, root, content, status=200):
        return Reply(status, f"{HEAD}<{root}>{content}</{root}>".encode())


@pytest.fixture
def served(scripted, monkeypatch):
    monkeypatch.setenv("DEL_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("DEL_SECRET_ACCESS_KEY", "secret")
    stores = []

    def make(answer, **profile):
        server = scripted(answer)
        known = Profile(**{"versions": True, "conditional_delete": True, **profile})
        endpoint = Endpoint("s3-compatible", server.url, "r", frozenset({server.host}), known)
        stores.append(S3Store("s", endpoint=endpoint, bucket="bucket", credentials="env:DEL"))
        return stores[-1], server

    yield make
    for store in stores:
        store.close()


@pytest.mark.parametrize("bulk", [True, False])
@pytest.mark.parametrize("version", ["null", None])
def test_the_condition_goes_along_where_no_versions_were_ever_kept(served, bulk, version):
    bucket = Bucket(a="old", b="same")
    store, server = served(bucket, bulk_delete=bulk)
    outcomes = store.delete(
        [
            Ref("a", version, '"new"'),
            Ref("b", version, '"same"'),
            Ref("absent", version, '"x"'),
        ]
    )
    assert [(o.name, o.version, o.status) for o in outcomes] == [
        ("a", version, OutcomeStatus.CHANGED),
        ("b", version, OutcomeStatus.DELETED),
        ("absent", version, OutcomeStatus.ABSENT),
    ]
    assert bucket.etags == {"a": '"old"'}
    methods = [asked.method for asked in server.asked]
    assert sorted(methods) == ["DELETE", "DELETE", "DELETE", "GET", "HEAD"]
    assert not any("versionId" in asked.target for asked in server.asked)


@pytest.mark.parametrize("status", ["Suspended", "Enabled"])
def test_a_named_version_is_looked_at_before_where_versions_were_kept(served, status):
    bucket = Bucket(status, a="old", b="same")
    store, server = served(bucket)
    outcomes = store.delete(
        [Ref("a", "null", '"new"'), Ref("b", "null", '"same"'), Ref("absent", "null", '"x"')]
    )
    assert [o.status for o in outcomes] == [
        OutcomeStatus.CHANGED,
        OutcomeStatus.DELETED,
        OutcomeStatus.ABSENT,
    ]
    assert bucket.etags == {"a": '"old"'}
    (deleted,) = [asked for asked in server.asked if asked.method in ("DELETE", "POST")]
    assert b"ETag" not in deleted.body
    assert "if-match" not in deleted.headers


def test_a_412_for_what_is_not_there_is_absence(served):
    def answer(asked):
        if asked.method == "DELETE":
            return Reply(412, f"{HEAD}<Error><Code>PreconditionFailed</Code></Error>".encode())
        return Bucket()(asked)

    store, _ = served(answer)
    assert store.delete([Ref("absent", None, '"x"')])[0].status is OutcomeStatus.ABSENT


def test_where_the_state_may_not_be_read_it_is_looked_at_before(served):
    bucket = Bucket(a="old")

    def answer(asked):
        if asked.method == "GET":
            return Reply(403, f"{HEAD}<Error><Code>AccessDenied</Code></Error>".encode())
        return bucket(asked)

    store, server = served(answer)
    assert store.delete([Ref("a", "null", '"new"')])[0].status is OutcomeStatus.CHANGED
    assert [asked.method for asked in server.asked] == ["GET", "HEAD"]


def test_a_service_that_is_not_known_to_honour_it_is_not_asked(served):
    store, server = served(Bucket(a="old"), conditional_delete=False)
    assert Capability.CONDITIONAL_DELETE not in store.capabilities
    with pytest.raises(UnsupportedError, match="conditional-delete"):
        store.delete([Ref("a"), Ref("b", None, '"x"')])
    assert server.asked == []

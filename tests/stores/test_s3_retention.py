"""Locks and legal holds as the service tells them, on moto and on Ceph; and one that lies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.servers.scripted import Reply

from multistore.errors import MultistoreError, NotFoundError, UnsupportedError
from multistore.stores.base import Body, Ref
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.facets import Kept
from multistore.stores.s3.store import S3Store
from multistore.values import OutcomeStatus, PutMode

UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


@pytest.fixture(
    params=[
        pytest.param("moto_server", marks=pytest.mark.s3, id="moto"),
        pytest.param("ceph_server", marks=pytest.mark.ceph, id="ceph"),
    ]
)
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def opened(s3_credentials):
    stores = []

    def make(server, *, locks):
        name = f"locks-{datetime.now(UTC):%H%M%S%f}" if locks else server.bucket(versioned=True)
        if locks:
            located = {}
            if server.location is not None:
                located["CreateBucketConfiguration"] = {"LocationConstraint": server.location}
            server.client().create_bucket(Bucket=name, ObjectLockEnabledForBucket=True, **located)
        stores.append(
            S3Store(
                "main",
                endpoint=server.endpoint(),
                bucket=name,
                credentials=s3_credentials(server),
            )
        )
        return stores[-1]

    yield make
    for store in stores:
        store.close()


def _put(store, name):
    return Ref(name, store.put(name, Body([b"1"], 1), mode=PutMode.OVERWRITE).version)


@pytest.mark.ceph
def test_what_keeps_a_version_is_told_with_its_date(ceph_server, opened):
    """On Ceph alone: moto 5.2 does not know GetObjectRetention."""
    store = opened(ceph_server, locks=True)
    facet = store.retention
    assert facet.usable()
    free = _put(store, "free")
    assert facet.kept(free) == Kept()
    locked = _put(store, "日本語/locked")
    ceph_server.client().put_object_retention(
        Bucket=store.bucket,
        Key=locked.name,
        VersionId=locked.version,
        Retention={"Mode": "COMPLIANCE", "RetainUntilDate": UNTIL},
    )
    assert facet.kept(locked) == Kept(lock="COMPLIANCE", until=UNTIL)
    assert store.delete([locked, free])[0].status in (OutcomeStatus.RETAINED, OutcomeStatus.DENIED)


def test_a_hold_is_put_on_and_taken_off(server, opened):
    store = opened(server, locks=True)
    held = _put(store, "held")
    for _ in range(2):
        store.retention.set_hold(held, on=True)
    assert store.retention.held(held)
    assert not store.delete([held])[0].gone
    for _ in range(2):
        store.retention.set_hold(held, on=False)
    assert not store.retention.held(held)
    assert store.delete([held])[0].gone
    with pytest.raises(MultistoreError) as caught:
        store.retention.held(held)
    assert isinstance(caught.value, NotFoundError)


def test_a_bucket_without_locks_says_so_and_its_objects_stay_as_they_are(server, opened):
    store = opened(server, locks=False)
    ref = _put(store, "a")
    assert not store.retention.usable()
    for call in (
        lambda: store.retention.kept(ref),
        lambda: store.retention.set_hold(ref, on=True),
    ):
        with pytest.raises(UnsupportedError, match="no Object Lock"):
            call()
    assert store.head("a", version=ref.version).size == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<ListBucketResult><Name>b</Name></ListBucketResult>",
        b"<ObjectLockConfiguration/>",
        b"<ObjectLockConfiguration><ObjectLockEnabled>No</ObjectLockEnabled></ObjectLockConfiguration>",
    ],
)
def test_a_service_that_answers_something_else_is_sent_no_put(scripted, monkeypatch, body):
    """An unknown ``PUT key?legal-hold`` would write its XML over the object."""
    monkeypatch.setenv("RET_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("RET_SECRET_ACCESS_KEY", "secret")
    server = scripted(lambda _: Reply(200, body))
    endpoint = Endpoint(
        "s3-compatible", server.url, "r", frozenset({server.host}), Profile(object_lock=True)
    )
    store = S3Store("s", endpoint=endpoint, bucket="bucket", credentials="env:RET")
    with pytest.raises(UnsupportedError):
        store.retention.set_hold(Ref("a", "v"), on=True)
    assert {asked.method for asked in server.asked} == {"GET"}
    store.close()


def test_a_service_without_locks_has_no_such_facet(server, s3_credentials):
    store = S3Store(
        "main",
        endpoint=server.endpoint(object_lock=False, rules=False),
        bucket="none",
        credentials=s3_credentials(server),
    )
    assert (store.retention, store.rules, store.strays) == (None, None, None)
    store.close()

"""erase() on S3 services: versions, markers, uploads, and locks that refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from multistore.erasure import deleting
from multistore.erasure.fate import Fate
from multistore.stores.base import Capability, Ref
from multistore.stores.s3 import delete as s3_delete
from multistore.stores.s3 import listing as s3_listing
from tests.erasure.conftest import s3_place
from tests.erasure.estate import everything, put

SERVERS = [
    pytest.param("moto_server", marks=pytest.mark.s3, id="moto"),
    pytest.param("ceph_server", marks=pytest.mark.ceph, id="ceph"),
]


@pytest.fixture(params=SERVERS)
def place(request):
    return s3_place(request.getfixturevalue(request.param), request)


def _litter(place, name, versions=3):
    for number in range(versions):
        put(place.store, name, f"{name} {number}".encode())
    place.store.delete([Ref(name)])
    upload = place.client.create_multipart_upload(Bucket=place.bucket, Key=name)
    place.client.upload_part(
        Bucket=place.bucket, Key=name, UploadId=upload["UploadId"], PartNumber=1, Body=b"part"
    )


def test_versions_markers_and_uploads_go_and_twins_stay(eraser, place):
    for name in ("acme/video/a", "acme/video/a/b", "acme/video/ab", "acme2/video/a"):
        _litter(place, name)
    kept = [one for one in everything(place.store) if one[1] != "acme/video/a"]
    erasure = eraser("acme/video/a", {"main": place.store})
    assert everything(place.store) == kept
    assert erasure.certificate.complete
    (medium,) = erasure.certificate.payload["media"]
    before = {k: v for k, v in medium["before"].items() if k != "listing_digest"}
    assert before == {
        "objects": 3,
        "delete_markers": 1,
        "snapshots": 0,
        "soft_deleteds": 0,
        "uploads": 1,
        "bytes": 3 * len("acme/video/a 0"),
    }
    assert {v for k, v in medium["after"].items() if k != "listing_digest"} == {0}


def test_more_than_a_page_goes(eraser, place, monkeypatch, request):
    count = 1_050
    if "moto_server" in request.node.callspec.params.values():  # slow, so its pages are small
        count = 105
        for module, name in (
            (s3_listing, "PAGE"),
            (s3_delete, "BATCH"),
            (deleting, "BATCH"),
        ):
            monkeypatch.setattr(module, name, 50)
    put(place.store, "acme/video/other")
    kept = everything(place.store)
    for number in range(count):
        place.client.put_object(Bucket=place.bucket, Key=f"acme/video/x/{number:04}", Body=b"1")
    seen = []
    erasure = eraser(
        "acme/video/x/", {"main": place.store}, progress=lambda done, of: seen.append((done, of))
    )
    assert erasure.certificate.complete
    assert len(erasure.report.fates) == count
    assert seen[-1] == (count, count)
    assert everything(place.store) == kept


def test_without_versioning_the_null_version_goes(eraser, request, place):
    plain = s3_place(
        request.getfixturevalue(request.node.callspec.params["place"]), request, versioned=False
    )
    put(plain.store, "acme/video/a")
    put(plain.store, "acme/video/b")
    erasure = eraser("acme/video/a", {"main": plain.store})
    assert erasure.certificate.complete
    assert {one[1] for one in everything(plain.store)} == {"acme/video/b"}


def test_a_suspended_bucket_s_null_version_goes_too(eraser, place):
    put(place.store, "acme/video/a", b"one")
    place.client.put_bucket_versioning(
        Bucket=place.bucket, VersioningConfiguration={"Status": "Suspended"}
    )
    put(place.store, "acme/video/a", b"null")
    erasure = eraser("acme/video/a", {"main": place.store})
    assert erasure.certificate.complete
    assert everything(place.store) == []


@pytest.mark.ceph
def test_locks_are_told_and_never_called_erased(eraser, request):
    server = request.getfixturevalue("ceph_server")
    client, bucket = server.client(), "locked-" + datetime.now(UTC).strftime("%H%M%S%f")
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    from multistore.stores.s3.store import S3Store

    credentials = request.getfixturevalue("s3_credentials")(server)
    store = S3Store("main", endpoint=server.endpoint(), bucket=bucket, credentials=credentials)
    request.addfinalizer(store.close)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    client.put_object(
        Bucket=bucket,
        Key="acme/video/locked",
        Body=b"1",
        ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=until,
    )
    client.put_object(
        Bucket=bucket, Key="acme/video/held", Body=b"1", ObjectLockLegalHoldStatus="ON"
    )
    client.put_object(Bucket=bucket, Key="acme/video/free", Body=b"1")
    erasure = eraser("acme/video/", {"main": store})
    fates = {fate.item.name: fate for fate in erasure.report.fates}
    assert fates["acme/video/free"].fate is Fate.ERASED
    assert fates["acme/video/locked"].fate is Fate.RETAINED
    assert str(fates["acme/video/locked"]) == (
        f"retained until {until:%Y-%m-%dT%H:%M:%SZ} by the service's lock (COMPLIANCE)"
    )
    assert fates["acme/video/held"].fate is Fate.RETAINED
    assert str(fates["acme/video/held"]).startswith(
        "retained until its release by a legal hold of the service"
    )
    assert erasure.certificate.status == "PARTIAL"
    assert {one[1] for one in everything(store)} == {"acme/video/locked", "acme/video/held"}


@pytest.mark.ceph
def test_our_hold_binds_whoever_comes_past_us(eraser, request):
    from botocore.exceptions import ClientError

    from multistore.holding import Holds
    from multistore.hooks import Hooks
    from multistore.stores.s3.store import S3Store

    server = request.getfixturevalue("ceph_server")
    client, bucket = server.client(), "held-" + datetime.now(UTC).strftime("%H%M%S%f")
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    credentials = request.getfixturevalue("s3_credentials")(server)
    store = S3Store("main", endpoint=server.endpoint(), bucket=bucket, credentials=credentials)
    request.addfinalizer(store.close)
    put(store, "acme/video/日本語", b"old")
    put(store, "acme/video/日本語", b"new")
    put(store, "acme2/video/a")
    holds = Holds(eraser.keyring, Hooks(), lambda: {"main": store})
    holds.place("acme/", "case", reason="a court asked", placed_by="tanaka")
    versions = [(one.name, one.version) for one in store.versions.list_versions("acme/")]
    assert len(versions) == 2
    for name, version in versions:
        with pytest.raises(ClientError, match="AccessDenied"):
            client.delete_object(Bucket=bucket, Key=name, VersionId=version)
    holds.release("acme", "case", reason="over", released_by="tanaka")
    assert eraser("acme/", {"main": store}).report.remaining == ()
    assert {one[1] for one in everything(store)} == {"acme2/video/a"}


@pytest.mark.s3
@pytest.mark.parametrize("action", ["ListBucketVersions", "ListBucketMultipartUploads"])
def test_what_cannot_be_seen_is_not_gone(eraser, moto, monkeypatch, action):
    from multistore.errors import AccessDeniedError

    def denied(*_):
        raise AccessDeniedError("no", code="AccessDenied", status=403)
        yield

    if action == "ListBucketVersions":
        monkeypatch.setattr(s3_listing.Versions, "list_versions", denied)
    else:
        monkeypatch.setattr(s3_listing.Uploads, "list_uploads", denied)
    put(moto.store, "acme/video/a")
    certificate = eraser("acme/video/a", {"main": moto.store}).certificate
    assert certificate.status == "PARTIAL"
    (medium,) = certificate.payload["media"]
    assert medium["after"]["uploads" if "Uploads" in action else "objects"] is None
    assert "AccessDenied" in medium["not_looked_at"][0]["why"]


@pytest.mark.s3
def test_a_service_that_is_not_known_to_keep_versions_is_not_believed(eraser, request):
    from multistore.stores.s3.store import S3Store

    server = request.getfixturevalue("moto_server")
    credentials = request.getfixturevalue("s3_credentials")(server)
    store = S3Store(
        "main",
        endpoint=server.endpoint(versions=False),
        bucket=server.bucket(),
        credentials=credentials,
    )
    request.addfinalizer(store.close)
    put(store, "acme/video/a")
    certificate = eraser("acme/video/a", {"main": store}).certificate
    assert certificate.status == "PARTIAL"
    assert "not known to keep versions" in certificate.payload["residual"][0]["why"]


@pytest.mark.parametrize("server", SERVERS)
def test_an_object_written_anew_in_a_bucket_without_versions_stays(eraser, request, server):
    from multistore.testing.faults import Before, FaultyStore

    place = s3_place(request.getfixturevalue(server), request, versioned=False)
    for name in ("a", "b"):
        put(place.store, f"acme/video/{name}")
    faulty = FaultyStore(place.store)
    # moto deletes under a condition; before Ceph's deletion each object is looked at.
    conditional = Capability.CONDITIONAL_DELETE in place.store.capabilities
    assert conditional == (server == "moto_server")
    newer = Before(lambda: put(place.store, "acme/video/b", b"newer"))
    faulty.on("delete" if conditional else "head", newer, call=1 if conditional else 2)
    erasure = eraser("acme/", {"main": faulty})
    assert ("now", "acme/video/b", b"newer") in everything(place.store)
    assert [fate.item.name for fate in erasure.report.remaining] == ["acme/video/b"]
    assert eraser("acme/", {"main": place.store}).certificate.complete

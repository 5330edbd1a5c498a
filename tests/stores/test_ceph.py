"""What Ceph 16 really does, where it differs: each line of its profile rests on one of these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from multistore.errors import RetainedError, UnsupportedError
from multistore.stores.base import MEBIBYTE, Body, Ref
from multistore.stores.s3.canary import canary
from multistore.stores.s3.store import S3Store
from multistore.values import OutcomeStatus, PutMode

pytestmark = pytest.mark.ceph


@pytest.fixture
def client(ceph_server):
    return ceph_server.client()


@pytest.fixture
def store(ceph_server, s3_credentials):
    store = S3Store(
        "ceph",
        endpoint=ceph_server.endpoint(),
        bucket=ceph_server.bucket(versioned=True),
        credentials=s3_credentials(ceph_server),
    )
    yield store
    store.close()


def status(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]
    return 200


@pytest.mark.parametrize(("versioned", "second"), [(False, 412), (True, 200)])
def test_if_none_match_on_a_put_is_ignored_where_versions_are_kept(
    ceph_server, client, versioned, second
):
    bucket = ceph_server.bucket(versioned=versioned)
    put = {"Bucket": bucket, "Key": "a", "IfNoneMatch": "*"}
    assert status(client.put_object, Body=b"1", **put) == 200
    assert status(client.put_object, Body=b"2", **put) == second


def test_if_none_match_at_the_end_of_an_upload_is_ignored(ceph_server, client):
    at = {"Bucket": ceph_server.bucket(), "Key": "a"}
    client.put_object(Body=b"1", **at)
    upload = {"UploadId": client.create_multipart_upload(**at)["UploadId"], **at}
    etag = client.upload_part(PartNumber=1, Body=b"2", **upload)["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    done = client.complete_multipart_upload(MultipartUpload=parts, IfNoneMatch="*", **upload)
    assert done["ETag"] == ""
    assert client.get_object(**at)["Body"].read() == b"2"


def test_if_match_does_not_know_its_own_etag(ceph_server, client):
    at = {"Bucket": ceph_server.bucket(), "Key": "a"}
    etag = client.put_object(Body=b"1", **at)["ETag"]
    assert etag.startswith('"')
    assert status(client.put_object, Body=b"2", IfMatch=etag, **at) == 412


@pytest.mark.parametrize("large", [False, True])
def test_so_conditions_are_refused_and_nothing_is_sent(store, large):
    data = bytes(9 * MEBIBYTE if large else 1)
    with pytest.raises(UnsupportedError, match="conditional-create"):
        store.put("a", Body([data], len(data)), mode=PutMode.CREATE)
    assert list(store.list("")) == []
    assert list(store.uploads.list_uploads("")) == []


@pytest.fixture
def locked(ceph_server, client, s3_credentials):
    """Give a store on a bucket with object lock, and a version under a hold, then let it go."""
    bucket = ceph_server.bucket()
    client.delete_bucket(Bucket=bucket)
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    store = S3Store(
        "locked",
        endpoint=ceph_server.endpoint(),
        bucket=bucket,
        credentials=s3_credentials(ceph_server),
    )
    yield store
    store.close()


@pytest.mark.parametrize("lock", ["legal hold", "retention"])
@pytest.mark.parametrize("others", [0, 2])
def test_a_lock_is_told_apart_from_a_missing_right(locked, client, lock, others):
    """In bulk Ceph says AccessDenied for both; alone it says that it is a lock."""
    at = {"Bucket": locked.bucket, "Key": "held"}
    version = client.put_object(Body=b"1", **at)["VersionId"]
    if lock == "legal hold":
        client.put_object_legal_hold(LegalHold={"Status": "ON"}, **at)
    else:
        until = datetime.now(UTC) + timedelta(days=1)
        client.put_object_retention(
            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until}, **at
        )
    refs = [Ref("held", version)]
    for number in range(others):
        put = client.put_object(Bucket=locked.bucket, Key=f"free-{number}", Body=b"1")
        refs.append(Ref(f"free-{number}", put["VersionId"]))
    held, *free = locked.delete(refs)
    assert held.status is OutcomeStatus.RETAINED
    assert held.code == "AccessDenied"
    assert all(outcome.status is OutcomeStatus.DELETED for outcome in free)
    assert [v.name for v in locked.versions.list_versions("")] == ["held"]
    if lock == "legal hold":
        client.put_object_legal_hold(LegalHold={"Status": "OFF"}, **at)
        assert locked.delete(refs)[0].status is OutcomeStatus.DELETED
        assert list(locked.versions.list_versions("")) == []


def test_a_lock_is_an_error_of_its_own(locked, client):
    version = client.put_object(Bucket=locked.bucket, Key="a", Body=b"1")["VersionId"]
    client.put_object_legal_hold(Bucket=locked.bucket, Key="a", LegalHold={"Status": "ON"})
    with pytest.raises(RetainedError) as caught:
        locked.reach.ask("delete_object", operation="delete", name="a", VersionId=version)
    assert "hold" in caught.value.hint
    client.put_object_legal_hold(Bucket=locked.bucket, Key="a", LegalHold={"Status": "OFF"})


def test_an_unknown_subresource_is_taken_for_a_listing(store):
    seen = canary(store.reach)
    assert (seen.root, seen.status, seen.fell_through) == ("ListBucketResult", 200, True)
    assert seen.request_id


def test_its_own_word_on_its_region_says_nothing(store, ceph_server):
    told = store.placement.placement()
    assert told.call == "s3:GetBucketLocation"
    assert told.region != ceph_server.region


def test_more_versions_than_a_page_are_all_listed_and_all_deleted(store, client):
    for number in range(3):
        for key in ("a", "a/", "ab"):
            client.put_object(Bucket=store.bucket, Key=key, Body=b"%d" % number)
    for _ in range(1_010):
        client.put_object(Bucket=store.bucket, Key="many", Body=b"x")
    client.delete_object(Bucket=store.bucket, Key="many")
    found = list(store.versions.list_versions("many"))
    assert len({version.version for version in found}) == len(found) == 1_011
    assert [version.kind for version in found if version.latest] == ["delete-marker"]
    outcomes = store.delete([Ref(version.name, version.version) for version in found])
    assert len(outcomes) == 1_011
    assert all(outcome.gone for outcome in outcomes)
    left = [version.name for version in store.versions.list_versions("")]
    assert sorted(left) == sorted(["a", "a/", "ab"] * 3)

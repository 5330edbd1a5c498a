"""A lock of a real service: the certificate is pending, and issued anew when the lock is over."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from multistore.sealing.sealed import SealedStore
from multistore.stores.s3.store import S3Store
from tests.lifecycle.test_reissue import certificates, erased, ran


@pytest.mark.ceph
def test_what_a_lock_keeps_is_erased_after_it(house, clock, ceph_server, s3_credentials):
    client, bucket = ceph_server.client(), f"locked-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    store = S3Store(
        "main",
        endpoint=ceph_server.endpoint(),
        bucket=bucket,
        credentials=s3_credentials(ceph_server),
    )
    house.stores["main"].close()
    house.stores["main"] = SealedStore(store, house.keyring)
    house.put("acme/video/a", b"one")
    house.put("acme2/video/a", b"other")
    (version,) = (one.version for one in store.versions.list_versions("acme/video/"))

    def locked(until, **more):
        retention = {"Mode": "GOVERNANCE", "RetainUntilDate": until}
        client.put_object_retention(
            Bucket=bucket, Key="acme/video/a", VersionId=version, Retention=retention, **more
        )

    clock.now = datetime.now(UTC)
    until = (clock.now + timedelta(days=2)).replace(microsecond=0)
    locked(until)
    first = erased(house)
    assert (first.status, first.payload["reissue_at"]) == (
        "PENDING",
        until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    assert ran(house) == []
    # Here the date has come, and not yet where the service is: it refuses, and that is told.
    clock.now = until + timedelta(hours=1)
    assert [line[:2] for line in ran(house)] == [("reissue", "waits")]
    over = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    locked(over, BypassGovernanceRetention=True)
    while datetime.now(UTC) <= over:
        time.sleep(0.1)  # the service's clock is not ours to turn
    clock.forward(days=1)
    assert [line[:2] for line in ran(house)] == [("reissue", "done")]
    assert list(store.versions.list_versions("acme/")) == []
    assert certificates(house)[-1].status == "LOGICAL_DELETE"
    assert house.read("acme2/video/a") == b"other"

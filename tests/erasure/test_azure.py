"""erase() on Azure: snapshots and uncommitted blocks on Azurite, soft deletion as Azure tells it.

Azurite keeps neither versions nor soft-deleted blobs; what Azure says of those is played by a
listing with Azure's own fields (learn.microsoft.com/azure/storage/blobs/soft-delete-blob-overview).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from multistore.stores.azure import versions as azure_versions
from multistore.stores.base import Version
from multistore.stores.memory import MemoryStore
from multistore.testing.faults import FaultyStore
from multistore.values import Outcome, OutcomeStatus
from tests.erasure.estate import put
from tests.stores.azure_case import on_azurite  # noqa: F401 - a fixture


@pytest.mark.azure
def test_snapshots_and_uncommitted_blocks_go_and_twins_stay(
    eraser,
    on_azurite,  # noqa: F811
    azurite_server,
    container,
):
    store = on_azurite(versions=True)
    client = azurite_server.client().get_container_client(container)
    for name in ("acme/video/a", "acme/video/ab", "acme2/video/a"):
        put(store, name)
        client.get_blob_client(name).create_snapshot()
        client.get_blob_client(name).create_snapshot()
    for name in ("acme/video/blocks", "acme2/video/blocks"):
        client.get_blob_client(name).stage_block("MDAwMDAx", b"a part that was never committed")
    erasure = eraser("acme/video/a", {"main": store})
    assert erasure.certificate.complete
    assert erasure.certificate.payload["media"][0]["before"]["snapshots"] == 2
    assert erasure.report.remaining == ()
    left = sorted((one.name, one.kind) for one in store.versions.list_versions(""))
    twins = [
        (name, kind)
        for name in ("acme/video/ab", "acme2/video/a")
        for kind in ("object", "snapshot", "snapshot")
    ]
    assert left == sorted(twins)
    whole = eraser("acme/", {"main": store})
    assert whole.certificate.payload["media"][0]["before"]["uploads"] == 1
    assert whole.report.remaining == ()
    assert [one.name for one in store.uploads.list_uploads("")] == ["acme2/video/blocks"]
    assert {one.name for one in store.versions.list_versions("")} == {"acme2/video/a"}


class SoftDeleting(FaultyStore):
    """A store that keeps what is deleted for a week, as an account with soft delete does."""

    def __init__(self, inner, until):
        super().__init__(inner)
        self.until = until
        self.kept = {}

    @property
    def versions(self):
        return self

    def list_versions(self, prefix):
        yield from self.inner.versions.list_versions(prefix)
        yield from [one for one in self.kept.values() if one.name.startswith(prefix)]

    def delete(self, refs):
        outcomes = []
        for ref in refs:
            if ref.version in self.kept:
                outcomes.append(
                    Outcome(ref.name, ref.version, OutcomeStatus.RETAINED, code="SoftDeleted")
                )
                continue
            (old,) = [
                one
                for one in self.inner.versions.list_versions(ref.name)
                if one.version == ref.version
            ]
            outcomes += self.inner.delete([ref])
            self.kept[ref.version] = Version(
                old.name,
                old.version,
                old.size,
                old.modified,
                latest=False,
                kind="soft-deleted",
                until=self.until,
            )
        return outcomes


def test_soft_deleted_until_and_checked_again_afterwards(eraser):
    until = datetime(2026, 12, 1, 12, tzinfo=UTC)
    store = SoftDeleting(MemoryStore("blobs", versioned=True), until)
    put(store.inner, "acme/video/a", b"one")
    put(store.inner, "acme/video/a", b"two")
    first = eraser("acme/video/a", {"main": store})
    assert {str(fate) for fate in first.report.fates} == {"soft-deleted until 2026-12-01T12:00:00Z"}
    assert len(first.report.fates) == 2
    assert (first.certificate.status, first.certificate.payload["reissue_at"]) == (
        "PENDING",
        "2026-12-01T12:00:00Z",
    )
    early = eraser("acme/video/a", {"main": store})
    assert early.certificate.status == "PENDING"
    assert early.certificate.payload["media"][0]["before"]["soft_deleteds"] == 2
    store.kept.clear()  # the week has passed
    last = eraser("acme/video/a", {"main": store}).certificate
    assert last.complete
    assert last.payload["previous"] == [first.certificate.id, early.certificate.id]


def test_azure_s_days_become_a_date_that_is_never_too_early():
    class Entry:
        name, size, snapshot, version_id, is_current_version = "a", 3, None, None, None
        deleted, remaining_retention_days = True, 6
        deleted_time = last_modified = datetime(2026, 11, 24, 9, tzinfo=UTC)

    before = datetime.now(UTC)
    version = azure_versions._version(Entry)
    assert version.kind == "soft-deleted"
    assert before + timedelta(days=7) <= version.until <= datetime.now(UTC) + timedelta(days=7)

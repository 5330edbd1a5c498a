"""What a plain listing hides: versions, snapshots, soft-deleted blobs, uncommitted blocks."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from multistore.errors import AlreadyExistsError, NotFoundError, PreconditionFailedError
from multistore.stores.azure.delete import delete
from multistore.stores.azure.listing import entries, etag_of
from multistore.stores.azure.version_ids import CURRENT, DELETED, SNAPSHOT
from multistore.stores.base import Ref, Upload, Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.storage.blob import BlobClient, BlobProperties

    from multistore.stores.azure.container import Container

UNCOMMITTED = "uncommitted"
_EVERYTHING = ["versions", "snapshots", "deleted"]


class Versions:
    """Every version, snapshot and soft-deleted blob of a container."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def list_versions(self, prefix: str) -> Iterator[Version]:
        """List them below a prefix, in the service's order; one request per 1,000."""
        for entry in entries(self._container, prefix, include=_EVERYTHING):
            yield _version(entry)


def _version(entry: BlobProperties) -> Version:
    given: Any = entry
    if given.snapshot:
        version = f"{SNAPSHOT}{given.snapshot}"
    elif given.version_id:
        version = given.version_id
    elif given.deleted:
        version = f"{DELETED}{given.deleted_time.astimezone(UTC).isoformat()}"
    else:
        version = CURRENT
    kind = "soft-deleted" if given.deleted else "snapshot" if given.snapshot else "object"
    return Version(
        name=given.name,
        version=version,
        size=given.size,
        modified=given.last_modified.astimezone(UTC),
        latest=bool(given.is_current_version) or version == CURRENT,
        kind=kind,
        until=_gone_by(given.remaining_retention_days) if given.deleted else None,
        etag=etag_of(entry) if version == CURRENT else "",
    )


def _gone_by(days: int | None) -> datetime | None:
    """Turn whole days that remain into a moment that is never too early."""
    return None if days is None else datetime.now(UTC) + timedelta(days=days + 1)


class Uploads:
    """Blocks that were never committed, under names that have no object.

    Blocks staged over an object that is there are not listed by Azure. They go with its next
    write or deletion, or after a week.
    """

    def __init__(self, container: Container) -> None:
        self._container = container

    def list_uploads(self, prefix: str) -> Iterator[Upload]:
        """List them below a prefix. Cost: one request per 1,000 names, one per empty object."""
        for entry in entries(self._container, prefix, include=["uncommittedblobs"]):
            if entry.size == 0 and not self._is_committed(entry.name):
                started = entry.last_modified
                yield Upload(
                    name=entry.name,
                    upload_id=UNCOMMITTED,
                    started=started.astimezone(UTC) if started else None,
                )

    def abort(self, upload: Upload) -> None:
        """Drop the blocks under a name; absent already, or committed meanwhile, is success.

        Azure drops blocks only when something else is committed: an empty object is made, only
        where there is none, and deleted, only while it is that one. It can be seen for as long as
        one request takes, and an upload to this name that is under way must begin again. Where the
        account keeps versions, the empty object's one goes as well, for good where that is allowed.
        Cost: three requests; five or six with versions.
        """
        from azure.core import MatchConditions  # noqa: PLC0415

        def blocks_left(blob: BlobClient) -> bool:
            return bool(blob.get_block_list("uncommitted")[1])

        def make(blob: BlobClient) -> dict[str, Any]:
            return blob.commit_block_list([], match_condition=MatchConditions.IfMissing)

        try:
            if not self._ask(upload, blocks_left):
                return
            made = self._ask(upload, make)
        except (NotFoundError, AlreadyExistsError, PreconditionFailedError) as error:
            if error.code == "ContainerNotFound":
                raise
            return

        def remove(blob: BlobClient) -> None:
            blob.delete_blob(etag=str(made["etag"]), match_condition=MatchConditions.IfNotModified)

        # Where somebody has written or deleted the object meanwhile, it is theirs.
        with suppress(NotFoundError, PreconditionFailedError):
            self._ask(upload, remove)
        if made.get("version_id"):
            self._forget(Ref(upload.name, str(made["version_id"])))

    def _forget(self, version: Ref) -> None:
        """Delete a former version, and what soft delete keeps of it."""
        for _ in range(2):
            delete(self._container, [version], workers=1)

    def _ask(self, upload: Upload, work: Any) -> Any:
        return self._container.ask_blob(work, operation="abort", name=upload.name)

    def _is_committed(self, name: str) -> bool:
        try:
            self._container.ask_blob(
                lambda blob: blob.get_blob_properties().etag, operation="list", name=name
            )
        except NotFoundError:
            return False
        return True

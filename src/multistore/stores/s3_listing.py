"""What a bucket holds: objects, versions and markers, unfinished uploads; all page by page.

boto3 lists, not obstore: obstore's prefix ends at a slash, its delimiter is always one, and its
names pass through a path that some names do not survive.
"""

from __future__ import annotations

from datetime import UTC
from heapq import merge
from typing import TYPE_CHECKING, Any

from multistore.errors import UnsupportedError
from multistore.stores.base import StoredObject, Upload, Version
from multistore.values import CommonPrefix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.stores.s3_bucket import Bucket

PAGE = 1000


def objects(
    bucket: Bucket, prefix: str, *, delimiter: str | None, start_after: str | None
) -> Iterator[StoredObject | CommonPrefix]:
    """List; see Store.list."""
    names = bucket.names
    asked: dict[str, Any] = {"Prefix": names.prefix(prefix), "MaxKeys": PAGE}
    if delimiter is not None:
        asked["Delimiter"] = names.prefix(delimiter)
    if start_after is not None:
        asked["StartAfter"] = names.prefix(start_after)
    last = names.prefix(start_after) if start_after is not None else ""
    while True:
        page = bucket.ask("list_objects_v2", operation="list", **asked)
        files = (("", entry) for entry in page.get("Contents", ()))
        groups = ((entry["Prefix"], entry) for entry in page.get("CommonPrefixes", ()))
        for group, entry in merge(files, groups, key=_sort_key):
            text = group or entry["Key"]
            # A server may give the group of start_after itself, and one group on two pages.
            if group and text <= last:
                continue
            if text <= last:
                raise bucket.located(_unordered(text, last))
            last = text
            yield CommonPrefix(names.read(group)) if group else stored(bucket, entry)
        token = page.get("NextContinuationToken")
        if not page.get("IsTruncated") or not token:
            return
        asked["ContinuationToken"] = token


def stored(bucket: Bucket, entry: Mapping[str, Any]) -> StoredObject:
    """Return one entry of a listing."""
    return StoredObject(
        name=bucket.names.read(entry["Key"]),
        size=entry["Size"],
        modified=entry["LastModified"].astimezone(UTC),
        etag=entry.get("ETag", ""),
    )


class Versions:
    """Every version and delete marker of a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def list_versions(self, prefix: str) -> Iterator[Version]:
        """List them below a prefix, newest first within a name; one request per 1,000."""
        asked: dict[str, Any] = {"Prefix": self._bucket.names.prefix(prefix), "MaxKeys": PAGE}
        while True:
            page = self._bucket.ask("list_object_versions", operation="list", **asked)
            for entry in page.get("Versions", ()):
                yield self._version(entry, "object", entry["Size"])
            for entry in page.get("DeleteMarkers", ()):
                yield self._version(entry, "delete-marker", 0)
            if not page.get("IsTruncated") or not page.get("NextKeyMarker"):
                return
            asked["KeyMarker"] = page["NextKeyMarker"]
            asked.pop("VersionIdMarker", None)
            if page.get("NextVersionIdMarker"):
                asked["VersionIdMarker"] = page["NextVersionIdMarker"]

    def _version(self, entry: Mapping[str, Any], kind: str, size: int) -> Version:
        version = entry.get("VersionId") or "null"
        return Version(
            name=self._bucket.names.read(entry["Key"]),
            version=version,
            size=size,
            modified=entry["LastModified"].astimezone(UTC),
            latest=bool(entry.get("IsLatest")),
            kind=kind,
            # The one id that is not unique: a bucket without versions writes it over and over.
            etag=entry.get("ETag", "") if version == "null" else "",
        )


class Uploads:
    """Unfinished multipart uploads of a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def list_uploads(self, prefix: str) -> Iterator[Upload]:
        """List them below a prefix; one request per 1,000."""
        asked: dict[str, Any] = {"Prefix": self._bucket.names.prefix(prefix), "MaxUploads": PAGE}
        while True:
            page = self._bucket.ask("list_multipart_uploads", operation="list", **asked)
            for entry in page.get("Uploads", ()):
                started = entry.get("Initiated")
                yield Upload(
                    name=self._bucket.names.read(entry["Key"]),
                    upload_id=entry["UploadId"],
                    started=started.astimezone(UTC) if started else None,
                )
            if not page.get("IsTruncated") or not page.get("NextKeyMarker"):
                return
            asked["KeyMarker"] = page["NextKeyMarker"]
            asked["UploadIdMarker"] = page.get("NextUploadIdMarker", "")

    def abort(self, upload: Upload) -> None:
        """Abort one with all its parts; two requests or more."""
        from multistore.stores.s3_upload import abort  # noqa: PLC0415 - only a sweep needs it

        abort(self._bucket, upload.name, upload.upload_id)


def _sort_key(item: tuple[str, Mapping[str, Any]]) -> str:
    # The order of code points is the order of UTF-8 bytes.
    group, entry = item
    return group or entry["Key"]


def _unordered(text: str, last: str) -> UnsupportedError:
    return UnsupportedError(
        f"the service lists {text[:80]!r} after {last[:80]!r}, which is not the order of bytes",
        operation="list",
        code="UnorderedListing",
        hint="Such a listing cannot be paged safely; multistore probe shows what else differs.",
    )

"""What a bucket holds: objects, versions and markers, unfinished uploads; all page by page.

boto3 lists, not obstore: obstore's prefix ends at a slash, its delimiter is always one, and its
names pass through a path that some names do not survive.

An answer that is not the listing that was asked for is no empty listing, and one that is cut short
without saying where it goes on is not the end of one: both are errors. *Measured*: Ceph 16, rclone
and moto answer a subresource that they do not know with a plain listing, and boto3 reads that, and
a proxy's page, and nothing at all, as "there is none".
"""

from __future__ import annotations

from datetime import UTC
from heapq import merge
from typing import TYPE_CHECKING, Any

from multistore.errors import UnavailableError, UnsupportedError
from multistore.stores.base import StoredObject, Upload, Version
from multistore.values import CommonPrefix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.stores.s3.bucket import Bucket

PAGE = 1000

# What the answers are called (Amazon S3 API reference; *measured* the same with Ceph 16 and moto).
OBJECTS = "ListBucketResult"
VERSIONS = "ListVersionsResult"
UPLOADS = "ListMultipartUploadsResult"


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
        page = _asked(bucket, "list_objects_v2", OBJECTS, asked)
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
        if not _goes_on(bucket, page, "NextContinuationToken"):
            return
        asked["ContinuationToken"] = page["NextContinuationToken"]


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
            page = _asked(self._bucket, "list_object_versions", VERSIONS, asked)
            for entry in page.get("Versions", ()):
                yield self._version(entry, "object", entry["Size"])
            for entry in page.get("DeleteMarkers", ()):
                yield self._version(entry, "delete-marker", 0)
            if not _goes_on(self._bucket, page, "NextKeyMarker"):
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
            page = _asked(self._bucket, "list_multipart_uploads", UPLOADS, asked)
            for entry in page.get("Uploads", ()):
                started = entry.get("Initiated")
                yield Upload(
                    name=self._bucket.names.read(entry["Key"]),
                    upload_id=entry["UploadId"],
                    started=started.astimezone(UTC) if started else None,
                )
            if not _goes_on(self._bucket, page, "NextKeyMarker"):
                return
            asked["KeyMarker"] = page["NextKeyMarker"]
            asked["UploadIdMarker"] = page.get("NextUploadIdMarker", "")

    def abort(self, upload: Upload) -> None:
        """Abort one with all its parts; two requests or more."""
        from multistore.stores.s3.upload import abort  # noqa: PLC0415 - only a sweep needs it

        abort(self._bucket, upload.name, upload.upload_id)


def _sort_key(item: tuple[str, Mapping[str, Any]]) -> str:
    # The order of code points is the order of UTF-8 bytes.
    group, entry = item
    return group or entry["Key"]


def _asked(bucket: Bucket, call: str, root: str, parameters: Mapping[str, Any]) -> Any:
    """Ask for a page, and refuse an answer that is another document than that."""
    page = bucket.ask(call, operation="list", **parameters)
    told = page.get("Root")
    if told != root:
        raise bucket.located(_another(told, root))
    return page


def _goes_on(bucket: Bucket, page: Mapping[str, Any], marker: str) -> bool:
    """Whether another page follows; an error where the service does not make that clear."""
    word = page["Truncated"]
    if word == "false":
        return False
    if word != "true":
        said = "nothing" if word is None else repr(word[:20])
        raise bucket.located(
            _unpageable(f"the service says {said}, and not true or false, of whether more follows")
        )
    if not page.get(marker):
        raise bucket.located(
            _unpageable(f"the service cuts its listing short without a {marker} to go on from")
        )
    return True


def _another(told: str | None, root: str) -> UnavailableError | UnsupportedError:
    if told == OBJECTS:
        return UnsupportedError(
            f"the service answered with a plain listing of the bucket, and not with a {root}: "
            "it does not know the call",
            operation="list",
            code="UnreadableAnswer",
            hint="multistore probe finds out what this service does.",
        )
    what = "nothing" if told is None else f"a document {told[:40]!r}"
    return UnavailableError(
        f"the service answered 200 with {what}, and not with a {root}",
        operation="list",
        code="UnreadableAnswer",
        hint="Is this the address of an S3 service, and does no proxy answer in its place?",
    )


def _unpageable(said: str) -> UnsupportedError:
    return UnsupportedError(
        said,
        operation="list",
        code="UnreadableAnswer",
        hint="Such a listing cannot be paged safely; multistore probe shows what else differs.",
    )


def _unordered(text: str, last: str) -> UnsupportedError:
    return UnsupportedError(
        f"the service lists {text[:80]!r} after {last[:80]!r}, which is not the order of bytes",
        operation="list",
        code="UnorderedListing",
        hint="Such a listing cannot be paged safely; multistore probe shows what else differs.",
    )

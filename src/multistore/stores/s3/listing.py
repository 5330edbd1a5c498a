"""What a bucket holds: objects, versions and markers, unfinished uploads; all page by page.

boto3 lists, not obstore: obstore's prefix ends at a slash, its delimiter is always one, and its
names pass through a path that some names do not survive.

An answer that is not the listing that was asked for is no empty listing, and one that is cut short
without saying where it goes on is not the end of one: both are errors. *Measured*: Ceph 16, rclone
and moto answer a subresource that they do not know with a plain listing, and boto3 reads that, and
a proxy's page, and nothing at all, as "there is none".
"""

from __future__ import annotations

from functools import partial
from heapq import merge
from typing import TYPE_CHECKING, Any, TypeVar

from multistore.errors import UnavailableError, UnsupportedError
from multistore.stores.base import StoredObject, Upload, Version
from multistore.stores.s3.exchange import fetch
from multistore.stores.s3.pages import unquoted, utc
from multistore.values import CommonPrefix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from multistore.stores.s3.bucket import Bucket
    from multistore.stores.s3.pages import Fields, Page

    Read = Callable[[str], str]
    Entries = Iterator[StoredObject | CommonPrefix]
    Place = tuple[str, ...]

T = TypeVar("T")

PAGE = 1000

# What the answers are called (Amazon S3 API reference; *measured* the same with Ceph 16 and moto).
OBJECTS = "ListBucketResult"
VERSIONS = "ListVersionsResult"
UPLOADS = "ListMultipartUploadsResult"


def objects(
    bucket: Bucket, prefix: str, *, delimiter: str | None, start_after: str | None
) -> Entries:
    """List; see Store.list."""
    names = bucket.names
    asked: dict[str, Any] = {"Prefix": names.prefix(prefix), "MaxKeys": PAGE}
    if delimiter is not None:
        asked["Delimiter"] = names.prefix(delimiter)
    if start_after is not None:
        asked["StartAfter"] = names.prefix(start_after)
    last = start_after or ""
    place: Place = ()
    while True:
        page = _asked(bucket, "list_objects_v2", OBJECTS, asked)
        read = _reader(bucket, page, prefix)
        files: Entries = _each(bucket, page, "Contents", partial(_stored, read))
        groups: Entries = _each(bucket, page, "CommonPrefixes", partial(_group, read))
        # Merging costs as much as reading, and few listings have groups.
        both = merge(files, groups, key=_name) if page.of("CommonPrefixes") else files
        for entry in both:
            name = _name(entry)
            if name > last:
                last = name
                yield entry
            elif isinstance(entry, StoredObject):
                raise bucket.located(_unordered(name, last))
            # else: a server may give the group of start_after itself, and one group on two pages.
        place = _next(bucket, page, place, "NextContinuationToken")
        if not place:
            return
        (asked["ContinuationToken"],) = place


def _stored(read: Read, fields: Fields) -> StoredObject:
    return StoredObject(
        read(fields["Key"]),
        int(fields["Size"]),
        utc(fields["LastModified"]),
        fields.get("ETag", ""),
    )


def _group(read: Read, fields: Fields) -> CommonPrefix:
    return CommonPrefix(read(fields["Prefix"]))


def _name(entry: StoredObject | CommonPrefix) -> str:
    # The order of code points is the order of UTF-8 bytes, and of names as they are spelt.
    return entry.name if isinstance(entry, StoredObject) else entry.prefix


class Versions:
    """Every version and delete marker of a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def list_versions(self, prefix: str) -> Iterator[Version]:
        """List them below a prefix, newest first within a name; one request per 1,000."""
        asked: dict[str, Any] = {"Prefix": self._bucket.names.prefix(prefix), "MaxKeys": PAGE}
        place: Place = ()
        while True:
            page = _asked(self._bucket, "list_object_versions", VERSIONS, asked)
            read = _reader(self._bucket, page, prefix)
            yield from _each(self._bucket, page, "Version", partial(_version, read, "object"))
            yield from _each(
                self._bucket, page, "DeleteMarker", partial(_version, read, "delete-marker")
            )
            place = _next(self._bucket, page, place, "NextKeyMarker", "NextVersionIdMarker")
            if not place:
                return
            marker, version = place
            asked["KeyMarker"] = unquoted(marker) if page.spelt_as_in_urls else marker
            asked.pop("VersionIdMarker", None)
            if version:
                asked["VersionIdMarker"] = version


def _version(read: Read, kind: str, fields: Fields) -> Version:
    version = fields.get("VersionId") or "null"
    return Version(
        name=read(fields["Key"]),
        version=version,
        size=int(fields["Size"]) if kind == "object" else 0,
        modified=utc(fields["LastModified"]),
        latest=fields.get("IsLatest") == "true",
        kind=kind,
        # The one id that is not unique: a bucket without versions writes it over and over.
        etag=fields.get("ETag", "") if version == "null" else "",
    )


class Uploads:
    """Unfinished multipart uploads of a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def list_uploads(self, prefix: str) -> Iterator[Upload]:
        """List them below a prefix; one request per 1,000."""
        asked: dict[str, Any] = {"Prefix": self._bucket.names.prefix(prefix), "MaxUploads": PAGE}
        place: Place = ()
        while True:
            page = _asked(self._bucket, "list_multipart_uploads", UPLOADS, asked)
            read = _reader(self._bucket, page, prefix)
            yield from _each(self._bucket, page, "Upload", partial(_upload, read))
            place = _next(self._bucket, page, place, "NextKeyMarker", "NextUploadIdMarker")
            if not place:
                return
            marker, asked["UploadIdMarker"] = place
            asked["KeyMarker"] = unquoted(marker) if page.spelt_as_in_urls else marker

    def abort(self, upload: Upload) -> None:
        """Abort one with all its parts; two requests or more."""
        from multistore.stores.s3.upload import abort  # noqa: PLC0415 - only a sweep needs it

        abort(self._bucket, upload.name, upload.upload_id)


def _upload(read: Read, fields: Fields) -> Upload:
    started = fields.get("Initiated")
    return Upload(read(fields["Key"]), fields["UploadId"], utc(started) if started else None)


def _asked(bucket: Bucket, call: str, root: str, parameters: Mapping[str, Any]) -> Page:
    """Ask for a page, and refuse an answer that is another document than that."""
    page, _ = fetch(bucket, call, operation="list", **parameters)
    if page is None or page.root != root:
        raise bucket.located(_another(None if page is None else page.root, root))
    return page


def _reader(bucket: Bucket, page: Page, prefix: str) -> Read:
    """Give what makes a name out of how a page spells it, and takes none but those asked for.

    A gateway that loses the prefix answers with all that is in the bucket: what is listed here is
    deleted elsewhere, for one tenant and no other.
    """
    spelt: Read = bucket.names.read if bucket.names.ascii_only else str
    written: Read = unquoted if page.spelt_as_in_urls else str

    def read(text: str) -> str:
        name = spelt(written(text))
        if not name.startswith(prefix):
            raise bucket.located(_elsewhere(name, prefix))
        return name

    return read


def _each(bucket: Bucket, page: Page, kind: str, made: Callable[[Fields], T]) -> Iterator[T]:
    """Give each entry of a kind; one that lacks what every such entry has is not passed over."""
    for fields in page.of(kind):
        try:
            entry = made(fields)
        except (KeyError, ValueError) as error:
            raise bucket.located(_incomplete(kind, error)) from None
        yield entry


def _next(bucket: Bucket, page: Page, last: Place, *markers: str) -> Place:
    """Give where the next page begins; an error where the service does not make that clear.

    Empty where none follows. A page that leads to where it began would be asked for for ever.
    """
    word = page.told.get("IsTruncated")
    if word == "false":
        return ()
    if word != "true":
        said = repr(word[:20]) if word else "nothing"
        raise bucket.located(
            _unpageable(f"the service says {said}, and not true or false, of whether more follows")
        )
    place = tuple(page.told.get(marker, "") for marker in markers)
    if not place[0]:
        raise bucket.located(
            _unpageable(f"the service cuts its listing short without a {markers[0]} to go on from")
        )
    if place == last:
        raise bucket.located(
            _unpageable(f"the service gives the same {markers[0]} again: its listing has no end")
        )
    return place


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


def _incomplete(kind: str, error: KeyError | ValueError) -> UnavailableError:
    said = f"without a {error}" if isinstance(error, KeyError) else f"that cannot be read: {error}"
    return UnavailableError(
        f"the service lists a {kind} {said[:120]}",
        operation="list",
        code="UnreadableAnswer",
        hint="Is this the address of an S3 service, and does no proxy answer in its place?",
    )


def _elsewhere(name: str, prefix: str) -> UnsupportedError:
    return UnsupportedError(
        f"the service lists {name[:80]!r}, which does not begin with {prefix[:80]!r} as was asked",
        operation="list",
        code="UnreadableAnswer",
        hint="Does a gateway before it drop the prefix? Nothing that it lists can be relied on.",
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

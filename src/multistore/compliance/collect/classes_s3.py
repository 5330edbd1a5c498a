"""The classes of data in a bucket: a few listings by prefix, tags and metadata of a few objects."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import entries, section, text
from multistore.compliance.belonging import classes
from multistore.compliance.collect import Collector
from multistore.compliance.collect.asking import ODD
from multistore.compliance.collect.classes import CALL, PAGE, Level, sample
from multistore.compliance.collect.s3_bucket import KINDS, head_bucket
from multistore.compliance.collect.s3_forms import as_documented
from multistore.errors import FormatError
from multistore.stores.s3.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource

_NAME_BYTES = 1024
# A service that answers so has no tags on objects, and none of its objects can have one.
_NO_TAGS = frozenset({405, 501})


class _UnreadError(Exception):
    """A question of the sample had no answer: then the sample is none."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.why)
        self.answer = answer


class _Bucket:
    """The shelves of one bucket; remembers what it was answered."""

    def __init__(self, resource: Resource, reader: Reader) -> None:
        self._resource, self._reader = resource, reader
        region = head_bucket(resource, reader).value.get("BucketRegion")
        aws = resource.kind == "s3-bucket"
        self._client = reader.s3(resource, region=region if aws else None)
        ascii_only = reader.endpoint_of(resource).profile.ascii_names
        self._names = Names(ascii_only=ascii_only, limit=_NAME_BYTES)
        self._digest = hashlib.sha256()
        self.last: Answer | None = None

    def level(self, prefix: str) -> Level:
        """List versions, so that what was deleted and is still there counts as well."""
        answer = self._asked(
            "ListObjectVersions", Prefix=self._names.prefix(prefix), Delimiter="/", MaxKeys=PAGE
        )
        below = [text(entry, "Prefix") for entry in entries(answer.value, "CommonPrefixes")]
        keys = [text(entry, "Key") for entry in entries(answer.value, "Versions")]
        return Level(
            [self._read(name) for name in (*below, *dict.fromkeys(keys))],
            bool(answer.value.get("IsTruncated")),
        )

    def words(self, prefix: str) -> Mapping[str, str] | None:
        """Ask for the tags and the metadata of the first version below a prefix."""
        answer = self._asked("ListObjectVersions", Prefix=self._names.prefix(prefix), MaxKeys=1)
        versions = entries(answer.value, "Versions")
        if not versions:
            return None
        name = {"Key": text(versions[0], "Key")}
        if versions[0].get("IsLatest") is not True:
            name["VersionId"] = text(versions[0], "VersionId")
        head = self._asked("HeadObject", **name)
        tags = self._asked("GetObjectTagging", **name)
        metadata = {str(k): str(v) for k, v in section(head.value, "Metadata").items()}
        return metadata | {text(t, "Key"): text(t, "Value") for t in entries(tags.value, "TagSet")}

    def told(self, value: dict[str, Any]) -> Answer:
        """Return the record of the whole sample."""
        assert self.last is not None  # noqa: S101 - the root was listed
        return replace(self.last, call=CALL, value=value, sha256=self._digest.hexdigest())

    def _read(self, name: str) -> str:
        try:
            return self._names.read(name)
        except FormatError:
            return name  # which no store of ours wrote, and is of no tenant

    def _asked(self, call: str, **parameters: Any) -> Answer:
        reader, resource = self._reader, self._resource
        answer = reader.ask(self._client, call, resource, Bucket=resource.name, **parameters)
        if call == "ListObjectVersions":
            answer = as_documented(answer, reader.body(self._client), resource.kind)
        if call == "GetObjectTagging":
            answer = _tags(answer)
        if answer.status == "unreadable":
            raise _UnreadError(answer)
        self._digest.update((answer.sha256 or "").encode())
        if answer.status == "read":
            self.last = answer
        return answer


def _tags(answer: Answer) -> Answer:
    """Take a service without tags at its word; an answer without a set of them is none."""
    if answer.http_status in _NO_TAGS:
        return replace(answer, status="absent")
    if answer.status == "read" and "TagSet" not in answer.value:
        return replace(answer, status="unreadable", value={}, why=ODD)
    return answer


def bucket_classes(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Sample a store's bucket. Cost: at most 18 requests; a bucket of no store takes none."""
    if resource.role != "store":
        return
    shelves = _Bucket(resource, reader)
    try:
        yield shelves.told(sample(shelves, classes(reader.settings)))
    except _UnreadError as error:
        yield replace(error.answer, call=CALL, value={})


COLLECTORS = (Collector(KINDS, bucket_classes),)

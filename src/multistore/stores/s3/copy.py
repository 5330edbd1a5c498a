"""Copies on the server whose beginning is another: a sealed object under a new header.

The first part is sent, every other one is copied inside the service (UploadPartCopy, under the
source's etag), so that a large object never passes through this process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multistore.errors import InvalidArgumentError, PreconditionFailedError, UnavailableError
from multistore.stores.base import MEBIBYTE, Body, Capability
from multistore.stores.parallel import in_parallel
from multistore.stores.s3.upload import completed, refuse_early, sent, unfinished
from multistore.stores.s3.write import write
from multistore.stores.streaming import part_size_for
from multistore.values import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.stores.base import Buffer, Fetched, Limits
    from multistore.stores.s3.bucket import Bucket
    from multistore.stores.s3.upload import Target
    from multistore.stores.transfer import DataPlane, Written

COPIED_PART = 256 * MEBIBYTE
"""Bytes of a part that is copied, where parts may differ in size; S3 allows 5 GiB."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy that is to be made; see Store.copy."""

    source: str
    target: Target
    head: bytes
    if_match: str


def copy(
    bucket: Bucket,
    data: DataPlane,
    what: Copy,
    limits: Limits,
    capabilities: frozenset[Capability],
) -> tuple[int, Written]:
    """Copy, and say how long the object is; see Store.copy and S3Store.copy."""
    bucket.names.spelt(what.target.name)
    first = _first(bucket, data, what, limits.part_size)
    size = first.info.size or 0
    if size <= len(first.data) or Capability.SERVER_COPY not in capabilities:
        return write(bucket, data, what.target, _body(bucket, data, what, first, limits), limits)
    unequal = Capability.UNEQUAL_PARTS in capabilities
    needed = part_size_for(size, limits)
    if needed > len(first.data) and not unequal:
        first = _first(bucket, data, what, needed)
    return size, _on_server(bucket, what, first, limits, unequal=unequal)


def _first(bucket: Bucket, data: DataPlane, what: Copy, part_size: int) -> Fetched:
    source = bucket.names.spelt(what.source)
    first = data.get(source, Span(0, part_size), if_match=what.if_match)
    if len(what.head) > len(first.data):
        raise InvalidArgumentError(
            f"a head of {len(what.head)} bytes does not fit over the first "
            f"{len(first.data)} bytes of the source"
        )
    return first


def _body(bucket: Bucket, data: DataPlane, what: Copy, first: Fetched, limits: Limits) -> Body:
    """Return the copy as a body whose bytes pass through this process, one part at a time."""
    size = first.info.size or 0
    source = bucket.names.spelt(what.source)

    def parts() -> Iterator[Buffer]:
        yield what.head + bytes(first.data[len(what.head) :])
        for start in range(len(first.data), size, limits.part_size):
            span = Span(start, min(start + limits.part_size, size))
            yield data.get(source, span, if_match=what.if_match).data

    return Body(parts(), size)


def _on_server(
    bucket: Bucket, what: Copy, first: Fetched, limits: Limits, *, unequal: bool
) -> Written:
    """Copy an object of more than one part on the server.

    Cost: one request per part and four more; parts are 256 MiB where they may differ in size,
    else as large as the first. Memory: the first part.
    """
    size, start = first.info.size or 0, len(first.data)
    refuse_early(bucket, what.target)
    with unfinished(bucket, what.target) as upload_id:
        step = max(COPIED_PART, -(-size // (limits.parts - 1))) if unequal else start
        head = what.head + bytes(first.data[len(what.head) :])
        one = sent(bucket, what.target.name, upload_id, 1, head)
        spans = [Span(at, min(at + step, size)) for at in range(start, size, step)]

        def copied(part: tuple[int, Span]) -> dict[str, Any]:
            return _copied(bucket, what, upload_id, *part)

        rest = in_parallel(copied, enumerate(spans, 2), limits.concurrency)
        _unchanged(bucket, what)
        return completed(bucket, what.target, upload_id, [one, *rest])


def _unchanged(bucket: Bucket, what: Copy) -> None:
    """See that the source is still the one that was copied, after its last part was.

    *Measured on Ceph 16 and moto*: they ignore the etag that a copied part is to be taken under.
    """
    found = bucket.ask("head_object", operation="copy", name=what.source, needs="ETag")
    if found["ETag"] != what.if_match:
        raise PreconditionFailedError("the source changed while it was copied")


def _copied(bucket: Bucket, what: Copy, upload_id: str, number: int, span: Span) -> dict[str, Any]:
    """Copy one part inside the service; give what completing needs to know of it."""
    answer = bucket.ask(
        "upload_part_copy",
        operation="copy",
        name=what.target.name,
        UploadId=upload_id,
        PartNumber=number,
        CopySource={"Bucket": bucket.place.bucket, "Key": bucket.names.spelt(what.source)},
        CopySourceIfMatch=what.if_match,
        CopySourceRange=f"bytes={span.start}-{span.stop - 1}",
    )
    told = answer.get("CopyPartResult", {})
    if "ETag" not in told:
        # S3 may answer 200 with an error inside; botocore finds the forms that it knows.
        raise UnavailableError("S3 copy: a part was answered without an etag")
    checksums = {key: value for key, value in told.items() if key.startswith("Checksum")}
    return {"PartNumber": number, "ETag": told["ETag"], **checksums}

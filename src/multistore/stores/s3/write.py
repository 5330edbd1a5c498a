"""One object written: in one piece, by obstore's upload, or by an upload with a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.errors import (
    NotFoundError,
    PreconditionFailedError,
    UnavailableError,
)
from multistore.stores.s3.upload import changed, taken, upload, with_etag
from multistore.stores.streaming import Measured, part_size_for
from multistore.values import IfMatch, PutMode

if TYPE_CHECKING:
    from multistore.stores.base import Body, Buffer, Limits
    from multistore.stores.s3.bucket import Bucket
    from multistore.stores.s3.upload import Target
    from multistore.stores.transfer import DataPlane, Written


def write(
    bucket: Bucket, data: DataPlane, target: Target, body: Body, limits: Limits
) -> tuple[int, Written]:
    """Write one object, and say how long it was; see Store.put and S3Store.put."""
    spelt = bucket.names.spelt(target.name)
    part_size = part_size_for(body.size, limits)
    most = min(limits.object_size, part_size * limits.parts)
    parts = Measured(body.parts, body.size, most=most)
    small = parts.begin(part_size)
    if small is not None:
        whole = small[0] if len(small) == 1 else b"".join(small)
        return parts.total, _whole(data, spelt, target, whole)
    if target.mode is PutMode.OVERWRITE:
        result = _streamed(
            data, spelt, target, parts, part_size=part_size, concurrency=limits.concurrency
        )
    else:
        result = upload(bucket, target, parts, part_size=part_size)
    return parts.total, with_etag(bucket, target.name, result)


def _streamed(
    data: DataPlane,
    spelt: str,
    target: Target,
    parts: Measured,
    *,
    part_size: int,
    concurrency: int,
) -> Written:
    try:
        return data.put_stream(
            spelt,
            parts,
            part_size=part_size,
            concurrency=concurrency,
            content_type=target.content_type,
            metadata=target.metadata,
        )
    except NotFoundError as error:
        if error.code != "NoSuchUpload":
            raise
        # A repeated "complete" may have met its own success; over an object, once more is harmless.
        raise UnavailableError(
            "S3 put: the upload was gone when it was to be completed",
            code=error.code,
            status=error.status,
            request_id=error.request_id,
            hint="Whether this write took effect is not known; put it again.",
        ) from None


def _whole(data: DataPlane, spelt: str, target: Target, whole: Buffer) -> Written:
    try:
        return data.put(
            spelt,
            whole,
            target.mode,
            content_type=target.content_type,
            metadata=target.metadata,
        )
    except PreconditionFailedError as error:
        if target.mode is PutMode.CREATE:
            raise taken(target.name, error) from None
        raise
    except NotFoundError as error:
        # S3 answers If-Match on an absent name with 404.
        if isinstance(target.mode, IfMatch) and error.code != "NoSuchBucket":
            raise changed(target.name) from None
        raise

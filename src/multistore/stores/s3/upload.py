"""Multipart uploads by boto3, for what obstore cannot: a condition at the end, parts by copy.

obstore takes a condition only on an upload in one piece, which it holds in memory whole. S3 takes
one when the parts are put together (CompleteMultipartUpload with If-None-Match or If-Match).
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from multistore.errors import (
    AlreadyExistsError,
    MultistoreError,
    NotFoundError,
    PreconditionFailedError,
    UnavailableError,
)
from multistore.stores.interrupt import start
from multistore.stores.parallel import in_parallel
from multistore.stores.streaming import ABORT_GRACE, recut
from multistore.stores.transfer import Written
from multistore.values import IfMatch, PutMode, WriteMode

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from multistore.stores.base import Buffer
    from multistore.stores.s3.bucket import Bucket

ABORTS = 5
"""A part that was still on its way when the upload was aborted may arrive after it."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be written where: the arguments of a put, but for its bytes."""

    name: str
    mode: WriteMode
    content_type: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])


SENDERS = 3
"""Parts on their way at once. *Measured*: more are no faster, since boto3 sends under the GIL, and
each sending thread reserves 72 MiB of address space (stack and allocator)."""


def upload(bucket: Bucket, target: Target, parts: Iterable[Buffer], *, part_size: int) -> Written:
    """Write one large object under a condition. Nothing becomes visible before the last step.

    Cost: one request per part and three more: one before, to refuse early what the condition
    already forbids, one to begin and one to complete. Memory: ``part_size * (SENDERS + 2)``.
    """
    refuse_early(bucket, target)
    with unfinished(bucket, target) as upload_id:

        def send(part: tuple[int, Buffer]) -> dict[str, Any]:
            return sent(bucket, target.name, upload_id, *part)

        told = in_parallel(send, enumerate(recut(parts, part_size), 1), SENDERS)
        return completed(bucket, target, upload_id, told)


def refuse_early(bucket: Bucket, target: Target) -> None:
    """Spare an upload that its condition would refuse at the end; the end still decides."""
    name, mode = target.name, target.mode
    if mode is PutMode.OVERWRITE:
        return
    try:
        found = bucket.ask("head_object", operation="put", name=name, needs="ETag")["ETag"]
    except NotFoundError:
        found = None
    except MultistoreError:
        return
    if mode is PutMode.CREATE and found is not None:
        raise bucket.located(taken(name))
    if isinstance(mode, IfMatch) and found != mode.etag:
        raise bucket.located(changed(name))


@contextmanager
def unfinished(bucket: Bucket, target: Target) -> Generator[str]:
    """Begin an upload, and give its id; where the block fails, abort it with all its parts."""
    name = target.name
    about: dict[str, Any] = {"Metadata": dict(target.metadata)}
    if target.content_type is not None:
        about["ContentType"] = target.content_type
    begun = bucket.ask(
        "create_multipart_upload", operation="put", name=name, needs="UploadId", **about
    )
    upload_id: str = begun["UploadId"]
    try:
        yield upload_id
    except Exception as error:
        _note(error, lambda: abort(bucket, name, upload_id))
        raise
    except BaseException:  # Ctrl-C: the abort gets a moment, and goes on behind it
        start(lambda: abort(bucket, name, upload_id)).wait(ABORT_GRACE)
        raise


def sent(bucket: Bucket, name: str, upload_id: str, number: int, data: Buffer) -> dict[str, Any]:
    """Send one part; give what completing needs to know of it."""
    answer = bucket.ask(
        "upload_part",
        operation="put",
        name=name,
        needs="ETag",
        UploadId=upload_id,
        PartNumber=number,
        # botocore takes no memoryview.
        Body=data if isinstance(data, bytes | bytearray) else bytes(data),
    )
    told = {key: value for key, value in answer.items() if key.startswith("Checksum")}
    return {"PartNumber": number, "ETag": answer["ETag"], **told}


def completed(
    bucket: Bucket, target: Target, upload_id: str, parts: list[dict[str, Any]]
) -> Written:
    """Put the parts together under the target's condition.

    Raises:
        AlreadyExistsError, PreconditionFailedError: the condition did not hold.
    """
    name, mode = target.name, target.mode
    condition: dict[str, str] = {}
    if mode is PutMode.CREATE:
        condition["IfNoneMatch"] = "*"
    elif isinstance(mode, IfMatch):
        condition["IfMatch"] = mode.etag
    parts = [{k: v for k, v in part.items() if k != "ChecksumType"} for part in parts]
    try:
        answer = bucket.ask(
            "complete_multipart_upload",
            operation="put",
            name=name,
            UploadId=upload_id,
            MultipartUpload={"Parts": parts},
            **condition,
        )
    except NotFoundError as error:
        if error.code == "NoSuchUpload":
            return _completed_already(bucket, name, parts)
        if isinstance(mode, IfMatch):
            raise bucket.located(changed(name)) from None
        raise
    except PreconditionFailedError as error:
        if mode is PutMode.CREATE:
            raise bucket.located(taken(name, error)) from None
        raise
    return with_etag(bucket, name, Written(answer.get("ETag", ""), answer.get("VersionId")))


def with_etag(bucket: Bucket, name: str, written: Written) -> Written:
    """Return the result of an upload with its etag, asked for where the service left it out.

    *Measured on Ceph 16*: the answer to CompleteMultipartUpload has an empty ETag.
    """
    if written.etag:
        return written
    found = bucket.ask("head_object", operation="put", name=name, needs="ETag")
    return Written(found["ETag"], written.version or found.get("VersionId"))


def _completed_already(bucket: Bucket, name: str, parts: list[dict[str, Any]]) -> Written:
    """Find out whether a repeated "complete" met its own success.

    S3's etag of an upload is the MD5 of its parts' MD5s, except under SSE-KMS.
    """
    try:
        digests = b"".join(bytes.fromhex(part["ETag"].strip('"')) for part in parts)
    except ValueError:
        digests = b""
    expected = f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"'
    found = bucket.ask("head_object", operation="put", name=name, needs="ETag")
    if found["ETag"] == expected:
        return Written(etag=expected, version=found.get("VersionId"))
    raise bucket.located(
        UnavailableError(
            "S3 put: the upload was gone when it was to be completed, and another object is there",
            operation="put",
            key=name,
            code="NoSuchUpload",
            retryable=False,
            hint="Read the object back: whether this write took effect is not known.",
        )
    )


def abort(bucket: Bucket, name: str, upload_id: str) -> None:
    """Abort an upload with all its parts, and see that none is left; absent is success."""
    for _ in range(ABORTS):
        try:
            bucket.ask("abort_multipart_upload", operation="abort", name=name, UploadId=upload_id)
            left = bucket.ask("list_parts", operation="abort", name=name, UploadId=upload_id)
        except NotFoundError as error:
            if error.code == "NoSuchBucket":
                raise
            return
        if not left.get("Parts"):
            return


def taken(name: str, cause: MultistoreError | None = None) -> AlreadyExistsError:
    """Return the error of a create-only write that met an object."""
    return AlreadyExistsError(
        "there is an object of this name already",
        operation="put",
        key=name,
        code=cause.code if cause else None,
        status=cause.status if cause else None,
        request_id=cause.request_id if cause else None,
    )


def changed(name: str) -> PreconditionFailedError:
    """Return the error of a write that was to replace an object which is not there."""
    return PreconditionFailedError(
        "the object is not the one that was to be replaced", operation="put", key=name
    )


def _note(error: Exception, cleaning: Callable[[], None]) -> None:
    """Clean up after an error; where that fails too, say so beside it."""
    try:
        cleaning()
    except MultistoreError as failed:
        error.add_note(f"The unfinished upload could not be aborted: {failed}")

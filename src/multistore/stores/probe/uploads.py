"""The checks of a probe that put objects together out of parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.errors import MultistoreError
from multistore.stores.base import MEBIBYTE
from multistore.stores.probe.objects import WRONG_ETAG
from multistore.stores.probe.report import Finding, Question
from multistore.stores.s3.upload import abort

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from multistore.stores.probe.room import Attempt, Room

PART = 5 * MEBIBYTE
"""S3's smallest part before the last."""


def conditions_at_the_end(room: Room) -> list[Finding]:
    """Complete uploads over an object, under conditions that do and do not hold."""
    etag = room.put("end", b"one")["ETag"]
    create = _uploaded(room, "end", [b"two"], IfNoneMatch="*")
    kept = room.read("end") == b"one"
    findings = [
        Finding(
            Question.CREATE_COMPLETE,
            kept and create.status == 412,
            f"over an object: {create.said}",
            create.request_id,
        )
    ]
    etag = etag if kept else room.put("end", b"one")["ETag"]
    wrong = _uploaded(room, "end", [b"three"], IfMatch=WRONG_ETAG)
    kept = room.read("end") == b"one"
    right = _uploaded(room, "end", [b"four"], IfMatch=etag)
    written = room.read("end") == b"four"
    findings.append(
        Finding(
            Question.UPDATE_COMPLETE,
            kept and wrong.status == 412 and right.accepted and written,
            f"wrong {wrong.said}, right {right.said}",
            wrong.request_id,
        )
    )
    return findings


def parts(room: Room) -> list[Finding]:
    """Put together equal parts, unequal parts, and parts that are too small."""
    half, whole = bytes(PART), bytes(PART + MEBIBYTE)
    equal = _uploaded(room, "equal", [half, b"end"])
    unequal = _uploaded(room, "unequal", [half, whole, b"end"])
    small = _uploaded(room, "small", [bytes(1024), b"end"])
    return [
        Finding(
            Question.MULTIPART,
            equal.accepted and _size(room, "equal") == PART + 3,
            equal.said,
            equal.request_id,
        ),
        Finding(
            Question.UNEQUAL_PARTS,
            unequal.accepted and _size(room, "unequal") == 2 * PART + MEBIBYTE + 3,
            unequal.said,
            unequal.request_id,
        ),
        Finding(Question.SMALL_PARTS, small.accepted, small.said, small.request_id),
    ]


def server_copy(room: Room) -> list[Finding]:
    """Copy parts of an object on the server, under a right and a wrong etag."""
    etag = room.put("source", b"0123456789")["ETag"]
    source = {
        "Bucket": room.bucket.place.bucket,
        "Key": room.bucket.names.spelt(room.name("source")),
    }
    upload_id = room.ask("create_multipart_upload", "copy")["UploadId"]
    try:
        given = {"UploadId": upload_id, "PartNumber": 1, "CopySource": source}
        wrong = room.tried("upload_part_copy", "copy", CopySourceIfMatch=WRONG_ETAG, **given)
        right = room.tried(
            "upload_part_copy",
            "copy",
            CopySourceIfMatch=etag,
            CopySourceRange="bytes=2-5",
            **given,
        )
        told = right.answer.get("CopyPartResult", {}).get("ETag") if right.accepted else None
        done = False
        if told:
            _complete(room, "copy", upload_id, [{"PartNumber": 1, "ETag": told}])
            done = room.read("copy") == b"2345"
    finally:
        abort(room.bucket, room.name("copy"), upload_id)
    return [
        Finding(
            Question.SERVER_COPY,
            done,
            right.said,
            right.request_id,
        ),
        Finding(
            Question.COPY_CONDITION,
            right.accepted and wrong.status == 412,
            f"wrong etag {wrong.said}, right {right.said}",
            wrong.request_id,
        ),
    ]


def _uploaded(room: Room, key: str, pieces: Sequence[bytes], **condition: str) -> Attempt:
    """Upload the pieces as parts and complete; the upload is gone afterwards in any case."""
    upload_id = room.ask("create_multipart_upload", key)["UploadId"]
    try:
        told = [
            {
                "PartNumber": number,
                "ETag": room.ask(
                    "upload_part", key, UploadId=upload_id, PartNumber=number, Body=piece
                )["ETag"],
            }
            for number, piece in enumerate(pieces, 1)
        ]
        return _complete(room, key, upload_id, told, **condition)
    finally:
        abort(room.bucket, room.name(key), upload_id)


def _complete(
    room: Room, key: str, upload_id: str, told: list[dict[str, Any]], **condition: str
) -> Attempt:
    return room.tried(
        "complete_multipart_upload",
        key,
        UploadId=upload_id,
        MultipartUpload={"Parts": told},
        **condition,
    )


def _size(room: Room, key: str) -> int | None:
    try:
        size: int = room.ask("head_object", key)["ContentLength"]
    except MultistoreError:
        return None
    return size


UPLOAD_CHECKS: tuple[Callable[[Room], list[Finding]], ...] = (
    conditions_at_the_end,
    parts,
    server_copy,
)

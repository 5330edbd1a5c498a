"""The checks of a probe that need small objects only."""

from __future__ import annotations

import base64
import unicodedata
from typing import TYPE_CHECKING
from zlib import crc32

from multistore.stores.base import Ref
from multistore.stores.parallel import in_parallel
from multistore.stores.probe.report import Finding, Question
from multistore.stores.s3.delete import in_bulk
from multistore.values import CommonPrefix

if TYPE_CHECKING:
    from collections.abc import Callable

    from multistore.stores.probe.room import Attempt, Room

WRONG_ETAG = '"00000000000000000000000000000000"'


def condition_on_create(room: Room) -> list[Finding]:
    """Write one name twice with If-None-Match: the second must be refused, and change nothing."""
    first = room.tried("put_object", "create", Body=b"one", IfNoneMatch="*")
    second = room.tried("put_object", "create", Body=b"two", IfNoneMatch="*")
    kept = first.accepted and room.read("create") == b"one"
    return [
        Finding(
            Question.CREATE_PUT,
            kept and second.status == 412,
            f"first {first.said}, second {second.said}",
            second.request_id,
        )
    ]


def condition_on_update(room: Room) -> list[Finding]:
    """Write with a wrong, a right and an orphaned If-Match."""
    etag = room.put("update", b"one")["ETag"]
    wrong = room.tried("put_object", "update", Body=b"two", IfMatch=WRONG_ETAG)
    kept = room.read("update") == b"one"
    right = room.tried("put_object", "update", Body=b"three", IfMatch=etag)
    written = room.read("update") == b"three"
    absent = room.tried("put_object", "update-absent", Body=b"four", IfMatch=etag)
    honoured = kept and wrong.status == 412 and right.accepted and written
    return [
        Finding(
            Question.UPDATE_PUT,
            honoured and absent.status in (404, 412),
            f"wrong {wrong.said}, right {right.said}, absent {absent.said}",
            wrong.request_id,
        )
    ]


def condition_on_delete(room: Room) -> list[Finding]:
    """Delete with a wrong and with the right If-Match."""
    etag = room.put("delete", b"one")["ETag"]
    wrong = room.tried("delete_object", "delete", IfMatch=WRONG_ETAG)
    kept = wrong.status == 412 and room.read("delete") == b"one"
    right = room.tried("delete_object", "delete", IfMatch=etag)
    left = list(room.store.list(room.name("delete")))
    return [
        Finding(
            Question.DELETE,
            kept and right.accepted and not left,
            f"wrong {wrong.said}, right {right.said}",
            wrong.request_id,
        )
    ]


def versions(room: Room) -> list[Finding]:
    """See whether versions are listed, and whether this bucket keeps them now."""
    state = room.tried("get_bucket_versioning")
    room.put("version", b"one")
    last = room.tried("put_object", "version", Body=b"two")
    listed = room.tried(
        "list_object_versions", Prefix=room.bucket.names.prefix(room.name("version"))
    )
    count = len(listed.answer.get("Versions", ())) if listed.accepted else 0
    if state.accepted:
        room.versioning = state.answer.get("Status", "Disabled")
    return [
        Finding(
            Question.VERSIONS_LISTED,
            count >= 1,
            f"{listed.said}, {count} of one name written twice",
            listed.request_id,
        ),
        Finding(
            Question.VERSIONING,
            count == 2,
            f"the bucket says {room.versioning}",
            last.request_id,
        ),
    ]


def bulk_delete(room: Room) -> list[Finding]:
    """Delete two objects and an absent name in one request."""
    keys = ("bulk/one", "bulk/two", "bulk/absent")
    for key in keys[:2]:
        room.put(key, b"x")
    outcomes = in_bulk(room.bucket, [Ref(room.name(key)) for key in keys])
    left = list(room.store.list(room.name("bulk/")))
    return [
        Finding(
            Question.BULK_DELETE,
            all(outcome.gone for outcome in outcomes) and not left,
            f"{', '.join(outcome.status for outcome in outcomes)}; {len(left)} left",
            outcomes[0].request_id,
        )
    ]


def lifecycle(room: Room) -> list[Finding]:
    """Read the lifecycle rules; "there are none" counts only where it is said as such."""
    read = room.tried("get_bucket_lifecycle_configuration")
    if read.accepted:
        # Without a rule the answer may be a listing that was taken for rules (CAP-002).
        rules = len(read.answer.get("Rules", ()))
        return [
            Finding(Question.LIFECYCLE, True if rules else None, f"{rules} rules", read.request_id)
        ]
    known = read.error is not None and read.error.code == "NoSuchLifecycleConfiguration"
    return [Finding(Question.LIFECYCLE, known, read.said, read.request_id)]


def object_lock(room: Room) -> list[Finding]:
    """Read whether the bucket has Object Lock; it knows the word where it says yes or no."""
    read = room.tried("get_object_lock_configuration")
    if read.error is not None:
        known = read.error.code == "ObjectLockConfigurationNotFoundError"
    else:
        known = "ObjectLockEnabled" in read.answer.get("ObjectLockConfiguration", ())
    return [Finding(Question.OBJECT_LOCK, known, read.said, read.request_id)]


def checksums(room: Room) -> list[Finding]:
    """Send a right and a wrong CRC32."""
    right = base64.b64encode(crc32(b"body").to_bytes(4, "big")).decode()
    good = room.tried("put_object", "checksum", Body=b"body", ChecksumCRC32=right)
    bad = room.tried("put_object", "checksum-wrong", Body=b"body", ChecksumCRC32="AAAAAA==")
    return [
        Finding(Question.CHECKSUMS_ACCEPTED, good.accepted, good.said, good.request_id),
        Finding(
            Question.CHECKSUMS_VERIFIED,
            good.accepted and not bad.accepted,
            f"wrong: {bad.said}",
            bad.request_id,
        ),
    ]


def ranges(room: Room) -> list[Finding]:
    """Read from the middle, from the end, past the end, and the end of an empty object."""
    room.put("range", b"0123456789")
    middle = _range(room, "range", "bytes=2-4")
    past = room.tried("get_object", "range", Range="bytes=10-12")
    suffix = _range(room, "range", "bytes=-3")
    long = _range(room, "range", "bytes=-99")
    return [
        Finding(
            Question.RANGES,
            middle[0] == b"234" and past.status == 416,
            f"middle {middle[1].said}, past the end {past.said}",
            past.request_id,
        ),
        Finding(
            Question.SUFFIX_RANGES,
            suffix[0] == b"789" and long[0] == b"0123456789",
            f"last 3 {suffix[1].said}, last 99 of 10 {long[1].said}",
            suffix[1].request_id,
        ),
    ]


def _range(room: Room, key: str, span: str) -> tuple[bytes, Attempt]:
    attempt = room.tried("get_object", key, Range=span)
    return (attempt.answer["Body"].read() if attempt.accepted else b""), attempt


def listing(room: Room) -> list[Finding]:
    """List names whose order differs between bytes, cases and languages."""
    keys = sorted(("list/B", "list/a", "list/a!", "list/a/1", "list/a0", "list/aB", "list/b"))
    for key in keys:
        room.put(key, b"x")
    prefix = room.bucket.names.prefix(room.name("list/"))
    raw = room.ask("list_objects_v2", Prefix=prefix)
    names = [entry["Key"] for entry in raw.get("Contents", ())]
    wanted = [room.bucket.names.spelt(room.name(key)) for key in keys]
    in_order = names == wanted
    later = _given(room, start_after=room.name("list/a/1"))
    grouped = _given(room, delimiter="/")
    exact = later == [room.name(k) for k in keys if k > "list/a/1"] and grouped == [
        room.name(k)
        for k in ("list/B", "list/a", "list/a!", "list/a/", "list/a0", "list/aB", "list/b")
    ]
    request_id = raw.get("ResponseMetadata", {}).get("RequestId")
    return [
        Finding(Question.LIST_ORDER, in_order, f"{len(names)} of {len(keys)} names", request_id),
        Finding(
            Question.START_AFTER,
            in_order and exact,
            f"{len(later)} after the fourth, {len(grouped)} grouped",
        ),
    ]


def _given(
    room: Room, *, delimiter: str | None = None, start_after: str | None = None
) -> list[str]:
    found = room.store.list(room.name("list/"), delimiter=delimiter, start_after=start_after)
    return [item.prefix if isinstance(item, CommonPrefix) else item.name for item in found]


def non_ascii_names(room: Room) -> list[Finding]:
    """Write Japanese names, and one name in both of Unicode's spellings, as they are."""
    composed = "non-ascii/が-日本語-😀"
    return [
        _names(room, Question.NON_ASCII_NAMES, (composed, unicodedata.normalize("NFD", composed)))
    ]


def odd_names(room: Room) -> list[Finding]:
    """Write names with signs that addresses and signatures treat specially."""
    return [_names(room, Question.ODD_NAMES, ("odd/a b+c%41~&=.txt", "odd/!'()*@:,;$[]{}.txt"))]


def _names(room: Room, question: Question, keys: tuple[str, ...]) -> Finding:
    """Write names past the store's own spelling, list them, and read each back."""
    for number, key in enumerate(keys):
        attempt = room.tried("put_object", Key=room.name(key), Body=b"%d" % number)
        if not attempt.accepted:
            return Finding(question, attempt.accepted, attempt.said, attempt.request_id)
    folder = room.name(keys[0].partition("/")[0] + "/")
    page = room.ask("list_objects_v2", Prefix=folder)
    found = {entry["Key"] for entry in page.get("Contents", ())}
    same = found == {room.name(key) for key in keys}
    read = same and all(
        room.ask("get_object", Key=room.name(key))["Body"].read() == b"%d" % number
        for number, key in enumerate(keys)
    )
    return Finding(
        question,
        read,
        f"{len(found)} of {len(keys)} names came back" + ("" if same else ", changed"),
        page.get("ResponseMetadata", {}).get("RequestId"),
    )


def metadata(room: Room) -> list[Finding]:
    """Write a content type and two metadata, and read them back."""
    given = {"one": "value", "two-words": "A=b; c"}
    room.put("metadata", b"x", ContentType="video/mp4", Metadata=given)
    head = room.tried("head_object", "metadata")
    same = head.accepted and (head.answer.get("ContentType"), head.answer.get("Metadata")) == (
        "video/mp4",
        given,
    )
    return [Finding(Question.METADATA, same, head.said, head.request_id)]


def concurrency(room: Room) -> list[Finding]:
    """Send eight requests at a time, as far as the cap on this store lets them."""
    attempts = in_parallel(
        lambda number: room.tried("put_object", f"parallel/{number}", Body=b"x"), range(16), 8
    )
    done = sum(attempt.accepted for attempt in attempts)
    return [Finding(Question.CONCURRENCY, done == 16, f"{done} of 16", attempts[-1].request_id)]


OBJECT_CHECKS: tuple[Callable[[Room], list[Finding]], ...] = (
    condition_on_create,
    condition_on_update,
    condition_on_delete,
    versions,
    bulk_delete,
    lifecycle,
    object_lock,
    checksums,
    ranges,
    listing,
    non_ascii_names,
    odd_names,
    metadata,
    concurrency,
)

"""Deletion, with one outcome per reference, read out of the service's own answer.

A bulk delete answers 200 and lists what it refused: each reference is looked for in both lists,
and one that is in neither counts as failed. Where a service refuses the bulk call as such, its
references are deleted one by one, and the endpoint is remembered. Of several batches the first
goes alone: what keeps all of them from their bucket is found out by it.

A condition (If-Match) is held against the current version only (Amazon S3 User Guide, "How to
perform conditional deletes"). So it goes along where a bucket never kept versions, and where none
is named; elsewhere the version is looked at before. Each such deletion is a request of its own:
*measured*, a service that honours If-Match may ignore the ETag in a bulk delete (moto 5.2).
"""

from __future__ import annotations

import logging
import re
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from multistore.errors import (
    AccessDeniedError,
    MultistoreError,
    NotFoundError,
    PreconditionFailedError,
    ResidencyError,
    RetainedError,
    UnauthenticatedError,
)
from multistore.stores.base import Ref
from multistore.stores.parallel import in_parallel
from multistore.stores.s3.answers import Answer, clean
from multistore.stores.s3.errors import error_of
from multistore.stores.s3.exchange import fetch
from multistore.stores.s3.pages import Page
from multistore.values import Outcome, OutcomeStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multistore.stores.s3.bucket import Bucket
    from multistore.stores.s3.pages import Fields

log = logging.getLogger("multistore.stores")

BATCH = 1000
"""References in one bulk delete at most (S3's own limit)."""

IN_FLIGHT = 4
"""Bulk deletes at a time: S3 takes some thousand deletions a second and prefix."""

ANSWER = "DeleteResult"

_NO_BULK = frozenset({
    "BadDigest",
    "InvalidDigest",
    "InvalidRequest",
    "MalformedXML",
    "MethodNotAllowed",
    "MissingContentMD5",
    "NotImplemented",
    "UnsupportedHeader",
    "XAmzContentSHA256Mismatch",
})  # fmt: skip

_BEGIN = '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'

_SIGNS = re.compile(r"[&<>\r\n]")
# A reader of XML takes both for one and the same end of a line.
_LINES = {"\r": "&#13;", "\n": "&#10;"}

# By endpoint: this is a trait of a service, not of a store, and is asked of it once.
_without_bulk: set[str] = set()


def delete(bucket: Bucket, refs: Sequence[Ref], *, bulk: bool) -> list[Outcome]:
    """Delete; see Store.delete. An exception comes only before anything was deleted.

    Cost of an etag: one request per reference, two where its version is looked at before; and one
    in all.
    """
    if all(ref.etag is None for ref in refs):
        return _delete(bucket, refs, bulk=bulk)
    ready = in_parallel(
        partial(_ready, bucket, _never_kept_versions(bucket)), refs, bucket.place.concurrency
    )
    alone = [one for one in ready if isinstance(one, Ref) and one.etag is not None]
    others = [one for one in ready if isinstance(one, Ref) and one.etag is None]
    singly = iter(in_parallel(partial(_single, bucket), alone, bucket.place.concurrency))
    together = iter(_delete(bucket, others, bulk=bulk))
    outcomes: list[Outcome] = []
    for ref, one in zip(refs, ready, strict=True):
        if isinstance(one, Ref):
            done = next(together if one.etag is None else singly)
            outcomes.append(done._replace(version=ref.version))
        else:
            outcomes.append(one)
    return outcomes


def _never_kept_versions(bucket: Bucket) -> bool:
    try:
        return "Status" not in bucket.ask("get_bucket_versioning", operation="delete")
    except AccessDeniedError:
        return False


def _ready(bucket: Bucket, plain: bool, ref: Ref) -> Ref | Outcome:  # noqa: FBT001 - of a partial
    """Give what is to be sent for a reference; or its outcome, where the look before it tells."""
    if ref.etag is None or ref.version is None:
        return ref
    if plain and ref.version == "null":
        return Ref(ref.name, None, ref.etag)
    try:
        told = _etag(bucket, ref)
    except MultistoreError as error:
        if _before_any(error):
            raise
        return _failed(ref, error)
    if told != ref.etag:
        return Outcome(ref.name, ref.version, OutcomeStatus.CHANGED)
    return Ref(ref.name, ref.version)


def _etag(bucket: Bucket, ref: Ref) -> str | None:
    """Give the etag of a version; asked for without its id first, which not all know as "null"."""

    def ask(**version: str) -> dict[str, Any]:
        answer: dict[str, Any] = bucket.ask(
            "head_object", operation="delete", name=ref.name, **version
        )
        return answer

    try:
        answer = ask()
    except NotFoundError:
        answer = {"VersionId": None}
    if "VersionId" in answer and answer["VersionId"] != ref.version:
        answer = ask(VersionId=ref.version or "null")
    told: str | None = answer.get("ETag")
    return told


def _delete(bucket: Bucket, refs: Sequence[Ref], *, bulk: bool) -> list[Outcome]:
    batches = [refs[begin : begin + BATCH] for begin in range(0, len(refs), BATCH)]

    def told(batch: Sequence[Ref]) -> list[Outcome]:
        try:
            return _batch(bucket, batch, bulk=bulk)
        except MultistoreError as error:
            denied = isinstance(error, AccessDeniedError) and not _before_any(error)
            if batch is batches[0] and not denied:
                raise
            return [_failed(ref, error) for ref in batch]

    outcomes: list[Outcome] = []
    for some in (batches[:1], batches[1:]):
        for one in in_parallel(told, some, min(IN_FLIGHT, bucket.place.concurrency)):
            outcomes += one
    return outcomes


def _batch(bucket: Bucket, refs: Sequence[Ref], *, bulk: bool) -> list[Outcome]:
    url = bucket.place.endpoint.url
    if bulk and len(refs) > 1 and url not in _without_bulk:
        try:
            return in_bulk(bucket, refs)
        except MultistoreError as error:
            if error.code not in _NO_BULK and error.status != 501:
                raise
            if url not in _without_bulk:
                _without_bulk.add(url)
                log.warning(
                    "store %s: %s has no usable bulk delete (%s); deleting one by one",
                    bucket.place.store,
                    bucket.place.endpoint.provider,
                    error.code or error.status,
                )
    return in_parallel(lambda ref: _single(bucket, ref), refs, bucket.place.concurrency)


def in_bulk(bucket: Bucket, refs: Sequence[Ref]) -> list[Outcome]:
    """Delete by one bulk request, and read its answer; a refusal of the call as such is raised."""
    spelt, deleted = bucket.names.spelt, OutcomeStatus.DELETED
    keys = [spelt(ref.name) for ref in refs]
    page, request_id = fetch(
        bucket,
        "delete_objects",
        operation="delete",
        body=_document(keys, refs),
        Delete={"Objects": []},  # botocore asks for it; the document goes in its place
    )
    if page is None or page.root != ANSWER:
        page = Page(ANSWER, {}, {})  # which mentions none
    gone = _by_identity(page.of("Deleted"))
    refused = _by_identity(page.of("Error"))
    outcomes: list[Outcome] = []
    for ref, key in zip(refs, keys, strict=True):
        name, version, _ = ref
        identity = key, version or None
        if refused and identity in refused:
            outcome = _failed(ref, _entry_error(bucket, ref, refused[identity], request_id))
            if outcome.status is OutcomeStatus.DENIED:
                # *Measured on Ceph 16*: only the single delete says that it is a lock.
                outcome = _single(bucket, ref)
        elif (entry := gone.get(identity)) is not None:
            hidden = version is None and entry.get("DeleteMarker") == "true"
            outcome = Outcome(name, version, deleted, None, request_id, None, hidden)
        else:
            outcome = Outcome(
                name,
                version,
                OutcomeStatus.FAILED,
                request_id=request_id,
                detail="the service's answer does not mention it",
            )
        outcomes.append(outcome)
    return outcomes


def _document(keys: list[str], refs: Sequence[Ref]) -> bytes:
    """Write the document of a bulk delete."""
    versions = _escaped([ref.version or "" for ref in refs])
    objects = [
        f"<Object><Key>{key}</Key></Object>"
        if ref.version is None
        else f"<Object><Key>{key}</Key><VersionId>{version}</VersionId></Object>"
        for ref, key, version in zip(refs, _escaped(keys), versions, strict=True)
    ]
    return f"{_BEGIN}{''.join(objects)}<Quiet>false</Quiet></Delete>".encode()


def _escaped(texts: list[str]) -> list[str]:
    """Escape texts for XML; they are looked through together, since few have what needs it."""
    if not _SIGNS.search("".join(texts)):
        return texts
    return [escape(text, _LINES) for text in texts]


def _single(bucket: Bucket, ref: Ref) -> Outcome:
    asked = {} if ref.version is None else {"VersionId": ref.version}
    if ref.etag is not None:
        asked["IfMatch"] = ref.etag
    try:
        answer = bucket.ask("delete_object", operation="delete", name=ref.name, **asked)
    except MultistoreError as error:
        if _before_any(error):
            raise
        if isinstance(error, NotFoundError) and error.code is None:
            return _not_of_s3(ref, "404 without a code", error.request_id)
        conditional = isinstance(error, PreconditionFailedError) and ref.etag is not None
        return _failed(ref, (_gone(bucket, ref) if conditional else None) or error)
    told = answer["ResponseMetadata"]
    if (
        told["HTTPStatusCode"] != HTTPStatus.NO_CONTENT
        and told["HTTPHeaders"].get("content-length") != "0"
    ):
        return _not_of_s3(ref, f"{told['HTTPStatusCode']} with a body", told.get("RequestId"))
    return Outcome(
        ref.name,
        ref.version,
        OutcomeStatus.DELETED,
        request_id=told.get("RequestId"),
        # Of a named version the same word says that it was a marker.
        hidden=ref.version is None and bool(answer.get("DeleteMarker")),
    )


def _not_of_s3(ref: Ref, answered: str, request_id: str | None) -> Outcome:
    """Give the outcome where a proxy's page, or another service, must not pass for a deletion."""
    return Outcome(
        ref.name,
        ref.version,
        OutcomeStatus.FAILED,
        code="UnreadableAnswer",
        request_id=request_id,
        detail=f"the service answered {answered}, which S3 never does to a deletion",
    )


def _gone(bucket: Bucket, ref: Ref) -> MultistoreError | None:
    """Say that an object is not there, where a condition was refused for that: some answer 412."""
    try:
        bucket.ask("head_object", operation="delete", name=ref.name)
    except NotFoundError as error:
        return error
    except MultistoreError:
        pass  # the refusal stands
    return None


def _before_any(error: MultistoreError) -> bool:
    """Say whether an error is about the bucket or the way to it, and of no single reference."""
    if isinstance(error, ResidencyError) or error.code == "NoSuchBucket":
        return True
    return isinstance(error, UnauthenticatedError) and error.status is None


def _by_identity(entries: Sequence[Fields]) -> dict[tuple[str | None, str | None], Fields]:
    return {(entry.get("Key"), entry.get("VersionId") or None): entry for entry in entries}


def _entry_error(
    bucket: Bucket, ref: Ref, entry: Fields, request_id: str | None
) -> MultistoreError:
    answer = Answer(
        code=entry.get("Code"), message=clean(entry.get("Message")), request_id=request_id
    )
    return error_of(answer, operation="delete", endpoint=bucket.place.endpoint, name=ref.name)


def _failed(ref: Ref, error: MultistoreError) -> Outcome:
    if isinstance(error, NotFoundError):
        status = OutcomeStatus.ABSENT
    elif isinstance(error, PreconditionFailedError):
        status = OutcomeStatus.CHANGED
    elif isinstance(error, RetainedError):
        status = OutcomeStatus.RETAINED
    elif isinstance(error, AccessDeniedError) and not isinstance(error, UnauthenticatedError):
        status = OutcomeStatus.DENIED
    else:
        status = OutcomeStatus.FAILED
    return Outcome(
        ref.name,
        ref.version,
        status,
        code=error.code,
        request_id=error.request_id,
        detail=str(error.args[0]) if error.args else None,
    )

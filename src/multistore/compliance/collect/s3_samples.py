"""A look at what a bucket holds: counted and sampled, and no object's name goes on.

Object names may say who a customer is, so a report carries counts; what was counted stays
provable by the SHA-256 of the raw answers.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multistore.compliance.collect.s3_forms import as_documented

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource

SAMPLE = 3
"""Objects of which the ACL and the locks are read, one by one."""


_KEPT: Mapping[str, tuple[str, ...]] = {
    "GetObjectAcl": ("Grants",),
    "HeadObject": (
        "ObjectLockMode",
        "ObjectLockRetainUntilDate",
        "ObjectLockLegalHoldStatus",
    ),
}


def counted_versions(listing: Answer) -> Answer:
    """Return the record of a listing of versions with counts in place of names."""
    if listing.status != "read":
        return listing
    versions: list[Mapping[str, Any]] = listing.value.get("Versions") or []
    old = Counter(str(v.get("Key")) for v in versions if not v.get("IsLatest"))
    return replace(
        listing,
        value={
            "Versions": len(versions),
            "NoncurrentVersions": sum(old.values()),
            "MostNoncurrentOfOneKey": max(old.values(), default=0),
            "DeleteMarkers": len(listing.value.get("DeleteMarkers") or ()),
            "StorageClasses": sorted({str(v.get("StorageClass", "STANDARD")) for v in versions}),
            "IsTruncated": bool(listing.value.get("IsTruncated")),
        },
    )


def counted_uploads(listing: Answer) -> Answer:
    """Return the record of a listing of unfinished uploads with counts in place of names."""
    if listing.status != "read":
        return listing
    uploads: list[Mapping[str, Any]] = listing.value.get("Uploads") or []
    started = sorted(str(upload["Initiated"]) for upload in uploads if upload.get("Initiated"))
    return replace(
        listing,
        value={
            "Uploads": len(uploads),
            "Oldest": started[0] if started else None,
            "IsTruncated": bool(listing.value.get("IsTruncated")),
        },
    )


def sampled(
    resource: Resource, reader: Reader, client: Any, listing: Answer, *, locked: bool
) -> Iterator[Answer]:
    """Read the ACL of a few objects, and where the bucket locks objects, their locks.

    Cost: one or two requests for each of the first objects of the listing.
    """
    if listing.status != "read":
        yield from (replace(listing, call=call) for call in _KEPT)
        return
    versions: list[Mapping[str, Any]] = listing.value.get("Versions") or []
    names: list[dict[str, Any]] = [
        {"Bucket": resource.name, "Key": v["Key"], "VersionId": v.get("VersionId") or "null"}
        for v in versions
        if v.get("IsLatest")
    ][:SAMPLE]
    for call, kept in _KEPT.items():
        if call == "GetObjectAcl" or locked:
            asked = [_asked(reader, client, call, resource, name) for name in names]
            yield _gathered(replace(listing, call=call), kept, asked, len(versions))


def _asked(
    reader: Reader, client: Any, call: str, resource: Resource, name: Mapping[str, Any]
) -> Answer:
    told = reader.ask(client, call, resource, **name)
    return as_documented(told, reader.body(client), resource.kind)


def _gathered(empty: Answer, kept: tuple[str, ...], asked: list[Answer], listed: int) -> Answer:
    """Put the answers about single objects into one record; one that is unreadable spoils it."""
    failed = next((answer for answer in asked if answer.status != "read"), None)
    if failed is not None:
        return failed
    objects = [{name: a.value[name] for name in kept if name in a.value} for a in asked]
    value = {"Sampled": len(asked), "Listed": listed, "Objects": objects}
    if not asked:
        return replace(empty, value=value)
    raw = "".join(answer.sha256 or "" for answer in asked)
    return replace(asked[-1], value=value, sha256=hashlib.sha256(raw.encode()).hexdigest())

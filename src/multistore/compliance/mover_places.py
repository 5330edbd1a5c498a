"""What services that move data call a place: a bucket, a file system, a server. Pure.

A name's own word for its region is not believed: where a bucket lies, S3 says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multistore.compliance import arns
from multistore.compliance.answers import section, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from multistore.compliance.view import View

_REGION = r"[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}"
# A file system of AWS is written with its region, efs://ap-northeast-1.fs-0123/path; a bucket
# may be (DataSync User Guide, ListLocations).
_WITH_REGION = re.compile(rf"({_REGION})\.(.+)")
BACKUPS = ("S3DestinationDescription", "S3BackupDescription")
"""Where a stream puts, besides its destination, what it could not deliver, or everything."""

_FILE_SYSTEM = re.compile(r"efs|fsx[a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Place:
    """One place from or to which something is moved.

    Attributes:
        written: as the service writes it, without what comes after the host.
        buckets: the names that it may mean, where it is a bucket; empty: it names none.
        region: of a file system of AWS, or of an access point, by its own name.
        opaque: whether it may be any bucket: an access point does not name its own.
    """

    written: str
    buckets: tuple[str, ...] = ()
    region: str | None = None
    opaque: bool = False


def of_uri(uri: str) -> Place:
    """Read the URI of a location of DataSync, or of a result of Athena."""
    scheme, _, rest = uri.partition("://")
    if rest.startswith("arn:"):
        return of_arn(rest)
    host = rest.partition("/")[0]
    told = _WITH_REGION.fullmatch(host)
    written = f"{scheme}://{host}"
    if scheme == "s3":
        return Place(written, (host, *((told[2],) if told else ())))
    if _FILE_SYSTEM.fullmatch(scheme):
        return Place(written, region=told[1] if told else None)
    return Place(written)


def of_arn(text: str) -> Place:
    """Read the ARN of a bucket, with a prefix or without, or of an access point."""
    arn = arns.parse(text)
    if arn is None or arn.service != "s3" or not arn.region:
        return Place(text, (arns.bucket_of(text),))
    return Place(text.rstrip("/"), region=arn.region, opaque=True)


def of_path(path: str) -> Place:
    """Read a directory of Transfer Family: /bucket/prefix. The root is all that a role may see."""
    bucket = path.strip("/").partition("/")[0]
    return Place(f"/{bucket}", (bucket,) if bucket else (), opaque=not bucket)


def deliveries(description: Mapping[str, Any]) -> Iterator[Place]:
    """Give every place that one destination of a Firehose stream names: its own, and for copies.

    One that names neither bucket nor domain is an address somewhere.
    """
    for kind, told in description.items():
        at = [told, *(section(told, name) for name in BACKUPS if name in told)]
        buckets = [text(each, "BucketARN") for each in at if text(each, "BucketARN")]
        yield from (of_arn(bucket) for bucket in dict.fromkeys(buckets))
        if not text(told, "BucketARN"):
            domain = arns.parse(text(told, "DomainARN"))
            name = kind.removesuffix("DestinationDescription")
            yield Place(name, region=domain.region if domain else None)


def named(place: Place, buckets: Iterable[str]) -> str | None:
    """Return which of these buckets a place is; None where it is none of them."""
    return next((bucket for bucket in buckets if bucket in place.buckets), None)


def stands(place: Place, view: View) -> bool | None:
    """Say whether a place is in Japan; None where nobody says."""
    if place.region is not None:
        return arns.in_japan(place.region)
    for bucket in place.buckets:
        known = view.of(f"s3://{bucket}")
        if known is not None and known.resource.region is not None:
            return arns.in_japan(known.resource.region)
    return None

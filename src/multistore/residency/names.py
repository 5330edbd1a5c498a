"""Bucket names that would lead elsewhere: ARNs, URLs, zones, aliases (NET-014, RES-002/003/005)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from multistore.residency.reasons import Effect, Reason

if TYPE_CHECKING:
    from multistore.residency.evidence import Family

# The suffixes that AWS reserves:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_ALIASES = ("-s3alias", "--ol-s3", "--op-s3", "--table-s3")
_AWS_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
# Other services also take capitals and underscores, and older ones up to 255 characters.
_S3_BUCKET = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){1,253}[A-Za-z0-9]")
# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers
_CONTAINER = re.compile(r"(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

_SHAPES = {"aws": _AWS_BUCKET, "s3-compatible": _S3_BUCKET, "azure": _CONTAINER}


def bucket(name: str | None, family: Family) -> Reason | None:
    """Return why this is not a bucket that may be opened, or None where it may.

    Local directories and memory have no such names: anything passes there.
    """
    shape = _SHAPES.get(family)
    if shape is None:
        return None
    what = "container" if family == "azure" else "bucket"
    if not name:
        return Reason("NET-014", Effect.REFUSED, "bucket.missing", {"what": "bucket"})
    shown, lower = name[:80], name.lower()
    if family != "azure":
        for rule, text, suspect in (
            ("RES-003", "bucket.outpost", "s3-outposts" in lower or lower.endswith("--op-s3")),
            ("RES-005", "bucket.mrap", lower.endswith(".mrap")),
            ("NET-014", "bucket.arn", lower.startswith("arn:")),
            ("RES-002", "bucket.zone", lower.endswith(("--x-s3", "--xa-s3"))),
            ("NET-014", "bucket.alias", lower.endswith(_ALIASES)),
        ):
            if suspect:
                return Reason(rule, Effect.REFUSED, text, {"bucket": shown})
    if not shape.fullmatch(name):
        values = {"bucket": repr(shown), "what": what}
        return Reason("NET-014", Effect.REFUSED, "bucket.shape", values)
    return None


def account(name: str | None, family: Family) -> Reason | None:
    """Return why this is not an Azure account or a namespace, or None where it is."""
    rule = "AZR-011" if family == "azure" else "NET-014"
    if not name:
        return Reason(rule, Effect.REFUSED, "bucket.missing", {"what": "account"})
    if not (_ACCOUNT if family == "azure" else _NAMESPACE).fullmatch(name):
        values = {"bucket": repr(name[:80]), "what": "account"}
        return Reason(rule, Effect.REFUSED, "bucket.shape", values)
    return None

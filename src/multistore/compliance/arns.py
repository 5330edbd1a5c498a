"""AWS's names of things, taken apart; and whether what they name stands in Japan. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from multistore.residency.ranges import REGIONS_IN_JAPAN

# arn:partition:service:region:account:resource
_ARN = re.compile(r"arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws|\*)?:(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Arn:
    """One ARN.

    Attributes:
        service: ``s3``, ``kms`` …
        region: empty where the thing has none (buckets, roles).
        account: empty where the name carries none (buckets).
        resource: the rest, as it is.
    """

    service: str
    region: str
    account: str
    resource: str


def parse(text: str) -> Arn | None:
    """Take an ARN apart; None where the text is none."""
    found = _ARN.fullmatch(text)
    return Arn(found[2], found[3], found[4] or "", found[5]) if found else None


def in_japan(region: str | None) -> bool:
    """Whether an AWS region is Tokyo or Osaka, exactly: Seoul begins with the same letters."""
    return region in REGIONS_IN_JAPAN["aws"]


def bucket_of(text: str) -> str:
    """Return the bucket that an ARN of S3, or a plain name, is about."""
    found = parse(text)
    return (found.resource if found else text).partition("/")[0]


def bucket_behind(domain: str) -> str:
    """Return the bucket that a host of S3 names; empty where it is no such host."""
    bucket, mark, rest = domain.lower().partition(".s3")
    return bucket if mark and rest[:1] in (".", "-") and rest.endswith(".amazonaws.com") else ""

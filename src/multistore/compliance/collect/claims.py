"""What an S3-compatible service shows of itself beside its answers: the headers of one of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from multistore.compliance.collect import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource

HEADERS = "HeadBucket (headers)"

TRACES = ("via", "x-cache", "cf-ray", "x-amz-cf-id", "x-served-by", "x-azure-ref")
"""What content delivery networks leave in an answer (their operators' documentation)."""

# A Ceph gateway's transaction id: tx, a counter, the time, the instance, and the zone's name.
_CEPH = re.compile(r"tx[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-(.+)")


def headers(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Keep the headers of an answer that say who gave it. Cost: one request."""
    client = reader.s3(resource)
    answer = reader.ask(client, "HeadBucket", resource, call=HEADERS, Bucket=resource.name)
    said = reader.heard(client)
    if said:
        answer = replace(answer, status="read", value=kept(said), why="")
    yield answer


def kept(said: Mapping[str, str]) -> dict[str, str]:
    """Return the telling headers, and the zone of a Ceph gateway. Pure."""
    found = {name: said[name] for name in ("server", *TRACES) if name in said}
    zone = _CEPH.fullmatch(said.get("x-amz-request-id", ""))
    return found | ({"zone": zone[1]} if zone else {})


COLLECTORS = (Collector(("s3-compatible-bucket",), headers),)

"""CloudTrail: the trails of an account, and where their logs go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from multistore.compliance.answers import entries, text
from multistore.compliance.collect import Collector
from multistore.compliance.collect.services import led_to, question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource


def region(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """List the trails that record this region, those of other home regions too.

    Cost: one request; the bucket of each trail is looked at as well.
    """
    trails = question(reader, resource, "cloudtrail", "DescribeTrails", includeShadowTrails=True)
    yield trails
    for trail in entries(trails.value, "trailList"):
        if bucket := text(trail, "S3BucketName"):
            log = led_to(resource, kind="s3-bucket", name=bucket, id=f"s3://{bucket}")
            yield replace(log, role="target", region=None)


COLLECTORS = (Collector(("aws-region",), region),)

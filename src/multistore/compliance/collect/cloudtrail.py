"""CloudTrail: the trails of an account, and where their logs go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import entries, text
from multistore.compliance.collect import Collector
from multistore.compliance.collect.services import led_to, question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource


def region(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """List the trails that record this region, those of other home regions too.

    Cost: one request, and one for each trail; the bucket of each is looked at as well.
    """
    trails = question(reader, resource, "cloudtrail", "DescribeTrails", includeShadowTrails=True)
    yield trails
    yield _selectors(resource, reader, trails)
    for trail in entries(trails.value, "trailList"):
        if bucket := text(trail, "S3BucketName"):
            log = led_to(resource, kind="s3-bucket", name=bucket, id=f"s3://{bucket}")
            yield replace(log, role="target", region=None)


def _selectors(resource: Resource, reader: Reader, trails: Answer) -> Answer:
    """Ask which data events each trail records; one that cannot be read spoils them all."""
    found: list[dict[str, Any]] = []
    answer = replace(trails, call="cloudtrail:GetEventSelectors")
    for trail in entries(trails.value, "trailList"):
        arn = text(trail, "TrailARN")
        answer = question(reader, resource, "cloudtrail", "GetEventSelectors", TrailName=arn)
        if answer.status != "read":
            return answer
        found.append({**answer.value, "TrailARN": arn})
    return replace(answer, value={"Trails": found} if answer.status == "read" else {})


COLLECTORS = (Collector(("aws-region",), region),)

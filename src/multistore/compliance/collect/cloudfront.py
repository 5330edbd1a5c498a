"""CloudFront: which distributions the account has, and what they take for their origin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from multistore.compliance.answers import entries, section, text
from multistore.compliance.arns import bucket_behind
from multistore.compliance.collect import Collector
from multistore.compliance.collect.services import PAGES, question
from multistore.compliance.model import Copy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource


def account(resource: Resource, reader: Reader) -> Iterator[Answer | Copy]:
    """List the distributions; the list itself names every origin. Cost: one request per page."""
    found = _kept(_every_page(resource, reader))
    yield found
    ours = {store.bucket for store in reader.settings.stores.values()}
    for distribution in entries(found.value, "DistributionList", "Items"):
        for origin in entries(distribution, "Origins", "Items"):
            bucket = bucket_behind(text(origin, "DomainName"))
            if bucket in ours or (bucket and reader.account):
                yield Copy(f"s3://{bucket}", text(distribution, "ARN"), "cdn", None, in_japan=False)


def _kept(answer: Answer) -> Answer:
    """Keep who serves what: an origin's own headers are often its password."""
    if "DistributionList" not in answer.value:
        return answer
    items = [
        {
            "Id": text(distribution, "Id"),
            "ARN": text(distribution, "ARN"),
            "Origins": {
                "Items": [
                    {"DomainName": text(origin, "DomainName")}
                    for origin in entries(distribution, "Origins", "Items")
                ]
            },
        }
        for distribution in entries(answer.value, "DistributionList", "Items")
    ]
    return replace(answer, value={"DistributionList": {"Quantity": len(items), "Items": items}})


def _every_page(resource: Resource, reader: Reader) -> Answer:
    """Join the pages; the SDK's own paginator loses the list where it is empty."""
    answer = question(reader, resource, "cloudfront", "ListDistributions")
    for _ in range(PAGES):
        said = section(answer.value, "DistributionList")
        marker = text(said, "NextMarker")
        if answer.status != "read" or not marker:
            return answer
        further = question(reader, resource, "cloudfront", "ListDistributions", Marker=marker)
        if further.status != "read":
            return further
        more = section(further.value, "DistributionList")
        joined = {**more, "Items": [*entries(said, "Items"), *entries(more, "Items")]}
        answer = replace(further, value={"DistributionList": joined})
    return replace(answer, status="unreadable", value={}, why="TooManyPages")


COLLECTORS = (Collector(("aws-account",), account),)

"""An AWS account: who asks, in which regions, and what holds for the whole of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from multistore.compliance import arns
from multistore.compliance.answers import entries, text
from multistore.compliance.collect import Collector
from multistore.compliance.collect.services import (
    MULTI_REGION,
    led_to,
    listing,
    question,
)
from multistore.compliance.model import Answer
from multistore.compliance.view import CALLER
from multistore.residency.ranges import REGIONS_IN_JAPAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Resource


_OPEN = ["ENABLED", "ENABLED_BY_DEFAULT", "ENABLING", "DISABLING"]
"""How a region stands in which there may be something of the account."""


def regions(resource: Resource, reader: Reader) -> Iterator[Resource]:
    """Give every region in which the configuration has a bucket of this account. No request.

    Where whole accounts are looked at, both of Japan's: a bucket may be in the other.
    """
    stores = reader.settings.stores
    credentials = stores[resource.via or ""].credentials
    found = {
        str(endpoint.region)
        for store, endpoint in reader.endpoints.items()
        if endpoint.provider == "aws" and stores[store].credentials == credentials
    }
    if reader.account:
        found |= REGIONS_IN_JAPAN["aws"]
    for region in sorted(found):
        yield led_to(
            resource, kind="aws-region", name=region, id=f"{resource.id}/{region}", region=region
        )


def abroad(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """Name every region abroad that the account may use, where whole accounts are looked at.

    A region that was never opted into would refuse every request. Cost: one request.
    """
    if not reader.account:
        return
    found = question(
        reader, resource, "account", "ListRegions", pages=True, RegionOptStatusContains=_OPEN
    )
    yield found
    for entry in entries(found.value, "Regions"):
        name = text(entry, "RegionName")
        if not arns.in_japan(name):
            yield led_to(
                resource,
                kind="aws-region-abroad",
                name=name,
                id=f"{resource.id}/{name}",
                region=name,
            )


def caller(resource: Resource, reader: Reader) -> Answer:
    """Return whose credentials these are. Cost: one request, once per credentials."""
    reference = reader.settings.stores[resource.via or ""].credentials or ""
    key = ("caller", reference, reader.endpoint_of(resource).url)
    return reader.once(key, lambda: question(reader, resource, "sts", "GetCallerIdentity"))


def of_the_account(
    resource: Resource,
    reader: Reader,
    operation: str,
    ask: Callable[[dict[str, Any]], Answer],
) -> Answer:
    """Ask what needs the account's number; without the number that cannot be asked."""
    number = text(caller(resource, reader).value, "Account")
    if number:
        return ask({"AccountId": number})
    return Answer(
        call=f"s3control:{operation}",
        resource=resource.id,
        at=datetime.now(UTC),
        status="unreadable",
        why="NoAccountNumber",
    )


def account(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask who we are, and what holds in every region. Cost: three requests, more with pages."""
    yield replace(caller(resource, reader), call=CALLER, resource=resource.id)
    yield of_the_account(
        resource,
        reader,
        "GetPublicAccessBlock",
        lambda whose: question(
            reader,
            resource,
            "s3control",
            "GetPublicAccessBlock",
            absent=("NoSuchPublicAccessBlockConfiguration",),
            **whose,
        ),
    )
    yield of_the_account(
        resource,
        reader,
        "ListMultiRegionAccessPoints",
        lambda whose: listing(
            reader,
            resource,
            "s3control",
            "ListMultiRegionAccessPoints",
            "AccessPoints",
            region=MULTI_REGION,
            **whose,
        ),
    )


COLLECTORS = (
    Collector(("aws-account",), regions, network=False),
    Collector(("aws-account",), abroad),
    Collector(("aws-account",), account),
)

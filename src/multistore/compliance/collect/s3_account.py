"""Every bucket of an account, where whole accounts are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.collect import Collector
from multistore.compliance.collect.s3_forms import as_documented
from multistore.compliance.model import Resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer

_BUCKETS = {"aws-account": "s3-bucket", "s3-compatible-account": "s3-compatible-bucket"}


def buckets(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """List the account's buckets. Cost: one request per 1,000 of them."""
    if not reader.account:
        return
    client = reader.s3(resource)
    listing = reader.ask(client, "ListBuckets", resource, pages=True)
    listing = as_documented(listing, reader.body(client), resource.kind)
    yield listing
    kind, host = _BUCKETS[resource.kind], bucket_root(resource, reader)
    for entry in listing.value.get("Buckets") or ():
        name = str(entry.get("Name", ""))
        yield Resource(
            id=f"{host}/{name}",
            kind=kind,
            name=name,
            provider=resource.provider,
            role="account",
            via=resource.via,
            region=entry.get("BucketRegion"),
        )


def bucket_root(resource: Resource, reader: Reader) -> str:
    """Return what precedes a bucket's name in the ids of this service's buckets."""
    return service_root(resource.provider, reader.endpoint_of(resource).url)


def service_root(provider: str, url: str) -> str:
    """Return what precedes a bucket's name in the ids of a service's buckets."""
    return "s3:/" if provider == "aws" else f"{provider}://{url.partition('://')[2]}"


COLLECTORS = (Collector(tuple(_BUCKETS), buckets),)

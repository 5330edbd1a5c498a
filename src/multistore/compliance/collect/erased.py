"""What a bucket still holds of tenants that were erased. Reads the ledger, and founds none."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import entries, texts
from multistore.compliance.collect import Collector
from multistore.compliance.collect.own_ledger import answered
from multistore.compliance.collect.s3_bucket import KINDS, head_bucket
from multistore.compliance.collect.s3_forms import as_documented
from multistore.compliance.model import LEDGER, LEFT_OVER
from multistore.ledger.schema import TenantState
from multistore.stores.s3.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource
    from multistore.ledger.ledger import Ledger

_NAME_BYTES = 1024


def ledger(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Say how many tenants were erased; their names are not repeated. Cost: one transaction."""
    found = _erased(reader)
    names = texts(found.value, "Tenants")
    value = {"ErasedTenants": len(names)} if found.status == "read" else {}
    yield replace(found, resource=resource.id, value=value)


def left_over(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Count what is left of erased tenants in a bucket, and in a bucket that replicas go to.

    Cost: two requests for each erased tenant and collection that does not outlive it.
    """
    if resource.role == "account":
        return
    found = _erased(reader)
    if found.status != "read":
        return
    region = head_bucket(resource, reader).value.get("BucketRegion")
    client = reader.s3(resource, region=region)
    ascii_only = reader.endpoint_of(resource).profile.ascii_names
    names = Names(ascii_only=ascii_only, limit=_NAME_BYTES)
    collections = [n for n, c in reader.settings.collections.items() if not c.survives_tenant]
    counted = {"Tenants": len(texts(found.value, "Tenants")), "Versions": 0, "Uploads": 0}
    record = replace(found, call=LEFT_OVER, resource=resource.id)
    digest = hashlib.sha256()
    for tenant in texts(found.value, "Tenants"):
        for collection in collections:
            below: dict[str, Any] = {
                "Bucket": resource.name,
                "Prefix": names.prefix(f"{tenant}/{collection}/"),
            }
            for call, limit, parts in _LISTINGS:
                told = reader.ask(client, call, resource, **below, **limit)
                record = as_documented(told, reader.body(client), resource.kind)
                if record.status != "read":
                    yield replace(record, call=LEFT_OVER)
                    return
                digest.update((record.sha256 or "").encode())
                kind = "Uploads" if "Uploads" in parts else "Versions"
                counted[kind] += sum(len(entries(record.value, part)) for part in parts)
    yield replace(record, call=LEFT_OVER, value=counted, sha256=digest.hexdigest())


_LISTINGS: tuple[tuple[str, dict[str, Any], tuple[str, ...]], ...] = (
    ("ListObjectVersions", {"MaxKeys": 1}, ("Versions", "DeleteMarkers")),
    ("ListMultipartUploads", {"MaxUploads": 1}, ("Uploads",)),
)


def _erased(reader: Reader) -> Answer:
    return reader.once((LEDGER,), lambda: _read(reader))


def _read(reader: Reader) -> Answer:
    def erased(opened: Ledger) -> dict[str, Any]:
        return {"Tenants": [tenant.name for tenant in opened.tenants.list(TenantState.ERASED)]}

    return answered(reader.settings, LEDGER, erased)


COLLECTORS = (
    Collector(("configuration",), ledger),
    Collector(KINDS, left_over, targets=True),
)

"""AWS KMS: a key, where it is and whose, who may use it, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance import arns
from multistore.compliance.answers import text
from multistore.compliance.collect import Collector
from multistore.compliance.collect.services import question
from multistore.compliance.model import Copy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource


def key(resource: Resource, reader: Reader) -> Iterator[Answer | Copy]:
    """Ask about one key in its own region; a region abroad is not asked.

    Cost: four requests, and one more for a key whose material lies elsewhere.
    """
    named = arns.parse(resource.id)
    region = named.region if named is not None else resource.region
    if not arns.in_japan(region):
        return
    asked = {"region": region, "KeyId": resource.name}
    described = question(reader, resource, "kms", "DescribeKey", **asked)
    yield described
    metadata = described.value.get("KeyMetadata", {})
    replicas = metadata.get("MultiRegionConfiguration", {}).get("ReplicaKeys", [])
    for replica in replicas:
        where = replica.get("Region")
        yield Copy(resource.id, str(replica.get("Arn")), "key-replica", where, arns.in_japan(where))
    yield question(reader, resource, "kms", "GetKeyPolicy", PolicyName="default", **asked)
    yield question(reader, resource, "kms", "ListGrants", pages=True, **asked)
    yield question(reader, resource, "kms", "GetKeyRotationStatus", **asked)
    if store := text(metadata, "CustomKeyStoreId"):
        yield question(
            reader,
            resource,
            "kms",
            "DescribeCustomKeyStores",
            region=region,
            CustomKeyStoreId=store,
        )


COLLECTORS = (Collector(("kms-key",), key, targets=True),)

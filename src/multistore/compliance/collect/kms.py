"""AWS KMS: a key, where it is and whose, who may use it, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.compliance import arns
from multistore.compliance.answers import entries, section, text
from multistore.compliance.collect import Collector
from multistore.compliance.collect.services import kept, question
from multistore.compliance.model import Copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    metadata = section(described.value, "KeyMetadata")
    for replica in entries(metadata, "MultiRegionConfiguration", "ReplicaKeys"):
        where = text(replica, "Region")
        yield Copy(resource.id, text(replica, "Arn"), "key-replica", where, arns.in_japan(where))
    yield question(reader, resource, "kms", "GetKeyPolicy", PolicyName="default", **asked)
    yield question(reader, resource, "kms", "ListGrants", pages=True, **asked)
    yield question(reader, resource, "kms", "GetKeyRotationStatus", **asked)
    if store := text(metadata, "CustomKeyStoreId"):
        stores = question(
            reader,
            resource,
            "kms",
            "DescribeCustomKeyStores",
            region=region,
            CustomKeyStoreId=store,
        )
        yield kept(stores, "CustomKeyStores", _store)


def _store(said: Mapping[str, Any]) -> dict[str, Any]:
    """Keep where a key store's proxy is, and not the id of the key that opens it."""
    names = ("Connectivity", "UriEndpoint", "VpcEndpointServiceName")
    proxy = section(said, "XksProxyConfiguration")
    return {
        "CustomKeyStoreId": text(said, "CustomKeyStoreId"),
        "XksProxyConfiguration": {name: text(proxy, name) for name in names if name in proxy},
    }


COLLECTORS = (Collector(("kms-key",), key, targets=True),)

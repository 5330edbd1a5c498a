"""The vaults of Glacier as it was before it became a storage class of S3, in every region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance import arns
from multistore.compliance.answers import entries, text
from multistore.compliance.collect import Collector
from multistore.compliance.collect.services import led_to, question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource

REGIONS = frozenset(
    {
        *("af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
        *("ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ca-central-1"),
        *("eu-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3"),
        *("me-south-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    }
)
"""Where vaults may be. The service takes no new customers, and comes to no further region.

Source: botocore's table of endpoints, partition aws."""

_OPEN = ["ENABLED", "ENABLED_BY_DEFAULT", "ENABLING", "DISABLING"]


def account(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """Name every region abroad that the account may use, where whole accounts are looked at.

    A region that was never opted into would refuse every request. Cost: one request, and one
    for each of at most 20 regions.
    """
    if not reader.account:
        return
    found = question(
        reader, resource, "account", "ListRegions", pages=True, RegionOptStatusContains=_OPEN
    )
    yield found
    for entry in entries(found.value, "Regions"):
        name = text(entry, "RegionName")
        if name in REGIONS and not arns.in_japan(name):
            yield led_to(
                resource,
                kind="glacier-region",
                name=name,
                id=f"{resource.id}/glacier/{name}",
                region=name,
            )


def region(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """List the vaults of one region. Cost: one request for every ten vaults.

    Those in Japan are looked into; that one is abroad is all that needs to be known of it.
    """
    found = question(reader, resource, "glacier", "ListVaults", pages=True, accountId="-")
    yield found
    if not arns.in_japan(resource.region):
        return
    for vault in entries(found.value, "VaultList"):
        yield led_to(
            resource,
            kind="glacier-vault",
            name=text(vault, "VaultName"),
            id=text(vault, "VaultARN"),
        )


def vault(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Ask what locks a vault, and whom it lets in. Cost: two requests."""
    for operation in ("GetVaultLock", "GetVaultAccessPolicy"):
        yield question(
            reader,
            resource,
            "glacier",
            operation,
            absent=("ResourceNotFoundException",),
            accountId="-",
            vaultName=resource.name,
        )


COLLECTORS = (
    Collector(("aws-account",), account),
    Collector(("aws-region", "glacier-region"), region),
    Collector(("glacier-vault",), vault),
)

"""The vaults of Glacier as it was before it became a storage class of S3, in every region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance import arns
from multistore.compliance.answers import entries, text
from multistore.compliance.collect import Collector
from multistore.compliance.collect.services import led_to, question
from multistore.compliance.vault_regions import VAULT_REGIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource


def region(resource: Resource, reader: Reader) -> Iterator[Answer | Resource]:
    """List the vaults of one region that has the service. Cost: one request for ten vaults.

    Those in Japan are looked into; that one is abroad is all that needs to be known of it.
    """
    if resource.region not in VAULT_REGIONS:
        return
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
    Collector(("aws-region", "aws-region-abroad"), region),
    Collector(("glacier-vault",), vault),
)

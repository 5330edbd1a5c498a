"""What a storage account says of itself to whoever may use it: its redundancy, not its region.

The region is known to Azure Resource Manager only, which takes another permission and another
client. Without it, no field and no header of any answer names one; residency decides by what else
it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.stores.base import Placement

if TYPE_CHECKING:
    from multistore.stores.azure.container import Container


class AzurePlacement:
    """Asks a storage account what kind it is."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def placement(self) -> Placement:
        """Ask Get Account Information. Cost: one request.

        ``redundancy`` is the SKU: Standard_LRS and Standard_ZRS, and the Premium ones, have no
        copy elsewhere; the GRS and GZRS ones have one in the paired region.
        """
        said: dict[str, Any] = self._container.ask(
            lambda client: client.get_account_information(), operation="placement"
        )
        return Placement(
            region=None,
            call="Get Account Information",
            redundancy=said.get("sku_name"),
            request_id=said.get("request_id"),
            raw={
                field: str(said[field])
                for field in ("sku_name", "account_kind", "is_hns_enabled", "version")
                if said.get(field) is not None
            },
        )

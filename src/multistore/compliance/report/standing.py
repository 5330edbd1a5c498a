"""Whether a thing stands in Japan, as far as the report says so; for what is drawn and listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.residency.catalog import Catalog

if TYPE_CHECKING:
    from multistore.compliance.model import Report, Resource


def in_japan(resource: Resource, report: Report) -> bool | None:
    """Say whether it stands in Japan; None where nobody says.

    The country decides, then what a copy says of its target, then the region of a provider whose
    rows in the table are complete: one that is not there is not in Japan.
    """
    if resource.country_server is not None:
        return resource.country_server == "JP"
    told = {copy.in_japan for copy in report.copies if copy.target == resource.id} - {None}
    if told:
        return told == {True}
    catalog = Catalog.load()
    provider = catalog.providers.get(resource.provider)
    if resource.region is None or provider is None or not provider.closed:
        return None
    return any(
        (row.provider, row.region, row.country) == (resource.provider, resource.region, "JP")
        for row in catalog.rows
    )

"""What is looked at: the configuration's stores, their accounts, and the configuration itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from multistore.compliance.model import Resource, Text
from multistore.errors import ConfigurationError, ResidencyError
from multistore.residency import pinning
from multistore.residency.prefectures import in_japan
from multistore.residency.ranges import REGIONS_IN_JAPAN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multistore.config import Settings, StoreSettings
    from multistore.residency.catalog import Catalog
    from multistore.residency.reasons import Reason
    from multistore.stores.endpoint import Endpoint

STORES = "multistore.stores"
"""The entry-point group of stores that installed packages bring."""

_ON_THIS_MACHINE = ("local", "memory")
# A kabushiki kaisha is by its form a company under Japanese law (Companies Act, art. 2 and 6).
_JAPANESE_COMPANY = ("株式会社", "合同会社")
# Where the parent that runs the service is incorporated; a contract may name another entity.
_OPERATORS = {"aws": "US", "azure": "US", "gcs": "US"}


@dataclass(frozen=True, slots=True)
class Pinned:
    """The stores of one check.

    Attributes:
        resources: the stores, their accounts, the configuration.
        endpoints: by store; a store without one has no network, or may not be talked to.
        refusals: of a store that the table refuses, why.
    """

    resources: tuple[Resource, ...]
    endpoints: dict[str, Endpoint]
    refusals: dict[str, tuple[Reason, ...]] = field(default_factory=dict[str, "tuple[Reason, ...]"])


def chosen(settings: Settings, stores: Iterable[str]) -> tuple[str, ...]:
    """Return the stores to look at: the named ones, or all.

    Raises:
        ConfigurationError: there is no such store.
    """
    names = tuple(dict.fromkeys(stores)) or tuple(settings.stores)
    unknown = [name for name in names if name not in settings.stores]
    if unknown:
        raise ConfigurationError(
            f"there is no store {unknown[0]!r}",
            hint=f"The stores are {', '.join(sorted(settings.stores))}.",
        )
    return names


def pinned(settings: Settings, catalog: Catalog, names: Iterable[str], *, account: bool) -> Pinned:
    """Pin every store's endpoint and say what there is to look at. No network.

    Raises:
        ConfigurationError: an entry is missing or of the wrong shape.
    """
    lines = _Lines(settings)
    found: dict[str, Resource] = {}
    endpoints: dict[str, Endpoint] = {}
    refusals: dict[str, tuple[Reason, ...]] = {}
    for name in names:
        entry = settings.stores[name]
        if entry.provider not in _ON_THIS_MACHINE:
            try:
                endpoints[name] = _endpoint(name, entry, settings, catalog)
            except ResidencyError as error:
                refusals[name] = error.reasons
        for resource in _of_store(name, entry, catalog, endpoints.get(name), lines):
            _add(resource, found)
        if name in endpoints:
            for resource in _accounts(name, entry, endpoints[name], account=account):
                found.setdefault(resource.id, resource)
    own = Resource("configuration", "configuration", lines.name, "multistore", role="account")
    return Pinned((*found.values(), own), endpoints, refusals)


def _add(resource: Resource, found: dict[str, Resource]) -> None:
    """Add a store; two stores of one configuration may share a bucket, and stay two."""
    if resource.id in found:
        resource = replace(resource, id=f"{resource.id}#{resource.store}")
    found[resource.id] = resource


def _endpoint(name: str, entry: StoreSettings, settings: Settings, catalog: Catalog) -> Endpoint:
    if catalog.family(entry.provider) is None and entry_points(group=STORES, name=entry.provider):
        # Nothing is known of a third party's provider: it is held to what a claim says.
        entry = entry.model_copy(update={"provider": "s3-compatible"})
    return pinning.endpoint(catalog, name, entry, proxy=settings.vault.proxy)


def _of_store(
    name: str,
    entry: StoreSettings,
    catalog: Catalog,
    endpoint: Endpoint | None,
    lines: _Lines,
) -> Iterable[Resource]:
    region = endpoint.region if endpoint is not None else entry.region
    kind, identity, own = _identity(entry, catalog, endpoint)
    yield Resource(
        id=identity,
        kind=kind,
        name=own,
        provider=entry.provider,
        store=name,
        region=region,
        place=_place(entry, catalog, region),
        country_server=_country(entry, catalog, endpoint, region),
        country_operator=_operator(entry, catalog),
        config_file=lines.file,
        config_line=lines.of(name),
    )


def _identity(
    entry: StoreSettings, catalog: Catalog, endpoint: Endpoint | None
) -> tuple[str, str, str]:
    """Return kind, id and own name of a store."""
    bucket = entry.bucket or ""
    if entry.provider == "local":
        return "local", f"local:{entry.path}", str(entry.path)
    if entry.provider == "memory":
        return "memory", "memory", "memory"
    if entry.provider == "azure":
        return "azure-container", f"azure://{entry.account}/{bucket}", bucket
    if entry.provider == "aws":
        return "s3-bucket", f"s3://{bucket}", bucket
    host = (endpoint.url if endpoint is not None else entry.endpoint or "").partition("://")[2]
    kind = "s3-compatible-bucket" if catalog.family(entry.provider) else "third-party"
    return kind, f"{entry.provider}://{host}/{bucket}", bucket


def _accounts(
    name: str, entry: StoreSettings, endpoint: Endpoint, *, account: bool
) -> Iterable[Resource]:
    """Give the account behind a store, once per credentials."""
    credentials = entry.credentials or "default"
    host = endpoint.url.partition("://")[2]
    if entry.provider == "aws":
        kind, identity, own = "aws-account", f"aws-account:{credentials}", credentials
    elif entry.provider == "azure":
        kind, identity, own = "azure-account", f"azure://{entry.account}", str(entry.account)
    elif account:
        kind = "s3-compatible-account"
        identity, own = f"{entry.provider}-account:{host} {credentials}", credentials
    else:
        return
    yield Resource(
        id=identity, kind=kind, name=own, provider=entry.provider, role="account", via=name
    )


def _place(entry: StoreSettings, catalog: Catalog, region: str | None) -> Text | None:
    if entry.placement is not None:
        return Text(entry.placement.prefecture, entry.placement.prefecture)
    found = catalog.place_of(entry.provider, region) if region else None
    return Text(*found) if found else None


def _country(
    entry: StoreSettings, catalog: Catalog, endpoint: Endpoint | None, region: str | None
) -> str | None:
    """Say in which country the server stands, by the table or the claim; None: nobody says."""
    japanese = REGIONS_IN_JAPAN.get(entry.provider)
    if japanese is not None:
        return "JP" if region in japanese else None
    if entry.placement is not None:
        return "JP" if in_japan(entry.placement.prefecture) else None
    host = (endpoint.url if endpoint is not None else "").partition("://")[2].partition("/")[0]
    row = catalog.row(host, account=entry.account)
    return row.country if row is not None else None


def _operator(entry: StoreSettings, catalog: Catalog) -> str | None:
    """Say where the operator is incorporated, by the claim or its name; None: nobody says."""
    if entry.placement is not None:
        return entry.placement.operator_country
    provider = catalog.providers.get(entry.provider)
    if provider is not None and any(word in provider.operator for word in _JAPANESE_COMPANY):
        return "JP"
    return _OPERATORS.get(entry.provider)


class _Lines:
    """Finds the line of the configuration at which a store's entry begins."""

    def __init__(self, settings: Settings) -> None:
        self.file = str(settings.source) if settings.source is not None else None
        self.name = self.file or "settings made in code"
        self._lines: list[str] = []
        if settings.source is not None:
            try:
                self._lines = settings.source.read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError):
                self._lines = []

    def of(self, store: str) -> int | None:
        """Return the line, from 1; None where the entry cannot be found."""
        name = re.escape(store)
        entry = re.compile(rf"""\s*(\[\s*stores\.["']?{name}["']?\s*\]|stores\.{name}\b)""")
        return next((i for i, line in enumerate(self._lines, 1) if entry.match(line)), None)

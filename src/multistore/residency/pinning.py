"""The one endpoint of a store: (provider, full host, region) matched together, and pinned.

Pure: what a configuration asks for is held against the table; nothing is guessed and nothing is
asked. What is admitted in the end is decided by the evidence (``rules``); here only what can
never be is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from multistore.errors import ConfigurationError
from multistore.residency import names
from multistore.residency.location import Location
from multistore.residency.reasons import Effect, Reason, refusal
from multistore.stores.endpoint import Endpoint, Profile

if TYPE_CHECKING:
    from multistore.config import StoreSettings
    from multistore.errors import ResidencyError
    from multistore.residency.catalog import Catalog
    from multistore.residency.evidence import Family
    from multistore.residency.rows import Refusal, Row

GENERIC = "s3-compatible"
Style = Literal["path", "virtual"]
_LABELS = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_UNPROVEN = Profile(server_copy=False, bulk_delete=False)
_RULES = {"aws": "RES-001", "azure": "AZR-001"}


def endpoint(
    catalog: Catalog, store: str, settings: StoreSettings, *, proxy: str | None
) -> Endpoint:
    """Return the one address that a store may talk to. Pure: no network, no environment.

    Nothing is guessed: a region comes from the settings or from the row of the host.

    Raises:
        ConfigurationError: an entry is missing or of the wrong shape.
        ResidencyError: it leads out of Japan, or to where nobody says; ``reasons`` has the rules.
    """
    return _Pinning(catalog, store, settings, proxy).endpoint()


@dataclass(frozen=True, slots=True)
class _Pinning:
    """One store's question to the table."""

    catalog: Catalog
    store: str
    settings: StoreSettings
    proxy: str | None

    def endpoint(self) -> Endpoint:
        family = self.catalog.family(self.settings.provider)
        if family is None or family in ("local", "memory"):
            known = ", ".join(sorted({"aws", "azure", GENERIC, *self.catalog.providers}))
            raise self.wrong(
                f"{self.settings.provider!r} has no endpoint in the table",
                f"The table knows {known}.",
            )
        self.check_names(family)
        self.check_proxy()
        url = self.settings.endpoint
        given = Location.parse(url, store=self.store) if url else None
        if given is None:
            return self.by_region() if self.settings.provider != GENERIC else self.generic(None)
        if given.loopback:
            return self.loopback(family, given)
        if given.scheme != "https":
            raise self.refused("ENC-006", "host.plain", host=given.host)
        denial = self.catalog.denial(given.host)
        if denial is not None:
            words = {"reason_en": denial.reason.en, "reason_ja": denial.reason.ja}
            raise self.refused(denial.rule, "host.denied", host=given.host, **words)
        if self.settings.provider == GENERIC:
            return self.generic(given)
        return self.listed(self.settings.provider, given)

    # --- what is given, held to its shape -------------------------------------------------------

    def check_names(self, family: Family) -> None:
        fault = names.bucket(self.settings.bucket, family)
        if fault is None and (family == "azure" or self.settings.account is not None):
            fault = names.account(self.settings.account, family)
        if fault is None:
            return
        if fault.text == "bucket.missing":
            raise self.wrong(fault.say("en"), fault.advise("en"))
        raise self.refusal(fault)

    def check_proxy(self) -> None:
        if self.proxy is None:
            return
        parts = urlsplit(self.proxy)
        if parts.scheme != "http" or not parts.hostname:
            raise ConfigurationError(
                "vault.proxy is not the address of an HTTP proxy",
                hint="Write http://host:port; requests pass it by CONNECT, inside TLS.",
            )

    def check_region(self, provider: str) -> None:
        """Refuse a region that the provider does not have in Japan."""
        region = self.settings.region
        own = self.rows(provider)
        if region is None:
            return
        if self.catalog.refused_region(provider, region) is not None or (
            region not in {row.region for row in own} and all(row.region for row in own)
        ):
            raise self.bad_region(provider, region)

    def needed_region(self, provider: str) -> str:
        if self.settings.region is not None:
            return self.settings.region
        raise self.wrong(
            f"{provider} needs a region; there is no default",
            f"In Japan it has {self.catalog.known_regions(provider)}.",
        )

    def rows(self, provider: str) -> list[Row]:
        return [row for row in self.catalog.rows if row.provider == provider]

    # --- the three ways to an endpoint ----------------------------------------------------------

    def by_region(self) -> Endpoint:
        """Take the only host that the provider has in the region."""
        provider = self.settings.provider
        region = self.needed_region(provider)
        self.check_region(provider)
        own = self.rows(provider)
        found = [
            (row, host)
            for row in own
            if row.region == region
            for host in row.hosts_for(self.settings.account)
        ]
        if len(found) != 1:
            hosts = ", ".join(host for row in own for host in row.hosts)
            raise self.wrong(
                f"{provider} has {len(found)} endpoints for {region}",
                f"State the endpoint; the table has {hosts}. "
                "{account} stands for the store's account.",
            )
        return self.pinned(*found[0])

    def listed(self, provider: str, given: Location) -> Endpoint:
        """Match the given host and region with one row of the provider."""
        self.check_region(provider)
        region = self.settings.region
        if provider == "azure":
            region = self.needed_region(provider)
        by_host = [r for r in self.rows(provider) if given.host in r.hosts_for(self.account)]
        row = next((r for r in by_host if region is None or r.region in (None, region)), None)
        if row is None and by_host:
            raise self.refused(
                "NET-004",
                "region.mismatch",
                configured=str(region),
                host=given.host,
                listed=str(by_host[0].region),
            )
        if row is None or given.port not in (None, 443) or given.path not in ("", row.base_path):
            raise self.unlisted(provider, f"{given.netloc}{given.path}")
        return self.pinned(row, given.host)

    def generic(self, given: Location | None) -> Endpoint:
        """Take a listed host's row, or a host about which something is claimed."""
        if given is None:
            raise self.wrong(
                "an s3-compatible store needs an endpoint",
                "Write the URL as the operator's manual has it.",
            )
        row = self.catalog.row(given.host, account=self.account)
        if row is not None and self.catalog.providers[row.provider].closed:
            raise self.wrong(
                f"{given.host} belongs to {row.provider}",
                f'Write provider = "{row.provider}" and its region.',
            )
        if row is not None:
            return self.listed(row.provider, given)
        if self.catalog.worldwide(given.host):
            raise self.unlisted(GENERIC, given.host)
        if self.settings.placement is None:
            raise self.refused("ATT-001", "host.unclaimed", host=given.host)
        style = self.style("path")
        return Endpoint(
            provider=GENERIC,
            url=f"https://{given.netloc}{given.path}",
            region=self.settings.region,
            hosts=self.hosts(given.netloc, style),
            profile=Profile(addressing=style, server_copy=False, bulk_delete=False),
            proxy=self.proxy,
        )

    def loopback(self, family: Family, given: Location) -> Endpoint:
        """Take an endpoint on this machine; it is never reached through a proxy."""
        region, provider = self.settings.region, self.settings.provider
        dialect, path = _UNPROVEN, given.path
        if family in ("aws", "azure"):
            region = self.needed_region(provider)
            row = next((row for row in self.rows(provider) if row.region == region), None)
            if row is None:
                raise self.bad_region(provider, region)
            dialect = row.dialect.profile("path")
        if family == "azure" and not path:
            path = f"/{self.account}"
        return Endpoint(
            provider=provider,
            url=f"{given.scheme}://{given.netloc}{path}",
            region=region,
            hosts=frozenset({given.netloc}),
            profile=dialect,
            proxy=None,
        )

    # --- the pinned result ------------------------------------------------------------------------

    @property
    def account(self) -> str | None:
        return self.settings.account

    def style(self, own: Style) -> Style:
        """Choose how the bucket is named: a dotted one fits no wildcard certificate."""
        style = self.settings.addressing or own
        return "path" if "." in (self.settings.bucket or "") else style

    def pinned(self, row: Row, host: str) -> Endpoint:
        style = self.style(row.addressing)
        return Endpoint(
            provider=row.provider,
            url=f"https://{host}{row.base_path}" if row.provider != "azure" else f"https://{host}",
            region=row.region or self.settings.region,
            hosts=frozenset({host}) if row.provider == "azure" else self.hosts(host, style),
            profile=row.dialect.profile(style),
            proxy=self.proxy,
        )

    def hosts(self, netloc: str, style: Style) -> frozenset[str]:
        """Pin both styles' hosts where the bucket may be in the host: SDKs fall back to path."""
        bucket = self.settings.bucket or ""
        if style == "path" or not _LABELS.fullmatch(bucket):
            return frozenset({netloc})
        return frozenset({netloc, f"{bucket}.{netloc}"})

    # --- why not ----------------------------------------------------------------------------------

    def wrong(self, message: str, hint: str) -> ConfigurationError:
        return ConfigurationError(f"stores.{self.store}: {message}", hint=hint)

    def refused(self, rule: str, text: str, **values: str) -> ResidencyError:
        return self.refusal(Reason(rule, Effect.REFUSED, text, values))

    def refusal(self, reason: Reason) -> ResidencyError:
        return refusal(
            [reason],
            operation="open",
            store=self.store,
            provider=self.settings.provider,
            bucket=(self.settings.bucket or "")[:80] or None,
        )

    def unlisted(self, provider: str, host: str) -> ResidencyError:
        rule = "AZR-011" if provider == "azure" else _RULES.get(provider, "TAB-001")
        known = self.catalog.known_regions(provider) or "a listed endpoint"
        return self.refused(rule, "host.unlisted", host=host, provider=provider, known=known)

    def bad_region(self, provider: str, region: str) -> ResidencyError:
        refused: Refusal | None = self.catalog.refused_region(provider, region)
        english, japanese = self.catalog.elsewhere(provider, region)
        values = {
            "region": region,
            "provider": provider,
            "known": self.catalog.known_regions(provider) or "-",
            "elsewhere_en": english,
            "elsewhere_ja": japanese,
        }
        rule = _RULES.get(provider, "TAB-001")
        if refused is None:
            return self.refused(rule, "region.unlisted", **values)
        places = {"place_en": refused.place.en, "place_ja": refused.place.ja}
        return self.refused(rule, "region.refused", **values, **places)

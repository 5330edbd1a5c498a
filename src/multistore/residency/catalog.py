"""The table of providers: what stands where, and what never opens. No I/O but its file."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from multistore.errors import ConfigurationError
from multistore.residency import rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from multistore.residency.evidence import Family
    from multistore.residency.rows import Denial, Fronts, Provider, Refusal, Row, Table

_FAMILIES: dict[str, Family] = {
    "aws": "aws",
    "azure": "azure",
    "s3-compatible": "s3-compatible",
    "local": "local",
    "memory": "memory",
}


class Catalog:
    """The shipped table and a user's own rows; immutable once loaded.

    Attributes:
        providers: by name.
        rows: every row, the shipped ones first.
        refusals: regions that look Japanese.
        deny: hosts that nothing opens.
        fronts: names that show a resold cloud.
    """

    def __init__(self, table: Table) -> None:
        """Take a validated table; ``load`` is the way to have one."""
        self.providers: dict[str, Provider] = {entry.name: entry for entry in table.providers}
        self.rows: tuple[Row, ...] = table.rows
        self.refusals: tuple[Refusal, ...] = table.refusals
        self.deny: tuple[Denial, ...] = table.deny
        self.fronts: Fronts | None = table.fronts
        self._worldwide = table.worldwide.suffixes if table.worldwide else ()

    @classmethod
    def load(cls, extra: Sequence[Path] = ()) -> Catalog:
        """Read the shipped table, and files of further rows.

        Raises:
            ConfigurationError: a file is missing or wrong, or a row of it repeats or
                contradicts one that is there already; nothing is ever replaced.
        """
        catalog = cls(_shipped())
        for path in extra:
            catalog = cls(catalog._extended(path))
        return catalog

    def _extended(self, path: Path) -> Table:
        more = rows.extension(path)
        faults = [
            *(
                f"the provider {entry.name!r} is there already"
                for entry in more.providers
                if entry.name in {*self.providers, *_FAMILIES}
            ),
            *(fault for row in more.rows if (fault := self._conflict(row))),
            *(
                f"the host {host} is refused, but a row in use opens it"
                for denial in more.deny
                for row in self.rows
                for host in row.hosts
                if denial.covers(host)
            ),
        ]
        known = {*self.providers, *(entry.name for entry in more.providers)}
        faults += [
            f"no file names the provider {row.provider!r}"
            for row in more.rows
            if row.provider not in known
        ]
        if faults:
            raise ConfigurationError(
                f"vault.providers: {path}: {'; '.join(faults)}",
                hint="Rows can be added, never replaced; remove these, or correct them.",
            )
        return rows.Table(
            format=1,
            providers=(*self.providers.values(), *more.providers),
            rows=(*self.rows, *more.rows),
            refusals=(*self.refusals, *more.refusals),
            deny=(*self.deny, *more.deny),
            worldwide=_shipped().worldwide,
            fronts=self.fronts,
        )

    def _conflict(self, row: Row) -> str | None:
        provider = self.providers.get(row.provider)
        if provider is not None and provider.closed:
            return f"the rows of {row.provider!r} are complete"
        for host in row.hosts:
            taken = next((known for known in self.rows if host in known.hosts), None)
            if taken is not None:
                return f"the host {host} is there already ({taken.provider}, {taken.source})"
            denial = self.denial(host)
            if denial is not None:
                return f"the host {host} is refused: {denial.reason.en} ({denial.source})"
        for known in self.rows:
            same = (known.provider, known.region) == (row.provider, row.region)
            told = (known.country, known.place) == (row.country, row.place)
            if row.region is not None and same and not told:
                return (
                    f"{row.provider}'s {row.region} is {known.place.en}, {known.country}, already "
                    f"({known.source}), and here {row.place.en}, {row.country}"
                )
        refused = self.refused_region(row.provider, row.region)
        if refused is not None:
            return f"{row.provider}'s {row.region} is {refused.place.en} ({refused.source})"
        return None

    # --- looking up -------------------------------------------------------------------------

    def family(self, provider: str) -> Family | None:
        """Return which rules apply to a provider, or None where the table does not know it."""
        own: Family | None = _FAMILIES.get(provider)
        return own or ("s3-compatible" if provider in self.providers else None)

    def denial(self, host: str) -> Denial | None:
        """Return why nothing may open this host, or None."""
        return next((entry for entry in self.deny if entry.covers(host)), None)

    def refused_region(self, provider: str, region: str | None) -> Refusal | None:
        """Return the refusal of a region that looks Japanese, or None."""
        return next(
            (e for e in self.refusals if (e.provider, e.region) == (provider, region)), None
        )

    def row(self, host: str, *, account: str | None = None) -> Row | None:
        """Return the row of this full host among the services that speak S3."""
        return next(
            (
                row
                for row in self.rows
                if row.provider != "azure" and host in row.hosts_for(account)
            ),
            None,
        )

    def worldwide(self, host: str) -> bool:
        """Whether the host's operator has stores in many countries under the same suffix."""
        return any(host == suffix or host.endswith(f".{suffix}") for suffix in self._worldwide)

    def elsewhere(self, provider: str, region: str) -> tuple[str, str]:
        """Say in English and Japanese what the same region code means at other providers."""
        others = [r for r in self.rows if r.region == region and r.provider != provider]
        if not others:
            return "", ""
        return (
            f" ({', '.join(f'at {row.provider} it is {row.place.en}' for row in others)})",
            f"（{'、'.join(f'{row.provider} では {row.place.ja}' for row in others)}）",
        )

    def known_regions(self, provider: str) -> str:
        """List what of this provider is in Japan: regions, or hosts where it has no regions."""
        own = [row for row in self.rows if row.provider == provider]
        return ", ".join(
            f"{row.region} ({row.place.en})" if row.region else ", ".join(row.hosts) for row in own
        )

    def place_of(self, provider: str, region: str) -> tuple[str, str] | None:
        """Return the English and Japanese name of a region's place, where the table has it."""
        entries: list[Row | Refusal] = [*self.rows, *self.refusals]
        for entry in entries:
            if (entry.provider, entry.region) == (provider, region):
                return entry.place.en, entry.place.ja
        return None


@lru_cache(maxsize=1)
def _shipped() -> Table:
    return rows.shipped()

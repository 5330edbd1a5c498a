"""The address ranges that AWS and Azure publish, and where an address lies in them.

Shipped in ``ranges/`` in a compact form: Japan's rows, and those that look Japanese. A newer
copy that the user gives replaces the shipped one: AWS's ip-ranges.json as it is, or Azure's
ServiceTags_Public_YYYYMMDD.json as it is (its date is in its name only).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from importlib import resources
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TYPE_CHECKING, Any, Literal

from multistore.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Network = IPv4Network | IPv6Network
IPAddress = IPv4Address | IPv6Address

REGIONS_IN_JAPAN = {
    "aws": frozenset({"ap-northeast-1", "ap-northeast-3"}),
    "azure": frozenset({"japaneast", "japanwest"}),
}
_STORAGE = {"aws": "S3", "azure": "AzureStorage"}


@dataclass(frozen=True, slots=True)
class Block:
    """One network, and what its operator says of it.

    Attributes:
        network: the addresses.
        region: as the operator names it; ``GLOBAL`` where they serve any.
        group: AWS's network border group, which alone tells a Local Zone from its parent
            region; at Azure the region again.
        service: ``S3``, ``AzureStorage`` …
    """

    network: Network
    region: str
    group: str
    service: str


@dataclass(frozen=True, slots=True)
class Published:
    """One edition of an operator's file.

    Attributes:
        provider: ``aws`` or ``azure``.
        token: the operator's syncToken or changeNumber.
        dated: of which day the edition is.
        source: where it comes from.
        blocks: its rows.
    """

    provider: Literal["aws", "azure"]
    token: str
    dated: date
    source: str
    blocks: tuple[Block, ...]

    def locate(self, address: IPAddress) -> Block | None:
        """Return the row of this address: the storage service's where there is one."""
        found = [
            block
            for block in self.blocks
            if block.network.version == address.version and address in block.network
        ]
        storage = _STORAGE[self.provider]
        found.sort(key=lambda block: (block.service != storage, -block.network.prefixlen))
        return found[0] if found else None

    def japanese(self, block: Block) -> bool:
        """Whether the row is the storage service in Japan: region and border group agree.

        A Local Zone (Taipei's ap-northeast-1-tpe-1) has a parent region in Japan and is not.
        """
        return (
            block.service == _STORAGE[self.provider]
            and block.region == block.group
            and block.region in REGIONS_IN_JAPAN[self.provider]
        )

    def abroad(self, block: Block) -> bool:
        """Whether the row is of a place that is not a region in Japan, whatever the service."""
        return not (block.region == block.group and block.region in REGIONS_IN_JAPAN[self.provider])


def shipped() -> tuple[Published, ...]:
    """Return the editions that came with this version."""
    folder = resources.files("multistore.residency").joinpath("ranges")
    return tuple(
        parse(folder.joinpath(f"{name}.json").read_text(encoding="utf-8"), name=f"{name}.json")
        for name in ("aws", "azure")
    )


def load(paths: Iterable[Path]) -> tuple[Published, ...]:
    """Return one edition per operator: the newest of the shipped one and the given ones.

    Raises:
        ConfigurationError: a file cannot be read or is of no known form.
    """
    newest = {edition.provider: edition for edition in shipped()}
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"vault.address_ranges: {path} cannot be read: {error}"
            ) from None
        edition = parse(text, name=path.name)
        if edition.dated >= newest[edition.provider].dated:
            newest[edition.provider] = edition
    return tuple(newest.values())


def parse(text: str, *, name: str) -> Published:
    """Read one edition in the operator's own form, or in the compact form that is shipped.

    Raises:
        ConfigurationError: it is neither, or its date is not known.
    """
    try:
        raw = json.loads(text)
        if "blocks" in raw:
            return _compact(raw)
        if "prefixes" in raw:
            return _aws(raw)
        if "values" in raw:
            return _azure(raw, name)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError(f"vault.address_ranges: {name} is damaged: {error!r}") from None
    raise ConfigurationError(
        f"vault.address_ranges: {name} is neither AWS's ip-ranges.json nor Azure's service tags"
    )


def _compact(raw: dict[str, Any]) -> Published:
    if raw["provider"] not in _STORAGE:
        raise ValueError(raw["provider"])
    return Published(
        provider=raw["provider"],
        token=str(raw["token"]),
        dated=date.fromisoformat(raw["date"]),
        source=raw["source"],
        blocks=tuple(
            Block(ip_network(network), row["region"], row["group"], row["service"])
            for row in raw["blocks"]
            for network in row["networks"]
        ),
    )


def _aws(raw: dict[str, Any]) -> Published:
    rows = [*raw["prefixes"], *raw.get("ipv6_prefixes", [])]
    return Published(
        provider="aws",
        token=str(raw["syncToken"]),
        dated=date.fromisoformat(raw["createDate"][:10]),
        source="https://ip-ranges.amazonaws.com/ip-ranges.json",
        blocks=tuple(
            Block(
                ip_network(row.get("ip_prefix") or row["ipv6_prefix"]),
                row["region"],
                row["network_border_group"],
                row["service"],
            )
            for row in rows
        ),
    )


def _azure(raw: dict[str, Any], name: str) -> Published:
    stamp = re.search(r"(20\d\d)(\d\d)(\d\d)", name)
    if stamp is None:
        raise ConfigurationError(
            f"vault.address_ranges: the name {name} does not say of which day the file is",
            hint="Keep Microsoft's own name, ServiceTags_Public_YYYYMMDD.json.",
        )
    return Published(
        provider="azure",
        token=str(raw["changeNumber"]),
        dated=date(*map(int, stamp.groups())),
        source="Azure IP Ranges and Service Tags",
        # The tags without a region repeat those of every region.
        blocks=tuple(
            Block(ip_network(network), tag["region"], tag["region"], tag["systemService"])
            for tag in (value["properties"] for value in raw["values"])
            if tag["region"] and tag["systemService"] == "AzureStorage"
            for network in tag["addressPrefixes"]
        ),
    )

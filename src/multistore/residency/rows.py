"""The table of providers: the shape of its entries, read from TOML and validated."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from fnmatch import fnmatchcase
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from multistore.errors import ConfigurationError
from multistore.stores.endpoint import Profile

if TYPE_CHECKING:
    from pathlib import Path

_HOST = re.compile(r"(\{account\}\.)?[a-z0-9-]+(\.[a-z0-9-]+)+")
_PATTERN = re.compile(r"[a-z0-9*-]+(\.[a-z0-9*-]+)+")


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is not a full, lower-case host name")
    return text


def _pattern(text: str) -> str:
    if not _PATTERN.fullmatch(text):
        raise ValueError(f"{text!r} is not a host name with * in it")
    return text


_Host = Annotated[str, AfterValidator(_host)]
_Pattern = Annotated[str, AfterValidator(_pattern)]
_Text = Annotated[str, Field(min_length=1)]
_Provider = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


class Words(BaseModel, frozen=True, extra="forbid"):
    """The same words in English and Japanese."""

    en: _Text
    ja: _Text


class Provider(BaseModel, frozen=True, extra="forbid"):
    """One operator's storage service.

    Attributes:
        name: how a configuration names it.
        title: what it is called.
        operator: who runs it, as far as published.
        closed: its rows are complete; a file of further rows may not add one.
    """

    name: _Provider
    title: _Text
    operator: _Text
    closed: bool = False


class Dialect(BaseModel, frozen=True, extra="forbid"):
    """How the service differs from AWS S3; what is not sourced is absent, and means no."""

    sdk_checksums: bool = False
    ascii_names: bool = False
    concurrency: int | None = Field(default=None, ge=1)
    conditional_create: bool = False
    conditional_update: bool = False
    conditional_delete: bool = False
    server_copy: bool = False
    bulk_delete: bool = False
    versions: bool = False
    object_lock: bool = False
    rules: bool = False
    suffix_range: bool = False
    unequal_parts: bool = False

    def profile(self, addressing: Literal["path", "virtual"]) -> Profile:
        """Return it as the stores read it."""
        return Profile(addressing=addressing, **self.model_dump())


class Row(BaseModel, frozen=True, extra="forbid"):
    """One region of one provider, and where it stands.

    Attributes:
        provider: the provider's name.
        region: as requests are signed for it; None where the operator's is not known.
        hosts: full host names; ``{account}`` stands for the store's account.
        base_path: what precedes the bucket in the path of every URL.
        country: ISO 3166-1 alpha-2; only JP is ever admitted.
        place: prefecture or city, as far as published.
        addressing: how the bucket is named.
        dialect: what the service can do.
        confidence: ``documented`` by the operator, or ``observed`` by others.
        source: where it says so.
        date: of the source, or when it was read.
        note: what else is worth knowing.
    """

    provider: _Provider
    region: _Text | None = None
    hosts: tuple[_Host, ...] = Field(min_length=1)
    base_path: str = Field(default="", pattern=r"^(/[A-Za-z0-9._-]+)*$")
    country: str = Field(default="JP", pattern=r"^[A-Z]{2}$")
    place: Words
    addressing: Literal["path", "virtual"]
    dialect: Dialect = Dialect()
    confidence: Literal["documented", "observed"]
    source: _Text
    date: date
    note: str | None = None

    def hosts_for(self, account: str | None) -> tuple[str, ...]:
        """Return the hosts of one account; those that need one are left out without it."""
        return tuple(
            host.replace("{account}", account or "")
            for host in self.hosts
            if account or "{account}" not in host
        )


class Refusal(BaseModel, frozen=True, extra="forbid"):
    """A region that looks Japanese and is not, or of which nobody says where it is."""

    provider: _Provider
    region: _Text
    place: Words
    source: _Text
    date: date


class Denial(BaseModel, frozen=True, extra="forbid"):
    """Hosts that nothing can open, and why."""

    hosts: tuple[_Pattern, ...] = Field(min_length=1)
    rule: str = Field(pattern=r"^[A-Z]{3}-\d{3}$")
    reason: Words
    source: _Text
    date: date

    def covers(self, host: str) -> bool:
        """Whether the host is one of them."""
        return any(fnmatchcase(host, pattern) for pattern in self.hosts)


class Worldwide(BaseModel, frozen=True, extra="forbid"):
    """Suffixes of operators with stores in many countries: a claim does not open them."""

    suffixes: tuple[_Host, ...]
    source: _Text
    date: date


class Fronts(BaseModel, frozen=True, extra="forbid"):
    """Names that show, in a certificate or a DNS alias, who really answers."""

    domains: tuple[_Host, ...]
    organisations: tuple[_Text, ...]
    source: _Text
    date: date


class Table(BaseModel, frozen=True, extra="forbid"):
    """A whole file of the table."""

    format: Literal[1]
    providers: tuple[Provider, ...] = ()
    rows: tuple[Row, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    deny: tuple[Denial, ...] = ()
    worldwide: Worldwide | None = None
    fronts: Fronts | None = None


class Extension(BaseModel, frozen=True, extra="forbid"):
    """A file with a user's own rows: the same entries, held to the same rules."""

    format: Literal[1]
    providers: tuple[Provider, ...] = ()
    rows: tuple[Row, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    deny: tuple[Denial, ...] = ()


def shipped() -> Table:
    """Return the table that came with this version."""
    text = resources.files("multistore.residency").joinpath("providers.toml").read_text("utf-8")
    return Table.model_validate(tomllib.loads(text))


def extension(path: Path) -> Extension:
    """Read a user's own rows.

    Raises:
        ConfigurationError: the file is missing, not TOML, or has a wrong or missing entry; the
            message names the file and every such entry.
    """
    try:
        return Extension.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationError(
            f"vault.providers: {path} cannot be read: {error.strerror}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"vault.providers: {path} is not TOML: {error}") from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise ConfigurationError(f"vault.providers: {path}: {faults}") from None

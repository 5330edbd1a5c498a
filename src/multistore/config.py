"""multistore.toml as frozen settings; secrets are references here, never values."""

from __future__ import annotations

import tomllib
from datetime import date
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from pickle import PicklingError
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from multistore.errors import ConfigurationError
from multistore.values import NAME

if TYPE_CHECKING:
    import os


YEARS_END = ("12-29", "12-30", "12-31", "01-01", "01-02", "01-03")
"""When Japanese offices are closed at the turn of the year, where the operator says nothing."""


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError("use 1 to 63 of a-z, 0-9 and -, and do not begin with -")
    return text


Name = Annotated[str, AfterValidator(_name)]
Retention = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3} (days|months|years)$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Observed(_Frozen):
    """What a service showed of itself when a claim was signed; a change is reported, no more.

    Attributes:
        location: what GetBucketLocation said.
        certificate_key: the SHA-256 of the certificate's public key (SubjectPublicKeyInfo).
        server: the Server header.
        zone: the zone at the end of a Ceph gateway's request ids.
    """

    location: str | None = None
    certificate_key: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    server: str | None = None
    zone: str | None = None


class PlacementClaim(_Frozen):
    """What is claimed about a cloud that publishes nothing: by whom, on what paper, until when.

    Attributes:
        operator: the legal entity that runs the storage.
        operator_country: where that entity is incorporated, ISO 3166-1 alpha-2.
        prefecture: where the data centre stands.
        document: the signed paper, relative to the configuration.
        sha256: of the document, where it is to be held fast.
        valid_from: when the claim begins.
        valid_until: the last day on which the claim holds.
        addresses: networks in which every address of the endpoint must lie.
        certificate_issuer: the organisation that must have issued the endpoint's certificate.
        observed: what the service showed when the claim was signed; ``multistore check`` reports
            where it shows something else.
    """

    operator: str = Field(min_length=1)
    operator_country: str = Field(default="JP", pattern=r"^[A-Z]{2}$")
    prefecture: str = Field(min_length=1)
    document: Path
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    valid_from: date | None = None
    valid_until: date
    addresses: tuple[IPv4Network | IPv6Network, ...] = ()
    certificate_issuer: str | None = None
    observed: Observed = Observed()


class StoreSettings(_Frozen):
    """One bucket, container or directory.

    Attributes:
        provider: ``aws``, ``azure``, ``s3-compatible``, a name in the table of providers,
            ``local``, ``memory``, or one that an installed package brings.
        region: as the provider names it; there is no default.
        endpoint: the URL of an S3-compatible service; elsewhere only a listed or loopback one.
        bucket: the bucket or container.
        account: the Azure storage account.
        path: the directory of a local store, relative to the configuration.
        accepts: the collections whose data may lie here; nothing else ever does.
        placement: the claim, for a cloud that publishes nothing.
        credentials: ``profile:NAME`` (the AWS profile), ``env:PREFIX`` (PREFIX_ACCESS_KEY_ID
            and PREFIX_SECRET_ACCESS_KEY, or PREFIX_ACCOUNT_KEY for Azure); absent: the SDK's
            own chain. Only the reference is kept.
        addressing: path or virtual, where the table's own does not fit.
        probe: the record that ``multistore probe --output`` wrote, relative to the configuration.
    """

    provider: str = Field(min_length=1)
    region: str | None = None
    endpoint: str | None = None
    bucket: str | None = None
    account: str | None = None
    path: Path | None = None
    accepts: tuple[Name, ...] = Field(min_length=1)
    placement: PlacementClaim | None = None
    credentials: str | None = Field(default=None, pattern=r"^(profile|env):[A-Za-z0-9_.-]+$")
    addressing: Literal["path", "virtual"] | None = None
    probe: Path | None = None


class CollectionSettings(_Frozen):
    """One class of data.

    Attributes:
        store: the store in which it lies.
        retention: how long an object is kept at most, or None.
        survives_tenant: whether it outlives its tenant's contract (access logs).
    """

    store: Name
    retention: Retention | None = None
    survives_tenant: bool = False


class VaultSettings(_Frozen):
    """What belongs to the vault as a whole.

    Attributes:
        ledger: a SQLAlchemy URL.
        keys: ``local:DIRECTORY`` or ``aws-kms://REGION``.
        erasure_log: the store that keeps the erasure log, by which an old copy of the ledger
            is told; best a bucket whose default retention locks what is written.
        providers: TOML files with further rows for the table of providers.
        address_ranges: newer copies of AWS's ip-ranges.json or Azure's service tags.
        proxy: the only proxy that may be used; one that is only in the environment refuses.
        verdict_hours: how long a residency verdict is good for.
        hooks: ``module:function``; each function is called with the open vault, to register its
            handlers.
        signing_key: the private key that signs erasure certificates (PEM, P-256 or Ed25519);
            made at its first need. No erasure destroys it; keep a copy of its public half.
        closing_days: when the operator is closed besides weekends and national holidays, as
            ``MM-DD`` or ``YYYY-MM-DD``: they are no business days.
        telemetry: ``off``, ``on``, or ``with-keys``: spans and metrics by OpenTelemetry, and
            whether they name tenants and keys.
        two_people: whether a tenant's erasure needs the approval of a second person.
        vantage: the prefecture in which the machine stands that runs ``multistore check``, by the
            operator's word; absent: no round trip is measured.
    """

    ledger: str = Field(min_length=1, repr=False)
    keys: str = Field(min_length=1)
    erasure_log: Name | None = None
    providers: tuple[Path, ...] = ()
    address_ranges: tuple[Path, ...] = ()
    proxy: str | None = Field(default=None, repr=False)
    verdict_hours: float = Field(default=6.0, gt=0, le=24)
    hooks: tuple[Annotated[str, Field(pattern=r"^[\w.]+:[\w.]+$")], ...] = ()
    signing_key: Path = Path("certificate-signing-key.pem")
    closing_days: tuple[str, ...] = YEARS_END
    telemetry: Literal["off", "on", "with-keys"] = "off"
    two_people: bool = False
    vantage: str | None = Field(default=None, min_length=1)


class WaiverSettings(_Frozen):
    """A failure of the check that somebody answers for, until a date.

    Attributes:
        rule: the rule's id; ``multistore check --rules`` lists them.
        resource: the store's name, or the id of the resource as the report has it.
        owner: who answers for it.
        reason: why it is accepted.
        expires: the last day, in Japan; afterwards the failure counts again.
    """

    rule: str = Field(pattern=r"^[A-Z]{3}-[0-9]{3}$")
    resource: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    expires: date


class Settings(_Frozen):
    """A whole configuration. Paths in it are relative to ``base``.

    Attributes:
        base: the directory of the configuration file.
        source: that file, or None where the settings were made in code.
        vault: the ledger, the keys, the tables.
        stores: by name.
        collections: by name.
        waivers: failures of the check that somebody answers for.
    """

    vault: VaultSettings
    stores: dict[Name, StoreSettings] = Field(min_length=1)
    collections: dict[Name, CollectionSettings] = Field(min_length=1)
    waivers: tuple[WaiverSettings, ...] = ()
    base: Path = Path()
    source: Path | None = None

    @model_validator(mode="after")
    def _the_erasure_log_has_a_store(self) -> Self:
        name = self.vault.erasure_log
        if name is not None and name not in self.stores:
            raise ValueError(
                f"vault.erasure_log: there is no store {name!r}; "
                f"the stores are {', '.join(sorted(self.stores))}"
            )
        return self

    @model_validator(mode="after")
    def _every_collection_has_a_store_that_accepts_it(self) -> Self:
        for name, collection in self.collections.items():
            store = self.stores.get(collection.store)
            if store is None:
                raise ValueError(
                    f"collections.{name}: there is no store {collection.store!r}; "
                    f"the stores are {', '.join(sorted(self.stores))}"
                )
            if name not in store.accepts:
                raise ValueError(
                    f"collections.{name}: the store {collection.store!r} accepts "
                    f"{', '.join(store.accepts)}, and not {name!r} (rule CLS-001)"
                )
        return self

    def resolve(self, path: Path) -> Path:
        """Return a path of the configuration as one that can be opened."""
        return path if path.is_absolute() else self.base / path

    def portable(self) -> Path | Settings:
        """Return what another process opens the same vault from, without a secret in it.

        Raises:
            PicklingError: these settings were made in code and the ledger's URL may hold a
                password.
        """
        if self.source is not None:
            return self.source.absolute()
        if "@" in self.vault.ledger:
            raise PicklingError(
                "these settings were made in code and their ledger URL may hold a password; "
                "open the vault from a file, which the other process reads itself"
            )
        return self


def load(path: str | os.PathLike[str]) -> Settings:
    """Read a configuration file. No network, and no secret is read.

    Raises:
        ConfigurationError: the file is missing, not TOML, or has a wrong, unknown or missing
            entry; the message names the file and every such entry.
    """
    try:
        path = Path(path)
    except TypeError:
        raise ConfigurationError(
            f"the configuration was given as {type(path).__name__}; it is the path of a file",
            hint='Write multistore.open("multistore.toml"), or give Settings.',
        ) from None
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}", hint="multistore init writes one."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not TOML: {error}") from None
    return parse(raw, base=path.parent, source=path)


def parse(raw: dict[str, Any], *, base: Path, source: Path | None = None) -> Settings:
    """Validate settings that were read or made; see load."""
    try:
        return Settings.model_validate({**raw, "base": base, "source": source})
    except ValidationError as error:
        faults = "; ".join(
            ": ".join(
                part
                for part in (
                    ".".join(str(step) for step in fault["loc"]),
                    fault["msg"].removeprefix("Value error, "),
                )
                if part
            )
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise ConfigurationError(f"{source or 'the configuration'}: {faults}") from None

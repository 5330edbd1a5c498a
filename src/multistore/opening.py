"""open(): the only place where a vault is put together, in this order and no other.

configuration → the table of providers → per store: pinned endpoint, store, evidence, verdict →
ledger and keys → vault. Nothing is written, and no byte of an object leaves, before every store
has been admitted. The layers of each store, from the outside in::

    Vault (validate, route, tell errors) → Gate (residency verdict) → SealedStore → Store
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from importlib.metadata import entry_points
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from multistore import config
from multistore.config import Settings
from multistore.errors import ConfigurationError
from multistore.events import Events
from multistore.hooks import Hooks
from multistore.keys import keyring
from multistore.lifecycle.calendar import BusinessCalendar
from multistore.loading import kept
from multistore.parts import Parts
from multistore.residency import case, pinning, ranges
from multistore.residency.catalog import Catalog
from multistore.residency.gate import Gate
from multistore.routing import Place, Routing
from multistore.sealing.sealed import SealedStore
from multistore.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from multistore.config import StoreSettings
    from multistore.keys.keyring import Keyring
    from multistore.ledger.erasure_log import LogStore
    from multistore.stores.base import Body, Capability, Fetched, Store, StoredObject
    from multistore.stores.endpoint import Endpoint
    from multistore.values import CommonPrefix, Last, Span

DEFAULT = "multistore.toml"
STORES = "multistore.stores"
"""The entry-point group of third parties' stores: ``factory(name, settings, endpoint)``."""

_ON_THIS_MACHINE = ("local", "memory")


def open(configuration: str | os.PathLike[str] | Settings = DEFAULT) -> Vault:  # noqa: A001 - multistore.open
    """Open everything that one configuration names, or nothing.

    Cost: for each store on a network a name look-up, a TLS handshake and one or two requests
    that change nothing; one transaction of the ledger.

    Args:
        configuration: the path of a TOML file, or settings made in code.

    Raises:
        ConfigurationError: the configuration is wrong; the message names the entry.
        ResidencyError: a store is refused, or where it lies cannot be shown now. Nothing was
            written and not one byte of an object has left.
        KeyUnavailableError: the ledger or the keys cannot be had.
    """
    settings = configuration if isinstance(configuration, Settings) else config.load(configuration)
    return _put_together(settings)[0]


def _put_together(settings: Settings) -> tuple[Vault, Keyring]:
    with ExitStack() as undo:
        stores, gates = _admitted(settings, settings.stores, undo)
        log = settings.vault.erasure_log
        hooks = Hooks()
        keys = keyring.open(
            settings.vault.ledger,
            settings.vault.keys,
            base=settings.base,
            log=_Log(stores[log], gates[log]) if log else None,
            hooks=hooks,
        )
        undo.callback(keys.close)
        places = {
            name: Place(SealedStore(stores[name], keys), gates[name]) for name in settings.stores
        }
        events = Events(keys.ledger, keys.log)
        routing = Routing(places, settings.collections, hooks, events)
        calendar = BusinessCalendar.of(settings.vault.closing_days)
        parts = Parts(
            settings=settings,
            routing=routing,
            keyring=keys,
            hooks=hooks,
            events=events,
            calendar=calendar,
        )
        vault = _kind(settings)(parts, reopen=open)
        for reference in settings.vault.hooks:
            _register(reference, vault)
        undo.pop_all()
        return vault, keys


def _kind(settings: Settings) -> type[Vault]:
    """Give the vault that tells of itself only where that was asked for: else nothing is loaded."""
    if settings.vault.telemetry == "off":
        return Vault
    try:
        from multistore.telemetry import ObservedVault  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "opentelemetry":
            raise
        raise ConfigurationError(
            "vault.telemetry: OpenTelemetry is not installed",
            hint="pip install 'multistore[otel]', or take the entry out.",
        ) from None
    return ObservedVault


def _register(reference: str, vault: Vault) -> None:
    """Call a ``module:function`` of the configuration with the vault; its own errors go on."""
    try:
        register = resolve_name(reference)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            f"vault.hooks: {reference} cannot be imported: {error}",
            hint="Write module:function, importable where this process runs.",
        ) from None
    register(vault)


@contextmanager
def open_log(settings: Settings) -> Generator[LogStore | None, None, None]:
    """Open the store of the erasure log alone, where there is one: for work on the keys.

    Raises:
        ResidencyError: the store is refused, or where it lies cannot be shown now.
    """
    name = settings.vault.erasure_log
    if name is None:
        yield None
        return
    with ExitStack() as undo:
        stores, gates = _admitted(settings, [name], undo)
        undo.callback(stores[name].close)
        yield _Log(stores[name], gates[name])


@contextmanager
def open_keys(settings: Settings, *, asking: bool = False) -> Generator[Keyring, None, None]:
    """Open the ledger and the keys, and no store but that of the erasure log.

    Args:
        settings: the configuration.
        asking: for what hooks are asked about and told of. Where the configuration names any,
            the whole vault is opened, as they are registered with it: a guard that could not be
            asked has not agreed.

    Raises:
        ResidencyError: a store that is opened is refused, or where it lies cannot be shown now.
        KeyUnavailableError: the ledger or the keys cannot be had.
    """
    if asking and settings.vault.hooks:
        vault, keys = _put_together(settings)
        with vault:
            yield keys
        return
    with (
        open_log(settings) as log,
        keyring.open(
            settings.vault.ledger, settings.vault.keys, base=settings.base, log=log
        ) as keys,
    ):
        yield keys


@dataclass(frozen=True, slots=True)
class _Log:
    """The store of the erasure log behind its gate. Entries are not sealed: they name no one."""

    store: Store
    gate: Gate

    @property
    def name(self) -> str:
        return self.store.name

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self.store.capabilities

    def put(self, name: str, body: Body, **options: Any) -> StoredObject:
        self.gate.require()
        return self.store.put(name, body, **options)

    def get(self, name: str, span: Span | Last, **options: Any) -> Fetched:
        self.gate.require()
        return self.store.get(name, span, **options)

    def list(self, prefix: str, **options: Any) -> Iterator[StoredObject | CommonPrefix]:
        self.gate.require()
        return self.store.list(prefix, **options)


def _admitted(
    settings: Settings, names: Iterable[str], undo: ExitStack
) -> tuple[dict[str, Store], dict[str, Gate]]:
    """Look at the stores named, and make them where every one is admitted."""
    catalog = Catalog.load([settings.resolve(path) for path in settings.vault.providers])
    published = ranges.load(settings.resolve(path) for path in settings.vault.address_ranges)
    entries = {name: settings.stores[name] for name in names}
    stores: dict[str, Store] = {}
    gates: dict[str, Gate] = {}
    for name, entry in entries.items():
        endpoint = _endpoint(name, entry, settings, catalog)
        if entry.provider not in _ON_THIS_MACHINE:
            stores[name] = _networked(name, entry, endpoint)
            undo.callback(stores[name].close)
        placement = stores[name].placement if name in stores else None
        looked_at = case.build(
            name,
            settings,
            catalog,
            endpoint,
            ranges=published,
            environ=os.environ,
            placement=placement.placement if placement else None,
        )
        gates[name] = Gate(
            partial(case.collect, looked_at),
            subject=looked_at.subject,
            ttl=timedelta(hours=settings.vault.verdict_hours),
        )
        gates[name].require()
    # A directory is made only now: a refusal of one store leaves no trace of another.
    for name, entry in entries.items():
        if entry.provider in _ON_THIS_MACHINE:
            stores[name] = _on_this_machine(name, entry, settings)
    return stores, gates


def _endpoint(
    name: str, entry: StoreSettings, settings: Settings, catalog: Catalog
) -> Endpoint | None:
    if entry.provider in _ON_THIS_MACHINE:
        if entry.provider == "local":
            _needed(name, "path", entry.path)
        return None
    if catalog.family(entry.provider) is None and _third_party(entry.provider) is not None:
        # Nothing is known of a third party's provider: it is held to what a claim says.
        entry = entry.model_copy(update={"provider": "s3-compatible"})
    endpoint = pinning.endpoint(catalog, name, entry, proxy=settings.vault.proxy)
    return endpoint if entry.probe is None else _as_probed(name, entry, settings, endpoint)


def _as_probed(name: str, entry: StoreSettings, settings: Settings, endpoint: Endpoint) -> Endpoint:
    """Hold an endpoint's dialect to what a probe saw there; what it did not see is not there."""
    from multistore.stores.probe.report import ProbeReport, apply  # noqa: PLC0415 - seldom there

    path = settings.resolve(_needed(name, "probe", entry.probe))
    try:
        report = ProbeReport.from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"stores.{name}: probe: {path} cannot be read: {error.strerror}",
            hint=f"Take the probe entry out, then: multistore probe {name} --output {path}",
        ) from None
    if not report.is_of(endpoint.url, entry.bucket or ""):
        raise ConfigurationError(
            f"stores.{name}: probe: {path} is about {report.url} {report.bucket}, and not about "
            f"{endpoint.url} {entry.bucket}",
            hint=f"Take the probe entry out, then: multistore probe {name} --output {path}",
        )
    return replace(endpoint, profile=apply(endpoint.profile, report))


def _networked(name: str, entry: StoreSettings, endpoint: Endpoint | None) -> Store:
    assert endpoint is not None  # noqa: S101 - only stores on this machine have none
    if factory := _third_party(entry.provider):
        store: Store = factory(name, entry, endpoint)
        return store
    if entry.provider == "azure":
        with kept():
            from multistore.stores.azure.store import (  # noqa: PLC0415 - the SDK costs 300 ms
                AzureStore,
            )

        return AzureStore(
            name,
            endpoint=endpoint,
            account=_needed(name, "account", entry.account),
            container=_needed(name, "bucket", entry.bucket),
            credentials=entry.credentials,
        )
    with kept():
        from multistore.stores.s3.store import S3Store  # noqa: PLC0415 - the SDK costs 100 ms

    return S3Store(
        name,
        endpoint=endpoint,
        bucket=_needed(name, "bucket", entry.bucket),
        credentials=entry.credentials,
    )


def _on_this_machine(name: str, entry: StoreSettings, settings: Settings) -> Store:
    if entry.provider == "memory":
        from multistore.stores.memory import MemoryStore  # noqa: PLC0415 - as the others

        return MemoryStore(name)
    from multistore.stores.local import LocalStore  # noqa: PLC0415 - as the others

    return LocalStore(name, settings.resolve(_needed(name, "path", entry.path)))


@cache
def _third_party(provider: str) -> Any:
    for entry_point in entry_points(group=STORES, name=provider):
        return entry_point.load()
    return None


def _needed(store: str, entry: str, value: Any) -> Any:
    if value is None:
        raise ConfigurationError(f"stores.{store}: {entry} is missing", store=store)
    return value

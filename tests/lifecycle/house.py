"""A vault's parts on a directory, with a clock that a test turns: to be opened again at will."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from multistore.config import CollectionSettings
from multistore.erasure import signing
from multistore.erasure.attesting import medium_of
from multistore.erasure.execute import erase
from multistore.erasure.means import Means
from multistore.keys import keyring as keyrings
from multistore.keys.rolling import roll
from multistore.ledger import chain
from multistore.ledger.schema import events
from multistore.lifecycle.calendar import JST, BusinessCalendar
from multistore.lifecycle.estate import Estate
from multistore.lifecycle.run import Lifecycle, Report
from multistore.sealing.sealed import SealedStore
from multistore.stores.base import Body
from multistore.stores.local import LocalStore
from multistore.tenants import Tenants
from multistore.values import PutMode

if TYPE_CHECKING:
    from pathlib import Path

    from multistore.hooks import Hooks

TENANTS = ("acme", "acme2", "acm")
BEGIN = datetime(2025, 4, 1, 9, tzinfo=JST)
"""Before the machine's own clock, as keys and objects are made by that one."""


class Clock:
    """The time, as the test has it."""

    def __init__(self, begin: datetime = BEGIN) -> None:
        self.now = begin.astimezone(UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, day: date | str, hour: int = 3) -> None:
        """Turn it to an hour of a day in Japan."""
        day = date.fromisoformat(day) if isinstance(day, str) else day
        self.now = datetime(day.year, day.month, day.day, hour, tzinfo=JST).astimezone(UTC)

    def forward(self, **length: float) -> None:
        self.now += timedelta(**length)


@dataclass
class House:
    """One vault, opened."""

    home: Path
    clock: Clock
    stores: dict[str, SealedStore]
    keyring: Any
    collections: dict[str, CollectionSettings]
    two_people: bool = False

    @property
    def hooks(self) -> Hooks:
        hooks: Hooks = self.keyring.hooks
        return hooks

    @property
    def estate(self) -> Estate:
        inner = {name: store.inner for name, store in self.stores.items()}
        return Estate(
            keyring=self.keyring,
            hooks=self.hooks,
            store=self.stores.__getitem__,
            collections=self.collections,
            erase=partial(
                erase,
                places=inner,
                ledger=self.keyring.ledger,
                hooks=self.hooks,
                means=self.means(inner),
                clock=self.clock,
            ),
            calendar=BusinessCalendar(),
            two_people=self.two_people,
            clock=self.clock,
        )

    def means(self, inner: dict[str, Any]) -> Means:
        return Means(
            signer=lambda: signing.opened(self.home / "signing.pem"),
            kms=self.keyring.kms,
            media={
                name: medium_of("local", store.bucket, versions=store.versions is not None)
                for name, store in inner.items()
            },
            surviving={
                name: f"retention {collection.retention}"
                for name, collection in self.collections.items()
                if collection.survives_tenant
            },
        )

    @property
    def tenants(self) -> Tenants:
        return Tenants(self.estate)

    def put(self, name: str, data: bytes = b"sealed") -> None:
        store = self.stores[self.collections[name.split("/")[1]].store]
        store.put(name, Body([data], len(data)), mode=PutMode.OVERWRITE)

    def read(self, name: str) -> bytes:
        store = self.stores[self.collections[name.split("/")[1]].store]
        return bytes(store.open(name).stream().__next__())

    def run(self, **options: Any) -> Report:
        return Lifecycle(self.estate).run(**options)

    def roll(self) -> None:
        roll(self.keyring, backup=self.home / "keys.backup", soak=timedelta(0))

    def states(self) -> dict[str, str]:
        return {tenant.name: tenant.state.value for tenant in self.tenants.list()}

    def names(self, root: str = "") -> list[str]:
        return sorted(
            entry.name for store in self.stores.values() for entry in store.inner.list(root)
        )

    def events(self) -> list[str]:
        with self.keyring.ledger.reading() as connection:
            return [entry.content["kind"] for entry in chain.entries(connection, events)]

    def everything(self) -> Any:
        """All rows of the ledger, and all bytes: two equal answers are one state."""
        from sqlalchemy import select

        from multistore.ledger.schema import metadata
        from tests.erasure.estate import everything

        with self.keyring.ledger.reading() as connection:
            rows = {
                table.name: connection.execute(select(table).order_by(*table.primary_key)).all()
                for table in metadata.sorted_tables
            }
        return rows, [everything(store.inner) for store in self.stores.values()]

    def close(self) -> None:
        for store in self.stores.values():
            store.close()
        self.keyring.close()


def opened(home: Path, clock: Clock, ledger: str = "sqlite:///ledger.db", **options: Any) -> House:
    """Open the vault of a directory; the first time it is founded, with its tenants."""
    keyring = keyrings.open(ledger, "local:keys/", base=home)
    keyring.kms._clock = clock
    stores = {
        name: SealedStore(LocalStore(name, home / name), keyring) for name in ("main", "logs")
    }
    collections = {
        "video": CollectionSettings(store="main"),
        "access-log": CollectionSettings(store="logs", retention="36 months", survives_tenant=True),
    }
    house = House(home, clock, stores, keyring, collections, **options)
    if not house.states():
        for tenant in TENANTS:
            house.tenants.add(tenant)
            house.put(f"{tenant}/video/lesson.mp4", tenant.encode())
            house.put(f"{tenant}/access-log/2025-04.log", tenant.encode())
    return house

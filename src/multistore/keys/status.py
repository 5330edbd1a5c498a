"""``keys status``: what the ledger and the key service say of every KEK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from multistore.errors import (
    KeyDestroyedError,
    KeyUnavailableError,
    MultistoreError,
    TamperedError,
)
from multistore.keys.rewrapping import verify
from multistore.ledger import chain
from multistore.ledger import schema as tables
from multistore.ledger.schema import KekKind, KekState, TenantState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from multistore.keys.keyring import Keyring


@dataclass(frozen=True, slots=True)
class KekStatus:
    """One KEK.

    Attributes:
        number: in the ledger.
        kind: epoch or closing.
        state: what the ledger says.
        keys: how many scope keys are wrapped under it: they need it.
        master_key: its name in the key service, or None where it was never created.
        service_says: the key service's own state of it, or why it cannot be told.
        destroy_at: when it will be destroyed, or was.
        opens: whether every key under it opened just now; None where that was not tried.
        fault: why not.
    """

    number: int
    kind: KekKind
    state: KekState
    keys: int
    master_key: str | None
    service_says: str
    destroy_at: datetime | None
    opens: bool | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """The whole key ledger.

    Attributes:
        ledger: where it is.
        ledger_id: its id.
        key_service: the URL of the key service.
        location: where its master keys are.
        attestable: whether another party bears witness to a destruction.
        tenants: how many, by state.
        scopes: how many.
        keks: every KEK, by number.
        log_entry: the number of the newest entry of the erasure log; 0 where it is empty.
        log_store: where the log is kept outside, or None.
        backed_up_at: when the last key backup was taken, or None.
    """

    ledger: str
    ledger_id: bytes
    key_service: str
    location: str
    attestable: bool
    tenants: dict[TenantState, int]
    scopes: int
    keks: tuple[KekStatus, ...]
    log_entry: int
    log_store: str | None
    backed_up_at: str | None

    @property
    def sound(self) -> bool:
        """Whether nothing that was tried has failed."""
        return all(kek.opens is not False for kek in self.keks)


def status(keyring: Keyring, *, opening: Callable[[int], object] | None = None) -> KeyStatus:
    """Read the ledger, and ask the key service about every master key.

    With ``opening`` every key is opened besides, and it is called with the number of each page:
    the proof that each of them can still be had. Cost: one request per KEK that is not destroyed,
    and one more where its keys are opened.
    """
    with keyring.ledger.reading() as connection:
        row = connection.execute(select(tables.ledger)).one()
        by_state = select(tables.tenants.c.state, func.count()).group_by(tables.tenants.c.state)
        tenants = {TenantState(found[0]): int(found[1]) for found in connection.execute(by_state)}
        scopes = connection.execute(select(func.count()).select_from(tables.scopes)).scalar_one()
        per_kek = select(tables.wrapped_keys.c.kek_no, func.count()).group_by(
            tables.wrapped_keys.c.kek_no
        )
        counts = {int(found[0]): int(found[1]) for found in connection.execute(per_kek)}
        known = connection.execute(select(tables.keks).order_by(tables.keks.c.no)).all()
        log = list(chain.entries(connection, tables.erasure_log))
    keks: list[KekStatus] = []
    for kek in known:
        opens, fault = None, None
        if opening is not None and counts.get(kek.no):
            opens, fault = _opens(keyring, kek.no, opening)
        keks.append(
            KekStatus(
                kek.no,
                KekKind(kek.kind),
                KekState(kek.state),
                counts.get(kek.no, 0),
                kek.kms_key_id,
                _said_of(keyring, kek.state, kek.kms_key_id),
                kek.destroyed_at or kek.destroy_at,
                opens,
                fault,
            )
        )
    backups = [e.content["at"] for e in log if e.content["kind"] == "keys-backed-up"]
    return KeyStatus(
        ledger=str(keyring.ledger.address),
        ledger_id=keyring.ledger.id,
        key_service=keyring.kms.url,
        location=keyring.kms.location,
        attestable=keyring.kms.attestable,
        tenants=tenants,
        scopes=int(scopes),
        keks=tuple(keks),
        log_entry=log[-1].seq if log else 0,
        log_store=row.log_store,
        backed_up_at=backups[-1] if backups else None,
    )


def _said_of(keyring: Keyring, state: str, key_id: str | None) -> str:
    if key_id is None or state == KekState.DESTROYED.value:
        return "-"
    try:
        return str(keyring.kms.describe(key_id).state)
    except MultistoreError as error:
        return str(error)


def _opens(keyring: Keyring, number: int, seen: Callable[[int], object]) -> tuple[bool, str | None]:
    try:
        verify(keyring, number, keyring.fresh_wrapping_key(number), seen)
    except (KeyUnavailableError, KeyDestroyedError, TamperedError) as error:
        return False, str(error)
    return True, None

"""``keys roll``: a new epoch KEK under a new master key, and the end of the old one.

Not the key service's own rotation, and no new version of the same key: in both of them the old
material lives on. Rolling touches no object. It cures a KEK or master key that leaked, and lets
old copies of the ledger die; a scope key that leaked it does not cure.

Every step is recorded in the state of a KEK, so a roll that was cut short at any moment is taken
up by calling it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from multistore.errors import InvalidArgumentError, TamperedError
from multistore.hooks import KeyDestroying, KeyRolled, KeyRolling
from multistore.keys import ending
from multistore.keys import keks as making
from multistore.keys.backup import require_file_name, write_backup
from multistore.keys.founding import first_kek
from multistore.keys.rewrapping import Selection, discard, left, rewrap, verify
from multistore.ledger import chain
from multistore.ledger.schema import KekKind, KekState, events, keks, wrapped_keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from multistore.keys.keyring import Keyring

SOAK = timedelta(days=1)
"""How long an old master key stays disabled, and could be enabled again, before its end."""

LONGEST_SOAK = timedelta(days=365)
"""What soaks longer is forgotten, and a forgotten master key never ends."""


class Step(StrEnum):
    """The steps of a roll, in order."""

    CREATE = "create"
    REWRAP = "rewrap"
    VERIFY = "verify"
    DISCARD = "discard"
    BACKUP = "backup"
    DISABLE = "disable"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is; ``total`` is 1 for a step that has no count."""

    step: Step
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class RollPlan:
    """What a roll would do now.

    Attributes:
        unfinished: an earlier roll was cut short, and would be taken up.
        new_kek: the number of the KEK that is, or would be, current at the end.
        old_keks: the KEKs whose master keys would end.
        keys: how many scope keys are to be wrapped anew.
        soak_until: an old master key is disabled, and is not scheduled before then.
    """

    unfinished: bool
    new_kek: int
    old_keks: tuple[int, ...]
    keys: int
    soak_until: datetime | None


@dataclass(frozen=True, slots=True)
class Rolled:
    """What a roll did.

    Attributes:
        new_kek: the current epoch KEK.
        verified: how many scope keys were opened with it alone; 0 where nothing was left to do.
        backup: the key backup that was written, or None.
        soaking_until: the old master key is disabled; call again after this.
        destroy_at: when the old master key will be destroyed, or was.
    """

    new_kek: int
    verified: int
    backup: Path | None
    soaking_until: datetime | None
    destroy_at: datetime | None


def plan(keyring: Keyring, *, soak: timedelta = SOAK) -> RollPlan:
    """Say what a roll would do, and change nothing. Cost: a few queries, no request.

    Raises:
        InvalidArgumentError: the soak is negative or longer than a year.
    """
    _must_be_a_soak(soak)
    states = _states(keyring)
    new = _of(states, KekState.CREATING) or _of(states, KekState.CURRENT)
    moving = _of(states, KekState.RETIRING)
    old = (*moving, *_of(states, KekState.RETIRED), *_of(states, KekState.DISABLED))
    unfinished = bool(old or _of(states, KekState.CREATING))
    if not unfinished:
        old = moving = _of(states, KekState.CURRENT)
        with keyring.ledger.reading() as connection:
            highest = connection.execute(select(func.max(keks.c.no))).scalar() or 0
        new = (int(highest) + 1,)
    if _of(states, KekState.CREATING):
        old = moving = (*old, *_of(states, KekState.CURRENT))
    with keyring.ledger.reading() as connection:
        count = left(connection, Selection(moving), new[0]) if moving else 0
    return RollPlan(unfinished, new[0], old, count, _soak_end(keyring, soak))


def roll(
    keyring: Keyring,
    *,
    backup: Path,
    soak: timedelta = SOAK,
    wait: timedelta | None = None,
    progress: Callable[[Progress], object] = lambda _: None,
) -> Rolled:
    """Roll the epoch KEK, or take up a roll that was cut short.

    1. create a KEK under a new master key, and make it current; 2. wrap every living scope's
    keys under it as well; 3. have the key service unwrap it afresh, and open every key with it
    alone; 4. delete the old rows; 5. back the key ledger up to ``backup``; 6. disable the old
    master key; 7. after the soak, schedule its destruction. While an old master key soaks,
    another call only waits for it.

    Cost: one transaction per 2,000 keys, about ten requests to the key service.

    Args:
        keyring: of the ledger to roll.
        backup: the file for the key backup; one that is there is replaced.
        soak: how long the old master key stays disabled before its destruction is scheduled.
        wait: between scheduling and destruction; by default the key service's shortest.
        progress: called as the roll goes on.

    Raises:
        TamperedError: a row is not what was written; nothing old was discarded or disabled.
        KeyUnavailableError: the key service does not do its part; call again.
        UnsupportedError: the key service cannot destroy a master key.
        VetoedError: a handler of KeyRolling forbids it, and nothing was done; or one of
            KeyDestroying, and the old master key stays disabled until a later call.
        InvalidArgumentError: nothing is done where the key service waits longer than ``wait``,
            ``wait`` is over 30 days, ``soak`` is negative or over 365 days, or the backup's path
            cannot be a file's. It is the last step but two where the backup cannot be written.
    """
    ending.must_be_possible(keyring, wait)
    _must_be_a_soak(soak)
    require_file_name(backup)
    verified = 0
    written: Path | None = None
    states = _states(keyring)
    finishing = _of(states, KekState.RETIRED) or _of(states, KekState.DISABLED)
    if not finishing or _of(states, KekState.CREATING) or _of(states, KekState.RETIRING):
        verified = _turn_over(keyring, progress)
    current = first_kek(keyring.ledger, keyring.kms)
    if not states or _of(_states(keyring), KekState.RETIRED):
        progress(Progress(Step.BACKUP, 0, 1))
        write_backup(keyring, backup)
        written = backup
        progress(Progress(Step.BACKUP, 1, 1))
        _disable(keyring, progress)
    due = _soak_end(keyring, soak)
    if due is not None and due > datetime.now(UTC):
        return Rolled(current, verified, written, due, None)
    return Rolled(current, verified, written, None, _schedule(keyring, wait, progress))


def _must_be_a_soak(soak: timedelta) -> None:
    if not timedelta(0) <= soak <= LONGEST_SOAK:
        raise InvalidArgumentError(
            f"an old master key soaks for 0 to {LONGEST_SOAK.days} days, not for {soak}"
        )


def _turn_over(keyring: Keyring, progress: Callable[[Progress], object]) -> int:
    """Steps 1 to 4; the number of keys that were verified under the new KEK."""
    ledger, kms = keyring.ledger, keyring.kms
    states = _states(keyring)
    if not _of(states, KekState.RETIRING):
        for number in _of(states, KekState.CURRENT):
            keyring.hooks.before(KeyRolling(kek_no=number))
        progress(Progress(Step.CREATE, 0, 1))
        making.promoted(ledger, making.made(ledger, kms, KekKind.EPOCH))
        progress(Progress(Step.CREATE, 1, 1))
        states = _states(keyring)
    (new,) = _of(states, KekState.CURRENT)
    old = _of(states, KekState.RETIRING)
    if not old:
        return 0
    selection = Selection(old)
    with ledger.reading() as connection:
        total = left(connection, selection, new)
    rewrap(keyring, selection, new, _counted(Step.REWRAP, total, progress))
    with ledger.reading() as connection:
        total = _rows(connection, (new,))
    verified = verify(
        keyring, new, keyring.fresh_wrapping_key(new), _counted(Step.VERIFY, total, progress)
    )
    with ledger.writing() as connection:
        kept = _rows(connection, (new,))
        removed = discard(connection, selection, new)
        if kept < removed or verified < removed:
            raise TamperedError(
                f"{removed} keys were under the old KEK, and {min(kept, verified)} were verified "
                "under the new one; nothing was deleted",
                hint="Run multistore keys roll again.",
            )
        connection.execute(
            update(keks).where(keks.c.no.in_(old)).values(state=KekState.RETIRED.value)
        )
        chain.append(connection, events, ledger.id, "kek-retired", keks=list(old), keys=removed)
    keyring.hooks.after(KeyRolled(kek_no=new))
    progress(Progress(Step.DISCARD, 1, 1))
    return verified


def _disable(keyring: Keyring, progress: Callable[[Progress], object]) -> None:
    for number in _of(_states(keyring), KekState.RETIRED):
        ending.disable(keyring, number)
    progress(Progress(Step.DISABLE, 1, 1))


def _schedule(
    keyring: Keyring, wait: timedelta | None, progress: Callable[[Progress], object]
) -> datetime | None:
    latest: datetime | None = None
    for number in _of(_states(keyring), KekState.DISABLED):
        keyring.hooks.before(KeyDestroying(kek_no=number))
        latest = ending.schedule(keyring, number, wait)
        progress(Progress(Step.SCHEDULE, 1, 1))
    ending.settle(keyring)
    return latest


def _states(keyring: Keyring) -> dict[int, KekState]:
    """The epoch KEKs and their states."""
    query = select(keks.c.no, keks.c.state).where(keks.c.kind == KekKind.EPOCH.value)
    with keyring.ledger.reading() as connection:
        return {
            row.no: KekState(row.state) for row in connection.execute(query.order_by(keks.c.no))
        }


def _of(states: dict[int, KekState], state: KekState) -> tuple[int, ...]:
    return tuple(number for number, found in states.items() if found is state)


def _soak_end(keyring: Keyring, soak: timedelta) -> datetime | None:
    query = select(func.max(keks.c.disabled_at)).where(
        keks.c.kind == KekKind.EPOCH.value, keks.c.state == KekState.DISABLED.value
    )
    with keyring.ledger.reading() as connection:
        since = connection.execute(query).scalar()
    return since + soak if since else None


def _rows(connection: Any, numbers: tuple[int, ...]) -> int:
    query = select(func.count()).where(wrapped_keys.c.kek_no.in_(numbers))
    return int(connection.execute(query).scalar_one())


def _counted(
    step: Step, total: int, progress: Callable[[Progress], object]
) -> Callable[[int], None]:
    done = 0

    def seen(count: int) -> None:
        nonlocal done
        done += count
        progress(Progress(step, done, total))

    progress(Progress(step, 0, total))
    return seen

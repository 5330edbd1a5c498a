"""``keys``: what state the keys are in, rolling them, and keeping them safe."""

from __future__ import annotations

import math
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multistore.cli import messages, output
from multistore.cli.destination import require_regular
from multistore.cli.exits import Code
from multistore.cli.options import DEFAULT_CONFIG, Config, Json
from multistore.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from multistore.config import Settings
    from multistore.keys.keyring import Keyring
    from multistore.keys.rolling import Progress
    from multistore.keys.status import KekStatus, KeyStatus

app = typer.Typer(help="Look after the keys: status, roll, backup, restore.")

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
# As keys.rolling and keys.ending have them; help must not wait for their imports.
LONGEST_SOAK_HOURS = 365 * 24
LONGEST_WAIT_DAYS = 30

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The key backup.")]


@app.command()
def status(
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Open every key, to prove that each can be had.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Show every KEK, what the key service says of it, and how many keys need it."""
    from multistore.keys import status as statuses  # noqa: PLC0415 - as every command's library

    with _keyring(config) as keyring, _bar() as bar:
        opening = _counting(bar, messages.say("opening keys")) if verify else None
        found = statuses.status(keyring, opening=opening)
    if json_lines:
        output.record(_status_fields(found))
    else:
        _show_status(found)
    output.flush()
    if not found.sound:
        raise typer.Exit(Code.KEYS)


@app.command()
def roll(
    *,
    backup: Annotated[
        Path, typer.Option("--backup", metavar="FILE", help="Where the key backup goes.")
    ],
    soak_hours: Annotated[
        float,
        typer.Option(
            "--soak",
            metavar="HOURS",
            min=0,
            max=LONGEST_SOAK_HOURS,
            help="How long the old master key is only disabled, before its end is scheduled.",
        ),
    ] = 24.0,
    wait_days: Annotated[
        int | None,
        typer.Option(
            "--wait",
            metavar="DAYS",
            min=0,
            max=LONGEST_WAIT_DAYS,
            help="From scheduling to destruction; by default the key service's shortest.",
        ),
    ] = None,
    dry_run: DryRun = False,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Put every key under a new KEK, and end the old master key. Run it again until it is done.

    Cures a leaked KEK or master key, not a leaked key of a tenant: objects stay as they are.
    """
    from multistore.keys import rolling  # noqa: PLC0415 - as every command's library

    require_regular(backup)
    if math.isnan(soak_hours):  # it is in no range, and passes the test of every one
        raise InvalidArgumentError("--soak nan", hint="Write a number of hours.")
    soak = timedelta(hours=soak_hours)
    wait = None if wait_days is None else timedelta(days=wait_days)
    with _keyring(config, asking=not dry_run) as keyring:
        if dry_run:
            plan = rolling.plan(keyring, soak=soak)
            _told(
                json_lines,
                {
                    "dry_run": True,
                    "unfinished": plan.unfinished,
                    "new_kek": plan.new_kek,
                    "old_keks": list(plan.old_keks),
                    "keys": plan.keys,
                    "soaking_until": plan.soak_until and output.utc(plan.soak_until),
                },
                messages.say(
                    "would wrap {keys} keys under KEK {new}, and end KEK {old}",
                    keys=output.count(plan.keys),
                    new=str(plan.new_kek),
                    old=", ".join(map(str, plan.old_keks)) or "-",
                ),
            )
            return
        with _bar() as bar:
            done = rolling.roll(keyring, backup=backup, soak=soak, wait=wait, progress=_steps(bar))
    if done.soaking_until:
        end = messages.say(
            "the old master key is disabled; run this again after {time}",
            time=output.local(done.soaking_until),
        )
    elif done.destroy_at:
        end = messages.say("the old master key ends at {time}", time=output.local(done.destroy_at))
    else:
        end = messages.say("there was no old master key to end")
    _told(
        json_lines,
        {
            "kek": done.new_kek,
            "verified": done.verified,
            "backup": None if done.backup is None else str(done.backup),
            "soaking_until": done.soaking_until and output.utc(done.soaking_until),
            "destroy_at": done.destroy_at and output.utc(done.destroy_at),
        },
        messages.say(
            "KEK {kek} is current; {keys} keys verified under it; {end}",
            kek=str(done.new_kek),
            keys=output.count(done.verified),
            end=end,
        ),
    )


@app.command()
def backup(
    file: BackupFile,
    *,
    dry_run: DryRun = False,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Write the whole key ledger to one authenticated file. Keep it apart from everything else."""
    from multistore.keys import backup as backups  # noqa: PLC0415 - as every command's library
    from multistore.keys import status as statuses  # noqa: PLC0415 - as above

    require_regular(file)
    with _keyring(config) as keyring, _bar() as bar:
        if dry_run:
            found = statuses.status(keyring)
            keys = sum(kek.keys for kek in found.keks)
            _told(
                json_lines,
                {"dry_run": True, "file": str(file), "keys": keys},
                messages.say(
                    "would write {keys} keys to {path}", keys=output.count(keys), path=str(file)
                ),
            )
            return
        moved = _total(bar, messages.say("writing rows"))
        done = backups.write_backup(keyring, file, progress=moved)
    _told(
        json_lines,
        {"file": str(done.path), "rows": done.rows, "log_entry": done.log_entry},
        messages.say(
            "{keys} keys written to {path}",
            keys=output.count(done.rows["wrapped_keys"]),
            path=str(done.path),
        ),
    )


@app.command()
def restore(
    file: BackupFile,
    *,
    dry_run: DryRun = False,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Put the newest key backup in the place of a lost or older ledger."""
    from multistore.keys import restoring  # noqa: PLC0415 - as every command's library
    from multistore.opening import open_log  # noqa: PLC0415 - as above

    settings = _settings(config)
    with open_log(settings) as log, _bar() as bar:
        done = restoring.restore(
            file,
            settings.vault.ledger,
            settings.vault.keys,
            base=settings.base,
            log=log,
            dry_run=dry_run,
            progress=_total(bar, messages.say("reading rows")),
        )
    keys = done.rows.get("wrapped_keys", 0)
    fields: dict[str, Any] = {
        "file": str(file),
        "ledger": done.ledger_id.hex(),
        "created_at": output.utc(done.created_at),
        "rows": done.rows,
    }
    if dry_run:
        text = messages.say(
            "would restore {keys} keys of {time}",
            keys=output.count(keys),
            time=output.local(done.created_at),
        )
        _told(json_lines, {"dry_run": True, **fields}, text)
        return
    unreadable = {str(number): why for number, why in done.unreadable.items()}
    text = messages.say(
        "restored {keys} keys of {time}; {opened} opened",
        keys=output.count(keys),
        time=output.local(done.created_at),
        opened=output.count(done.opened),
    )
    _told(json_lines, {**fields, "opened": done.opened, "unreadable": unreadable}, text)
    for number, why in unreadable.items():
        output.note(messages.say("KEK {number} cannot be had: {why}", number=number, why=why))
    if unreadable:
        raise typer.Exit(Code.KEYS)


def _settings(config: Path) -> Settings:
    from multistore.config import load  # noqa: PLC0415 - help and wrong usage need none

    return load(config)


@contextmanager
def _keyring(config: Path, *, asking: bool = False) -> Generator[Keyring, None, None]:
    """Open the ledger and the keys alone; ``asking`` where hooks are asked and told."""
    from multistore.opening import open_keys  # noqa: PLC0415 - help and wrong usage need none

    with open_keys(_settings(config), asking=asking) as ring:
        yield ring


def _told(json_lines: bool, fields: dict[str, Any], text: str) -> None:  # noqa: FBT001 - private
    if json_lines:
        output.record(fields)
    else:
        output.line(text)
    output.flush()


def _show_status(found: KeyStatus) -> None:
    say = messages.say
    output.line(f"{say('ledger')}: {found.ledger}  {found.ledger_id.hex()}")
    witness = say("attests destructions") if found.attestable else say("attests nothing")
    output.line(f"{say('key service')}: {found.key_service}  {found.location}  ({witness})")
    states = ", ".join(f"{count} {state}" for state, count in sorted(found.tenants.items()))
    output.line(f"{say('tenants')}: {states or '-'}")
    output.line(f"{say('scopes')}: {output.count(found.scopes)}")
    for kek in found.keks:
        output.line(_kek_line(kek))
    where = found.log_store or say("in the ledger only")
    output.line(f"{say('erasure log')}: {found.log_entry}  {where}")
    output.line(f"{say('last key backup')}: {found.backed_up_at or say('never')}")


def _kek_line(kek: KekStatus) -> str:
    parts = [
        f"KEK {kek.number}",
        str(kek.kind),
        str(kek.state),
        messages.say("needed by {keys} keys", keys=output.count(kek.keys)),
        kek.master_key or "-",
        kek.service_says,
    ]
    if kek.destroy_at:
        parts.append(output.local(kek.destroy_at))
    if kek.opens is not None:
        parts.append(messages.say("all of them open") if kek.opens else str(kek.fault))
    return "  ".join(parts)


def _status_fields(found: KeyStatus) -> dict[str, Any]:
    return {
        "ledger": found.ledger,
        "ledger_id": found.ledger_id.hex(),
        "key_service": found.key_service,
        "location": found.location,
        "attestable": found.attestable,
        "tenants": {str(state): count for state, count in sorted(found.tenants.items())},
        "scopes": found.scopes,
        "keks": [
            {
                "kek": kek.number,
                "kind": str(kek.kind),
                "state": str(kek.state),
                "keys": kek.keys,
                "master_key": kek.master_key,
                "service_says": kek.service_says,
                "destroy_at": kek.destroy_at and output.utc(kek.destroy_at),
                "opens": kek.opens,
                "fault": kek.fault,
            }
            for kek in found.keks
        ],
        "log_entry": found.log_entry,
        "log_store": found.log_store,
        "backed_up_at": found.backed_up_at,
    }


@contextmanager
def _bar() -> Generator[Any, None, None]:
    """A bar on a terminal's standard error, or None."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs rich
    from rich.progress import (  # noqa: PLC0415 - as above
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        yield bar


def _counting(bar: Any, label: str) -> Callable[[int], None]:
    task = bar.add_task(label, total=None) if bar else None
    return lambda count: bar.advance(task, count) if bar else None


def _total(bar: Any, label: str) -> Callable[[int, int], None]:
    task = bar.add_task(label, total=None) if bar else None
    return lambda done, total: bar.update(task, completed=done, total=total) if bar else None


def _steps(bar: Any) -> Callable[[Progress], None]:
    tasks: dict[str, Any] = {}

    def show(progress: Progress) -> None:
        if bar is None:
            return
        name = str(progress.step)
        if name not in tasks:
            tasks[name] = bar.add_task(name, total=progress.total)
        bar.update(tasks[name], completed=progress.done, total=progress.total)

    return show

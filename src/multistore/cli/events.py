"""``events``: what happened, whether its record is whole, and of what the customer must hear."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multistore.cli import output
from multistore.cli.exits import Code
from multistore.cli.messages import say
from multistore.cli.options import DEFAULT_CONFIG, By, Config, Json

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from multistore.events import Events
    from multistore.ledger.events import EventRow, Verified
    from multistore.ledger.incidents import IncidentRow

POLL_SECONDS = 1.0
"""How often ``--follow`` looks for more."""

app = typer.Typer()


@app.callback(invoke_without_command=True)
def events(
    context: typer.Context,
    *,
    after: Annotated[
        int, typer.Option("--after", metavar="N", min=0, help="Only what is behind this number.")
    ] = 0,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what happens from now on.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Show what happened to tenants, holds, keys and erasures, and incidents; or do as below."""
    if context.invoked_subcommand is not None:
        return
    with _opened(config) as record:
        while True:
            for row in record(after):
                _show(row, json_lines=json_lines)
                after = row.seq
            output.flush()
            if not follow:
                return
            time.sleep(POLL_SECONDS)


@app.command()
def verify(
    *,
    head: Annotated[
        str | None,
        typer.Option(
            "--head", metavar="SEQ:HASH", help="A head that was kept elsewhere, to be held against."
        ),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Verify the chain: nothing edited, missing or reordered; cut off, against a head kept."""
    with _opened(config, with_log=True) as record:
        found = record.verify(head)
    if json_lines:
        output.record(
            {
                "events": found.entries,
                "head": found.head,
                "anchored": found.anchored,
                "fault": found.fault,
                "at": found.at,
            }
        )
    else:
        _show_verified(found)
    output.flush()
    if found.fault is not None:
        raise typer.Exit(Code.INTEGRITY)


@app.command()
def incidents(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Those too of which the customer was told.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Show the incidents of which the customer must still be told, and until when."""
    from multistore.events import now  # noqa: PLC0415 - help and wrong usage need no ledger

    with _opened(config) as record:
        found = record.incidents(notified=everything)
    late = False
    for incident in found:
        overdue = incident.overdue(now())
        late = late or overdue
        if json_lines:
            output.record({**incident_fields(incident), "overdue": overdue})
        else:
            output.line(incident_line(incident, overdue=overdue))
    output.flush()
    if late:
        raise typer.Exit(Code.OVERDUE)


@app.command()
def notified(
    incident: Annotated[
        str, typer.Argument(metavar="ID", help="The incident's id, or the beginning of it.")
    ],
    *,
    by: By = None,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Note that the customer was told of an incident."""
    with _opened(config) as record:
        told = record.notified(incident, by=by)
    if json_lines:
        output.record({**incident_fields(told), "overdue": False})
    else:
        output.line(
            say(
                "{person} has told the customer of {subject}",
                person=str(told.notified_by),
                subject=told.subject,
            )
        )
    output.flush()


def incident_line(incident: IncidentRow, *, overdue: bool) -> str:
    """Give one incident as people read it."""
    if incident.notified_at is not None:
        told = say("told {time}", time=output.local(incident.notified_at))
    else:
        told = say("to be told by {time}", time=output.local(incident.notify_by))
    late = say("OVERDUE: ") if overdue else ""
    return f"{late}{incident.id[:12]}  {incident.subject}  {incident.detail}  {told}"


def incident_fields(incident: IncidentRow) -> dict[str, Any]:
    """Give the fields of one incident, as JSON shows them."""
    return {
        "incident": incident.id,
        "kind": incident.kind,
        "store": incident.store,
        "tenant": incident.tenant,
        "address": incident.address or None,
        "detail": incident.detail,
        "detected_at": output.utc(incident.detected_at),
        "notify_by": output.utc(incident.notify_by),
        "notified_at": incident.notified_at and output.utc(incident.notified_at),
        "notified_by": incident.notified_by,
    }


def _show(row: EventRow, *, json_lines: bool) -> None:
    if json_lines:
        output.record(
            {
                "seq": row.seq,
                "kind": row.kind,
                "at": output.utc(row.at),
                "tenant": row.tenant,
                "hash": row.hash,
                "fields": row.fields,
            }
        )
        return
    rest = (
        f"{name}={value}"
        for name, value in row.fields.items()
        if name != "tenant" and value is not None
    )
    parts = (str(row.seq), output.local(row.at), row.kind, row.tenant or "-", *rest)
    output.line("  ".join(parts))


def _show_verified(found: Verified) -> None:
    if found.fault is None:
        output.line(say("{count} events, whole and in order", count=output.count(found.entries)))
    else:
        faults = {
            "edited": say("it is not what was written"),
            "missing": say("one or more events are missing"),
            "reordered": say("the events do not stand in their order"),
            "cut": say("the end of the chain was cut off"),
            "rewritten": say("the chain is another one than the head that was kept"),
        }
        output.line(say("event {number}: {fault}", number=str(found.at), fault=faults[found.fault]))
    if found.anchored:
        output.line(
            say("up to event {number} as a head kept elsewhere", number=str(found.anchored))
        )
    elif found.fault is None:
        output.line(say("no head was kept elsewhere: that the end was cut off would not show"))
    if found.head is not None:
        output.line(say("keep this elsewhere: {head}", head=found.head))


@contextmanager
def _opened(config: Path, *, with_log: bool = False) -> Generator[Events, None, None]:
    """Open the ledger alone, and the store of the erasure log where it is needed.

    No other store: what was recorded must be readable while a store is refused.
    """
    from contextlib import nullcontext  # noqa: PLC0415 - grouped with its only use

    from multistore.config import load  # noqa: PLC0415 - help and wrong usage need none
    from multistore.events import open_events  # noqa: PLC0415 - as above
    from multistore.opening import open_log  # noqa: PLC0415 - as above

    settings = load(config)
    with (
        open_log(settings) if with_log else nullcontext() as log,
        open_events(settings.vault.ledger, base=settings.base, log=log) as record,
    ):
        yield record

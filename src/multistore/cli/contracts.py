"""``tenant end``, ``tenant status``, ``tenant approve``: how a contract ends, and how far it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multistore.cli import output
from multistore.cli.events import incident_fields, incident_line
from multistore.cli.exits import Code
from multistore.cli.messages import say
from multistore.cli.options import DEFAULT_CONFIG, Config, Json, opened
from multistore.errors import InvalidArgumentError

if TYPE_CHECKING:
    from multistore.ledger.tenants import Tenant
    from multistore.lifecycle.contract import Milestone
    from multistore.tenants import TenantStatus

Name = Annotated[str, typer.Argument(metavar="NAME", help="The tenant.")]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="PERSON", help="Who does this; else the user of this process."),
]


def end(
    name: Name,
    *,
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="The last day of the contract, in Japan.",
        ),
    ] = None,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Take the end back, until the keys are destroyed.")
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why the end is taken back.")
    ] = "",
    by: By = None,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Note the last day of a contract. What follows from it, lifecycle run does, day by day."""
    if cancel == (on is not None):
        raise InvalidArgumentError(
            "tenant end needs either --on DATE or --cancel",
            hint=f"For example: multistore tenant end {name} --on 2027-03-31",
        )
    if cancel and not reason.strip():
        raise InvalidArgumentError("--cancel needs a --reason")
    with opened(config) as vault:
        if on is None:
            tenant = vault.tenants.cancel_end(name, reason=reason, by=by)
        else:
            tenant = vault.tenants.end_contract(name, on.date(), by=by)
        status = vault.tenants.status(name)
    if json_lines:
        output.record(_fields(tenant))
    elif on is None:
        output.line(say("the end of {name} is taken back", name=name))
    else:
        _show(status)
    output.flush()


def approve(
    name: Name,
    *,
    by: By = None,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Approve the erasure of a tenant, as another person than the one who noted its end."""
    with opened(config) as vault:
        tenant = vault.tenants.approve(name, by=by)
    if json_lines:
        output.record(_fields(tenant))
    else:
        output.line(
            say(
                "{person} approves the erasure of {name}", person=str(tenant.approved_by), name=name
            )
        )
    output.flush()


def status(
    name: Name,
    *,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Show what is due when on the way to a tenant's end, and what blocks it."""
    with opened(config) as vault:
        found = vault.tenants.status(name)
    if json_lines:
        output.record(_status_fields(found))
    else:
        _show(found)
    output.flush()
    if found.overdue:
        raise typer.Exit(Code.OVERDUE)


def steps() -> dict[str, str]:
    """Give the steps in words."""
    return {
        "stop": say("stop the environment"),
        "close-keys": say("move the keys under a KEK of their own"),
        "roll-keys": say("roll the key that all tenants share"),
        "spare-key": say("call the destruction of the master key off"),
        "schedule-key": say("schedule the destruction of the master key"),
        "settle-key": say("confirm the destruction of a master key"),
        "destroy-keys": say("take the keys out of the ledger"),
        "erase": say("erase the data"),
        "expire": say("erase what has outlived its retention"),
        "mirror-rules": say("mirror the retention as rules of the provider"),
        "reissue": say("issue a certificate anew"),
        "notify": say("tell the customer of an incident"),
        "anchor-events": say("keep the head of the events elsewhere"),
    }


def _show(found: TenantStatus) -> None:
    tenant = found.tenant
    output.line(f"{tenant.name}  {tenant.state.value}")
    if tenant.contract_end is None:
        output.line(say("no end of the contract is noted"))
    else:
        output.line(
            say(
                "the contract's last day is {day}, as noted by {person}",
                day=tenant.contract_end.isoformat(),
                person=tenant.ended_by or "-",
            )
        )
    if tenant.approved_by is not None:
        output.line(say("approved by {person}", person=tenant.approved_by))
    for hold in found.holds:
        output.line(
            say(
                "the hold {name} on {subject}: {reason}",
                name=hold.name,
                subject=hold.subject,
                reason=hold.reason,
            )
        )
    for incident in found.incidents:
        output.line(incident_line(incident, overdue=incident.overdue(found.looked_at)))
    for milestone in found.milestones:
        output.line(_line(milestone, found))


def _line(milestone: Milestone, found: TenantStatus) -> str:
    from multistore.lifecycle.calendar import day_of  # noqa: PLC0415 - help needs no calendar

    what = steps()[milestone.step]
    last = day_of(milestone.by - timedelta(microseconds=1)).isoformat()
    if milestone.done:
        return say("  done     {what}", what=what)
    line = say(
        "  {due}  {what}, by {by} at the latest",
        due=day_of(milestone.due).isoformat(),
        what=what,
        by=last,
    )
    if milestone.overdue(found.looked_at):
        line += say(" - OVERDUE")
    if milestone.waits_for:
        line += say(" - waits for {what}", what=", ".join(milestone.waits_for))
    return line


def _fields(tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant": tenant.name,
        "state": tenant.state.value,
        "contract_end": tenant.contract_end and tenant.contract_end.isoformat(),
        "stop_by": tenant.stop_by and output.utc(tenant.stop_by),
        "stopped_at": tenant.stopped_at and output.utc(tenant.stopped_at),
        "erase_due": tenant.erase_due and output.utc(tenant.erase_due),
        "erased_at": tenant.erased_at and output.utc(tenant.erased_at),
        "ended_by": tenant.ended_by,
        "approved_by": tenant.approved_by,
    }


def _status_fields(found: TenantStatus) -> dict[str, Any]:
    return {
        **_fields(found.tenant),
        "key_gone_at": found.key_gone_at and output.utc(found.key_gone_at),
        "holds": [{"name": hold.name, "subject": hold.subject} for hold in found.holds],
        "incidents": [incident_fields(incident) for incident in found.incidents],
        "overdue": found.overdue,
        "milestones": [
            {
                "step": str(milestone.step),
                "due": output.utc(milestone.due),
                "by": output.utc(milestone.by),
                "done": milestone.done,
                "overdue": milestone.overdue(found.looked_at),
                "waits_for": list(milestone.waits_for),
            }
            for milestone in found.milestones
        ],
    }

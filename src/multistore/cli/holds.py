"""``tenant hold``, ``release``, ``holds``: what must not be destroyed, and who said so."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from multistore.cli import messages, output
from multistore.cli.options import DEFAULT_CONFIG, By, Config, Json, Reason, opened

if TYPE_CHECKING:
    from multistore.ledger.holds import Hold

HoldName = Annotated[
    str, typer.Option("--name", metavar="NAME", help="The hold's name, such as a case number.")
]
Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's name.")]


def hold(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT", help="tenant/, tenant/collection/, a prefix with / or an address."
        ),
    ],
    *,
    name: HoldName,
    reason: Reason,
    by: By = None,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Forbid to destroy or to write over anything of a subject, until the hold is released."""
    with opened(config) as vault:
        placed = vault.holds.place(subject, name, reason=reason, placed_by=by or getpass.getuser())
    _show(placed, json_lines=json_lines)


def release(
    tenant: Tenant,
    *,
    name: HoldName,
    reason: Reason,
    by: By = None,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Release a hold by its name."""
    with opened(config) as vault:
        ended = vault.holds.release(
            tenant, name, reason=reason, released_by=by or getpass.getuser()
        )
    _show(ended, json_lines=json_lines)


def holds(
    tenant: Annotated[
        str | None, typer.Argument(metavar="TENANT", help="One tenant; else all.")
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that were released too.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """List the holds: what they cover, why, and who placed them."""
    with opened(config) as vault:
        for one in vault.holds.list(tenant, released=everything):
            _show(one, json_lines=json_lines)
    output.flush()


def _show(hold: Hold, *, json_lines: bool) -> None:
    if json_lines:
        output.record(
            {
                "subject": hold.subject,
                "name": hold.name,
                "reason": hold.reason,
                "placed_by": hold.placed_by,
                "placed_at": output.utc(hold.placed_at),
                "released_by": hold.released_by,
                "released_at": output.utc(hold.released_at) if hold.released_at else None,
                "release_reason": hold.release_reason,
            }
        )
        return
    ended = (
        f"  {messages.say('released by {who}', who=hold.released_by or '')}, "
        f"{output.local(hold.released_at)}: {hold.release_reason}"
        if hold.released_at
        else ""
    )
    output.line(
        f"{hold.subject}  {hold.name}  {hold.placed_by}, {output.local(hold.placed_at)}: "
        f"{hold.reason}{ended}"
    )

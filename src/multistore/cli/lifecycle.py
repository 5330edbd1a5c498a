"""``lifecycle run``: what time does, done when it is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from multistore.cli import output
from multistore.cli.contracts import steps
from multistore.cli.exits import Code
from multistore.cli.messages import say
from multistore.cli.options import DEFAULT_CONFIG, Config, Json, opened

if TYPE_CHECKING:
    from multistore.lifecycle.run import Action

app = typer.Typer(help="Do what is due: contracts that end, retention that runs out.")


@app.command()
def run(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Do everything that is due now. Run it every day; what was missed is made up for in order."""

    def show(action: Action) -> None:
        output.line(_line(action))
        output.flush()

    def record(action: Action) -> None:
        output.record(
            {
                "subject": action.subject,
                "step": action.step,
                "result": str(action.result),
                "detail": action.detail,
                "by": action.by and output.utc(action.by),
                "overdue": action.overdue,
            }
        )
        output.flush()

    with opened(config) as vault:
        report = vault.lifecycle.run(dry_run=dry_run, seen=record if json_lines else show)
    if report.overdue:
        raise typer.Exit(Code.OVERDUE)
    if report.failed:
        raise typer.Exit(Code.FAILED)


def _line(action: Action) -> str:
    results = {
        "done": say("done"),
        "would": say("would be done"),
        "waits": say("waits"),
        "failed": say("failed, tried again by the next run"),
    }
    late = say("OVERDUE: ") if action.overdue else ""
    step = steps().get(action.step, action.step)
    return f"{late}{action.subject}: {step}: {results[action.result]}: {action.detail}"

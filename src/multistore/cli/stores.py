"""``probe``: what an endpoint really does, as against what its name promises."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer evaluates the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from multistore.cli import destination, messages, output
from multistore.cli.exits import Code
from multistore.cli.options import DEFAULT_CONFIG, Config, Json, opened
from multistore.cli.progress import working

if TYPE_CHECKING:
    from multistore.stores.probe.report import Finding, ProbeReport

ANSWERS = {True: "yes", False: "no", None: "not found out"}


def probe(
    store: Annotated[
        str, typer.Argument(metavar="STORE", help="The store's name in the configuration.")
    ],
    *,
    record: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="Write the record, for the entry probe of the store."
        ),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Find out with throw-away objects what a store really does, and clean up."""
    if record is not None:
        destination.require_file_name(record)
    with opened(config) as vault, working(messages.say("probing")):
        report = vault.probe(store)
    if record is not None:
        destination.replace_file(record, report.to_json())
        output.note(messages.say("written to {path}", path=str(record)))
    if json_lines:
        output.record(json.loads(report.to_json()))
    else:
        _show(report)
    if report.left_behind:
        output.note(
            messages.say("could not be removed: {names}", names=", ".join(report.left_behind))
        )
        raise typer.Exit(Code.FAILED)


def _show(report: ProbeReport) -> None:
    output.line(f"{report.url} {report.bucket}  {output.local(report.date)}")
    for finding in report.findings:
        output.line(_told(finding))


def _told(finding: Finding) -> str:
    answer, question = messages.say(ANSWERS[finding.answer]), messages.say(str(finding.question))
    return f"{question}: {answer} ({finding.seen})"

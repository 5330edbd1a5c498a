"""``probe``: what an endpoint really does, as against what its name promises."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer evaluates the annotations
from typing import Annotated

import typer

from multistore.cli import messages, output
from multistore.cli.options import DEFAULT_CONFIG, Config, opened
from multistore.errors import InvalidArgumentError


def probe(
    store: Annotated[
        str, typer.Argument(metavar="STORE", help="The store's name in the configuration.")
    ],
    *,
    output_file: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="Write the record, for the entry probe of the store."
        ),
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Find out with throw-away objects what a store really does, and clean up."""
    if output_file is not None and not output_file.parent.is_dir():
        raise InvalidArgumentError(f"there is no directory {output_file.parent}")
    with opened(config) as vault:
        report = vault.probe(store).to_json()
    if output_file is not None:
        output_file.write_text(report, encoding="utf-8")
        output.note(messages.say("written to {path}", path=str(output_file)))
    output.line(report)

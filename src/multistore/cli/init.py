"""``init``: a configuration that opens as it is, and says what else could stand in it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path  # noqa: TC003 - typer evaluates the annotations
from typing import Annotated

import typer

from multistore.cli import destination, messages, output
from multistore.cli.options import DEFAULT_CONFIG
from multistore.errors import AlreadyExistsError


def init(
    *,
    path: Annotated[
        Path, typer.Option("--path", metavar="FILE", help="Where to write it.")
    ] = DEFAULT_CONFIG,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is already there.")
    ] = False,
) -> None:
    """Write a commented multistore.toml that opens as it is."""
    write(path, messages.language(), force=force)
    output.line(
        messages.say("{path} written; next: multistore tenant add school-042", path=str(path))
    )


def write(path: Path, language: str, *, force: bool = False) -> None:
    """Write the configuration, with comments in ``en`` or ``ja``.

    Raises:
        AlreadyExistsError: the file is there and ``force`` is not set.
        InvalidArgumentError: no file can be written there; see destination.require_file_name.
    """
    destination.require_file_name(path)
    template = files("multistore.cli").joinpath(f"template.{language}.toml")
    text = template.read_text(encoding="utf-8")
    if not force:
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            raise AlreadyExistsError(
                f"{path} is already there", hint="--force writes over it."
            ) from None
        return
    destination.replace_file(path, text)

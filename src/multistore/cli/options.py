"""The options that more than one command has, and the opening that they lead to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multistore.errors import InvalidArgumentError
from multistore.values import IfMatch, PutMode

if TYPE_CHECKING:
    from multistore.values import WriteMode
    from multistore.vault import Vault

DEFAULT_CONFIG = Path("multistore.toml")

Config = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        envvar="MULTISTORE_CONFIG",
        metavar="FILE",
        help="The configuration of the vault.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per line, for scripts.")]
Create = Annotated[
    bool, typer.Option("--create", help="Refuse to write over an object that is already there.")
]
IfMatchEtag = Annotated[
    str | None,
    typer.Option(
        "--if-match", metavar="ETAG", help="Write only over the object that has this etag."
    ),
]
Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the record.")
]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="WHO", help="Who does it; else the user of this machine."),
]


def opened(config: Path) -> Vault:
    """Open the vault of a configuration file."""
    import multistore  # noqa: PLC0415 - help and wrong usage need no vault

    return multistore.open(config)


def write_mode(*, create: bool, if_match: str | None) -> WriteMode:
    """Turn ``--create`` and ``--if-match`` into the mode of a write.

    Raises:
        InvalidArgumentError: both were given.
    """
    if create and if_match is not None:
        raise InvalidArgumentError(
            "--create and --if-match exclude each other",
            hint="The first wants no object there, the second a certain one.",
        )
    if if_match is not None:
        return IfMatch(if_match)
    return PutMode.CREATE if create else PutMode.OVERWRITE

"""The tree of commands, and its help in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from multistore.cli import (
    certificate,
    check,
    demo,
    erase,
    events,
    holds,
    init,
    keys,
    lifecycle,
    objects,
    output,
    stores,
    tenants,
    transfer,
)
from multistore.cli.help_pages import HELP_OPTIONS, translate

if TYPE_CHECKING:
    from typer.core import TyperGroup

app = typer.Typer(
    context_settings={"help_option_names": HELP_OPTIONS},
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(init.init)
app.command()(check.check)
app.command()(transfer.put)
app.command()(transfer.get)
app.command()(transfer.cat)
app.command()(objects.ls)
app.command()(objects.stat)
app.command()(objects.cp)
app.command()(objects.rm)
app.command()(stores.probe)
app.command()(erase.erase)
app.add_typer(tenants.app, name="tenant")
app.add_typer(certificate.app, name="certificate")
tenants.app.command()(holds.hold)
tenants.app.command()(holds.release)
tenants.app.command()(holds.holds)
app.add_typer(keys.app, name="keys")
app.add_typer(lifecycle.app, name="lifecycle")
app.add_typer(events.app, name="events")


def _version(asked: bool) -> None:  # noqa: FBT001 - typer's signature of a callback
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - only this option needs it

        output.line(f"multistore {version('multistore')}")
        raise typer.Exit


@app.callback()
def multistore(
    *,
    _lang: Annotated[
        Literal["en", "ja"] | None,
        typer.Option("--lang", help="The language of the messages; else the locale's."),
    ] = None,
    _debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error.")
    ] = False,
    _asked_version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Objects sealed, in Japan, at whichever provider. --lang and --debug may stand anywhere."""
    # multistore.cli.run takes --lang and --debug out beforehand; they are here for the help.


def command() -> TyperGroup:
    """Build the tree, with its help in the language that is spoken now."""
    from typer.main import get_group  # noqa: PLC0415 - grouped with its only use

    group = get_group(app)
    translate(group)
    return group

"""``tenant``: who may have objects in the vault."""

from __future__ import annotations

from typing import Annotated

import typer

from multistore.cli import contracts, messages, output
from multistore.cli.options import DEFAULT_CONFIG, Config, Json, opened

app = typer.Typer(help="Add and list tenants, the customers under contract.")
app.command()(contracts.end)
app.command()(contracts.status)
app.command()(contracts.approve)


@app.command()
def add(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="1 to 63 of a-z, 0-9 and -.")],
    *,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Add tenants, so that objects may be put under their names."""
    with opened(config) as vault:
        for name in names:
            vault.tenants.add(name)
            if json_lines:
                output.record({"tenant": name})
            else:
                output.line(messages.say("tenant {name} added", name=name))
            output.flush()


@app.command("list")
def list_(
    *,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """List the tenants."""
    with opened(config) as vault:
        for tenant in vault.tenants.list():
            if json_lines:
                output.record(
                    {
                        "tenant": tenant.name,
                        "state": tenant.state.value,
                        "added": output.utc(tenant.added_at),
                    }
                )
            else:
                output.line(f"{tenant.name}  {tenant.state.value}")
        output.flush()

"""Bring a ledger's tables to this version's shape, by the migrations in this package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Connection

REVISION = "0005"
"""The newest migration, which this version of multistore reads and writes."""


def revision(connection: Connection) -> str | None:
    """Return the revision of the tables; None in a database without any, "" where unversioned."""
    names = set(inspect(connection).get_table_names())
    if "schema_version" in names:
        found = connection.execute(text("SELECT version_num FROM schema_version")).scalar()
        if found is not None:
            return str(found)
        names.discard("schema_version")
    return "" if names else None


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the migrations up to a revision, inside the caller's transaction."""
    from alembic import command  # noqa: PLC0415 - its import takes longer than opening a ledger

    command.upgrade(_config(connection), to)


def downgrade(connection: Connection, to: str) -> None:
    """Run the migrations down to a revision (``base``: none), inside the caller's transaction."""
    from alembic import command  # noqa: PLC0415 - as above

    command.downgrade(_config(connection), to)


def _config(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config

"""What the service remembers itself, in one SQLite file that all of its processes share.

The nightly ``multistore lifecycle run`` is another process than the web server: what a handler
does there must reach here.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = """
CREATE TABLE IF NOT EXISTS playback (token TEXT PRIMARY KEY, address TEXT, expires REAL);
CREATE TABLE IF NOT EXISTS exports (tenant TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS contacts (tenant TEXT PRIMARY KEY, email TEXT);
"""


@contextmanager
def _database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(os.environ.get("PLATFORM_RECORDS", "platform.db"), timeout=30)
    try:
        with connection:
            connection.executescript(TABLES)
            yield connection
    finally:
        connection.close()


def hand_out(address: str, seconds: float = 3600) -> str:
    """Give the path of a playback URL: whoever has it may watch, until it ends or is revoked."""
    token = secrets.token_urlsafe(32)
    with _database() as database:
        database.execute(
            "INSERT INTO playback VALUES (?, ?, ?)", (token, address, time.time() + seconds)
        )
    return f"/play/{token}"


def address_of(token: str) -> str | None:
    """Give the object that a token is good for now."""
    with _database() as database:
        found = database.execute(
            "SELECT address FROM playback WHERE token = ? AND expires > ?", (token, time.time())
        ).fetchone()
    return found[0] if found else None


def revoke(tenant: str) -> int:
    """End every playback URL of a tenant; how many there were."""
    # Not LIKE: only what lies below the tenant's own name.
    below = f"{tenant}/"
    with _database() as database:
        return database.execute(
            "DELETE FROM playback WHERE substr(address, 1, ?) = ?", (len(below), below)
        ).rowcount


def open_export(tenant: str) -> None:
    """Note that a customer fetches a copy of everything."""
    with _database() as database:
        database.execute("INSERT OR IGNORE INTO exports VALUES (?)", (tenant,))


def close_export(tenant: str) -> None:
    """Note that he has it."""
    with _database() as database:
        database.execute("DELETE FROM exports WHERE tenant = ?", (tenant,))


def export_is_open(tenant: str) -> bool:
    """Tell whether an export of a tenant is under way."""
    with _database() as database:
        found = database.execute("SELECT 1 FROM exports WHERE tenant = ?", (tenant,)).fetchone()
    return found is not None


def set_contact(tenant: str, email: str) -> None:
    """Note whom to write to about a tenant's data."""
    with _database() as database:
        database.execute("INSERT OR REPLACE INTO contacts VALUES (?, ?)", (tenant, email))


def contacts(tenant: str | None) -> list[str]:
    """Give the addresses to write to: of one tenant, or with None of all."""
    with _database() as database:
        return [
            email
            for (email,) in database.execute(
                "SELECT email FROM contacts WHERE ? IS NULL OR tenant = ?", (tenant, tenant)
            )
        ]

"""Read the URL of a ledger, and refuse what could not be one. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from multistore.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

_EXAMPLES = "Write sqlite:///multistore.db, or postgresql+psycopg://USER@HOST/DATABASE."


@dataclass(frozen=True, slots=True)
class LedgerAddress:
    """Where a ledger is: the URL for the engine, a name without password, a file where it is one.

    ``repr()`` and ``str()`` show no password.
    """

    url: URL
    file: Path | None

    def __str__(self) -> str:
        """Name the ledger as messages do."""
        return str(self.file) if self.file else self.url.render_as_string(hide_password=True)


def parse(text: str, *, base: Path) -> LedgerAddress:
    """Read ``sqlite:///FILE`` (relative to ``base``) or ``postgresql+psycopg://…``.

    Raises:
        ConfigurationError: it is no URL, names another database or driver, or no file; the
            text itself is not repeated, since a password may be in it.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise ConfigurationError("the ledger is not given as a URL", hint=_EXAMPLES) from None
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
            raise ConfigurationError("the SQLite ledger names no file", hint=_EXAMPLES)
        if url.query or url.host:
            raise ConfigurationError("the SQLite ledger's URL may only name a file", hint=_EXAMPLES)
        file = base / url.database
        return LedgerAddress(URL.create("sqlite", database=str(file)), file)
    if url.drivername == "postgresql+psycopg":
        if find_spec("psycopg") is None:
            raise ConfigurationError(
                "the ledger is on PostgreSQL, but psycopg is not installed",
                hint="Run pip install 'multistore[postgres]'.",
            )
        if not url.database:
            raise ConfigurationError(f"the ledger {url!r} names no database", hint=_EXAMPLES)
        return LedgerAddress(url, None)
    if url.drivername in ("postgresql", "postgres"):
        raise ConfigurationError(
            f"the ledger's URL begins with {url.drivername}:// and names no driver", hint=_EXAMPLES
        )
    raise ConfigurationError(f"a ledger cannot be kept in {url.drivername}", hint=_EXAMPLES)

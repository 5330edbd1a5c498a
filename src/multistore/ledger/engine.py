"""One SQLAlchemy engine per process and ledger, set up so that a commit is really on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event

from multistore.processes import PerProcess

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

    from multistore.ledger.address import LedgerAddress

BUSY_SECONDS = 30
"""How long a writer waits for another one before it gives up."""

WRITES = "multistore_writes"
"""The execution option of a connection whose transactions write."""

# A connection that a child inherited is its parent's: closing it here would end it there.
_inherited: list[Engine] = []


def per_process(address: LedgerAddress) -> PerProcess[Engine]:
    """Return the engine that each process makes for itself. No I/O before the first connection."""
    make = _sqlite if address.file else _postgresql
    return PerProcess(lambda: make(address), _inherited.append)


def _sqlite(address: LedgerAddress) -> Engine:
    engine = create_engine(
        address.url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin and commit by its own rules
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # a key that was used to seal must survive a power cut
        "foreign_keys = ON",
        "secure_delete = ON",  # a destroyed key's bytes are overwritten, not only unlinked
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later could not be given the lock any more.
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(address: LedgerAddress) -> Engine:
    return create_engine(
        address.url,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "application_name": "multistore"},
    )

"""The ledger: one database, its transactions, and its founding."""

from __future__ import annotations

import os
import sqlite3
import uuid
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from sqlalchemy import insert, select, text
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)

from multistore.errors import ClosedError, ConfigurationError, UnavailableError
from multistore.ledger import migrating, schema
from multistore.ledger.address import LedgerAddress, parse
from multistore.ledger.engine import WRITES, per_process
from multistore.ledger.forking import gate
from multistore.ledger.tenants import Tenants

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from sqlalchemy.engine import Connection

_FOUNDING_LOCK = 0x6D756C7469  # any constant: one founding at a time per PostgreSQL database


class Ledger:
    """An open ledger. Safe to use from several threads, processes and after a fork.

    It holds no key in the clear. Nothing in the path of a put or a get asks it but for keys
    that are not cached.

    Attributes:
        id: the ledger's own 16 random bytes; every wrapped key is bound to them.
        address: where it is; shows no password.
        tenants: who is under contract.
    """

    def __init__(self, address: LedgerAddress) -> None:
        self.address = address
        self.id = bytes(16)
        self.tenants = Tenants(self)
        self._engines = per_process(address)
        self._watchers: list[Callable[[str], None]] = []
        self._closed = False

    def __repr__(self) -> str:
        """Name the ledger; a password in its URL is not shown."""
        return f"Ledger({self.address})"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: the URL may hold a password.

        Raises:
            TypeError: always.
        """
        raise TypeError("a ledger is not pickled: open it again from the configuration")

    @contextmanager
    def reading(self) -> Generator[Connection, None, None]:
        """A transaction that reads one consistent state (on SQLite) and blocks nobody."""
        with self._errors(), self._engines.get().connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Generator[Connection, None, None]:
        """A transaction in which every query sees the same state, on every database."""
        engine = self._engines.get()
        if self.address.file is None:
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with self._errors(), engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection, None, None]:
        """A transaction that writes: all of it, on the disk, or nothing.

        On SQLite one writer at a time, the others wait up to 30 s; on PostgreSQL the rows that
        a decision rests on are locked by whoever decides.
        """
        engine = self._engines.get().execution_options(**{WRITES: True})
        with self._errors(), engine.connect() as connection, connection.begin():
            yield connection

    def watch(self, watcher: Callable[[str], None]) -> None:
        """Call ``watcher(tenant)`` after this process has changed what a tenant may do."""
        self._watchers.append(watcher)

    def changed(self, tenant: str) -> None:
        """Tell the watchers."""
        for watcher in self._watchers:
            watcher(tenant)

    def close(self) -> None:
        """Give the connections back. Idempotent."""
        self._closed = True
        if engine := self._engines.take():
            with gate.inside():
                engine.dispose()

    @contextmanager
    def _errors(self) -> Generator[None, None, None]:
        if self._closed:
            raise ClosedError("the ledger is closed")
        try:
            with gate.inside() if self.address.file else nullcontext():
                yield
        except IntegrityError:
            raise
        except (OperationalError, InterfaceError) as error:
            raise UnavailableError(
                f"the ledger {self.address} does not answer: {_first_line(error)}",
                hint="Is the database up, and may this user read and write it?",
            ) from None
        except DatabaseError as error:
            if isinstance(error.orig, sqlite3.DatabaseError) and "not a database" in str(
                error.orig
            ):
                raise ConfigurationError(f"{self.address} is not a SQLite database") from None
            raise


def found(ledger: Ledger) -> None:
    """Found an absent ledger with an id of its own."""
    found_as(ledger, uuid.uuid4().bytes)


def open_ledger(url: str, *, base: Path, found: Callable[[Ledger], object] = found) -> Ledger:
    """Open a ledger. Cost: one transaction.

    An absent one is handed to ``found``, before anything is written: it calls found_as, or
    refuses by raising.

    Raises:
        ConfigurationError: the URL is wrong, the file cannot be opened, or the database is of
            an older or newer version, or not a ledger.
        UnavailableError: the database does not answer.
    """
    address = parse(url, base=base)
    ledger = Ledger(address)
    try:
        if absent(ledger):
            found(ledger)
        _identify(ledger)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _create(file: Path) -> None:
    """Create the file for its owner alone; SQLite gives its companions the same mode."""
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        directory = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise ConfigurationError(
            f"the ledger {file} cannot be created: {error.strerror}",
            hint="Its directory must exist and be writable.",
        ) from None


def absent(ledger: Ledger) -> bool:
    """Whether there is no ledger yet: no file, or no table."""
    if ledger.address.file and not ledger.address.file.exists():
        return True
    with ledger.reading() as connection:
        return migrating.revision(connection) is None


def found_as(ledger: Ledger, ledger_id: bytes) -> None:
    """Create the tables and the ledger's own row; of several founders one is first."""
    if ledger.address.file and not ledger.address.file.exists():
        _create(ledger.address.file)
    with ledger.writing() as connection:
        if ledger.address.file is None:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _FOUNDING_LOCK})
        if migrating.revision(connection) is not None:
            return
        migrating.upgrade(connection)
        connection.execute(
            insert(schema.ledger).values(
                singleton=1, id=ledger_id, format=schema.FORMAT, founded_at=datetime.now(UTC)
            )
        )


def _identify(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        revision = migrating.revision(connection)
        if revision != migrating.REVISION:
            raise _of_another_version(ledger, revision)
        row = connection.execute(select(schema.ledger)).first()
    if row is None:
        raise ConfigurationError(
            f"{ledger.address} has a ledger's tables but no ledger in them",
            hint="Restore the newest key backup: multistore keys restore FILE",
        )
    if row.format != schema.FORMAT:
        raise _of_another_version(ledger, f"format {row.format}")
    ledger.id = row.id


def _of_another_version(ledger: Ledger, found: str | None) -> ConfigurationError:
    if not found:
        return ConfigurationError(
            f"the database {ledger.address} holds something other than a ledger",
            hint="Give the ledger a file or a database of its own.",
        )
    if found < migrating.REVISION:
        return ConfigurationError(
            f"the ledger {ledger.address} is of an older version ({found})",
            hint="Back it up, then run: python -m multistore.ledger upgrade URL",
        )
    return ConfigurationError(
        f"the ledger {ledger.address} is of a newer version of multistore ({found})",
        hint="Upgrade multistore on this machine.",
    )


def _first_line(error: DBAPIError) -> str:
    return str(error.orig or error).strip().splitlines()[0]

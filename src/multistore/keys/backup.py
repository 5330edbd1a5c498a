"""``keys backup``: the whole key ledger as one authenticated file.

Data rolls back, keys roll forward: after any restore of data, keys come from the newest of these
files. It is useless without the key service, and dies with the master key of its KEK.
"""

from __future__ import annotations

import hmac
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from multistore.errors import InvalidArgumentError
from multistore.keys import keks as making
from multistore.keys.founding import first_kek
from multistore.keys.wrapping import expand
from multistore.ledger import chain, erasure_log, migrating
from multistore.ledger import schema as tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from multistore.keys.keyring import Keyring
    from multistore.keys.secret import Secret

MAGIC = b"multistore key backup 1\n"
ORDER: tuple[Table, ...] = (
    tables.ledger,
    tables.tenants,
    tables.scopes,
    tables.keks,
    tables.scope_keys,
    tables.wrapped_keys,
    tables.holds,
    tables.erasures,
    tables.incidents,
    tables.events,
    tables.erasure_log,
)
"""Every table, each behind those that it refers to."""

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written.

    Attributes:
        path: the file.
        rows: how many rows of each table.
        log_entry: the number of its entry in the erasure log.
    """

    path: Path
    rows: dict[str, int]
    log_entry: int


def write_backup(
    keyring: Keyring, path: Path, *, progress: Callable[[int, int], object] | None = None
) -> Backup:
    """Write the key ledger to a file, mode 0600: all of it or nothing; the old one is replaced.

    The backup is entered in the erasure log first, so that a ledger that is older than its
    newest backup can be told. Cost: one request to the key service, those of the log's store,
    one pass over the ledger; memory: one page.

    Raises:
        InvalidArgumentError: the file cannot be written.
        KeyUnavailableError: the key service, or the log's store, does not do its part.
    """
    require_file_name(path)
    ledger = keyring.ledger
    number = first_kek(ledger, keyring.kms)
    kek = making.unwrapped(ledger, keyring.kms, number)
    with ledger.writing() as connection:
        entry = chain.append(
            connection, tables.erasure_log, ledger.id, "keys-backed-up", kek=number
        )
    erasure_log.publish(ledger, keyring.log)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file, ledger.snapshot() as connection:  # noqa: PTH123
            mac = hmac.new(backup_key(kek, ledger.id, number), digestmod="sha256")
            head, rows = _head(connection, ledger.id, number, entry)
            written = 0
            for line in (MAGIC, _line(head)):
                mac.update(line)
                file.write(line)
            for line in _rows(connection):
                mac.update(line)
                file.write(line)
                written += 1
                if progress and written % _PAGE == 0:
                    progress(written, sum(rows.values()))
            file.write(_line({"hmac": mac.hexdigest()}))
            file.flush()
            os.fsync(descriptor)
        aside.replace(path)
        _flush(path.parent)
    except OSError as error:
        raise InvalidArgumentError(
            f"the key backup {path} cannot be written: {error.strerror}"
        ) from None
    finally:
        with suppress(OSError):  # it must not hide what went wrong
            aside.unlink()
    if progress:
        progress(written, written)
    return Backup(path, rows, entry.seq)


def require_file_name(path: Path) -> None:
    """Refuse a path that can never be a backup's; before anything is done.

    Raises:
        InvalidArgumentError: it is a directory, has no name, or lies in no directory.
    """
    # Not Path.is_dir, which fails on a name that is too long.
    if not path.name or os.path.isdir(path):  # noqa: PTH112 - as above
        raise InvalidArgumentError(
            f"{path} is a directory, and a key backup is a file", hint="Name a file in it."
        )
    if not path.parent.is_dir():
        raise InvalidArgumentError(f"{path.parent} is not a directory to write {path.name} into")


def backup_key(kek: Secret, ledger_id: bytes, kek_no: int) -> Secret:
    """Derive the key that authenticates a backup from the KEK under which it was taken."""
    return expand(kek, b"multistore-key-backup-v1\0" + ledger_id + kek_no.to_bytes(4))


def encoded(value: Any) -> Any:
    """A column's value as JSON: bytes in hexadecimal, times and dates as ISO 8601."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def _head(
    connection: Connection, ledger_id: bytes, number: int, entry: chain.Entry
) -> tuple[dict[str, Any], dict[str, int]]:
    kek = connection.execute(select(tables.keks).where(tables.keks.c.no == number)).one()
    rows = {
        table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in ORDER
    }
    return {
        "ledger": ledger_id.hex(),
        "schema": migrating.REVISION,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "kek": number,
        "kms": kek.kms,
        "kms_key_id": kek.kms_key_id,
        "kek_ciphertext": kek.ciphertext.hex(),
        "log_entry": entry.seq,
        "rows": rows,
    }, rows


def _rows(connection: Connection) -> Iterator[bytes]:
    for table in ORDER:
        query = select(table).order_by(*table.primary_key.columns)
        names = tuple(table.columns.keys())
        for row in connection.execute(query.execution_options(yield_per=_PAGE)):
            yield _line({table.name: dict(zip(names, map(encoded, row), strict=True))})


_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _line(content: dict[str, Any]) -> bytes:
    return _json(content).encode() + b"\n"


def _flush(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

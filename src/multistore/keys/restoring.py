"""``keys restore``: the ledger back from its newest key backup, or not at all."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, LargeBinary, delete, insert, select

from multistore.errors import (
    ConfigurationError,
    ConflictError,
    FormatError,
    InvalidArgumentError,
    KeyDestroyedError,
    KeyUnavailableError,
    TamperedError,
    TruncatedError,
)
from multistore.keys import keks as making
from multistore.keys.backup import MAGIC, ORDER, backup_key
from multistore.keys.keyring import Keyring
from multistore.keys.kms.base import KekLabel
from multistore.keys.kms.opening import open_kms
from multistore.keys.rewrapping import verify
from multistore.ledger import chain, erasure_log, migrating
from multistore.ledger import schema as tables
from multistore.ledger.ledger import found_as, open_ledger
from multistore.ledger.schema import Instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from multistore.keys.kms.base import Kms
    from multistore.ledger.erasure_log import LogStore
    from multistore.ledger.ledger import Ledger

_PAGE = 2000
_HEAD_MAX_BYTES = 65_536
_TAIL_BYTES = len(b'{"hmac":"') + 64 + len(b'"}\n')


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did, or would do.

    Attributes:
        ledger_id: whose keys these are.
        created_at: when the backup was taken.
        rows: how many rows of each table.
        opened: how many scope keys were opened; of a dry run 0.
        unreadable: the KEKs with keys under them whose master key is gone, by number and reason.
    """

    ledger_id: bytes
    created_at: datetime
    rows: dict[str, int]
    opened: int
    unreadable: dict[int, str]


@dataclass(frozen=True, slots=True)
class _Head:
    ledger_id: bytes
    created_at: datetime
    rows: dict[str, int]
    kek_no: int
    kms: str
    kms_key_id: str
    kek_ciphertext: bytes
    log_entry: int


def restore(
    file: Path,
    ledger_url: str,
    keys_url: str,
    *,
    base: Path,
    log: LogStore | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> Restored:
    """Put the key backup in the place of the ledger: an absent one, or an older copy of the same.

    Nothing is written before the whole file has been authenticated with the KEK that it was
    taken under. Then everything is replaced in one transaction, and every key is opened.

    Cost: one request per KEK that keys are under, and those of the log's store.

    Raises:
        InvalidArgumentError: the file cannot be read.
        FormatError: it is not a key backup, or one of another version of multistore.
        TruncatedError: its end is missing.
        TamperedError: it was altered.
        ConflictError: the ledger has gone on since the backup: it is not the newest.
        ConfigurationError: it is another ledger's, or the key directory is.
        KeyUnavailableError: the key service does not open it (a backup dies with the master key
            of its KEK), or the key service or the log knows of newer keys.
    """
    kms = open_kms(keys_url, base=base)
    head = _read_head(file)
    _authenticate(file, head, kms)
    _must_be_newest(file, head, kms, log)
    if dry_run:
        return Restored(head.ledger_id, head.created_at, head.rows, 0, {})
    ledger = open_ledger(ledger_url, base=base, found=lambda own: found_as(own, head.ledger_id))
    keyring = Keyring(ledger, kms, log=log)
    try:
        _replace(file, head, ledger, progress)
        opened, unreadable = _opened(keyring)
    finally:
        keyring.close()
    return Restored(head.ledger_id, head.created_at, head.rows, opened, unreadable)


def _must_be_newest(file: Path, head: _Head, kms: Kms, log: LogStore | None) -> None:
    """Hold the backup against what the key service and the log's store know."""
    newest_kek, kept_in, entries = 0, None, dict[int, chain.Entry]()
    for name, row in _rows(file):
        if name == tables.keks.name:
            newest_kek = max(newest_kek, row["no"])
        elif name == tables.ledger.name:
            kept_in = row["log_store"]
        elif name == tables.erasure_log.name:
            entries[row["seq"]] = chain.Entry(row["seq"], row["body"], row["hash"])
    occupant = kms.occupant()
    if occupant and occupant.ledger_id != head.ledger_id:
        raise ConfigurationError(
            f"{kms.url} holds the keys of ledger {occupant.ledger_id.hex()}, and {file} is of "
            f"ledger {head.ledger_id.hex()}",
            hint="Name that ledger's own key directory.",
        )
    if occupant and occupant.newest_kek > newest_kek:
        raise making.older_than_its_keys(occupant.newest_kek)
    erasure_log.must_reach_head(
        head.ledger_id, max(entries, default=0), entries.__getitem__, kept_in, log
    )


def _read_head(file: Path) -> _Head:
    try:
        with file.open("rb") as source:
            magic, line = source.read(len(MAGIC)), source.readline(_HEAD_MAX_BYTES)
    except OSError as error:
        raise InvalidArgumentError(
            f"the key backup {file} cannot be read: {error.strerror}"
        ) from None
    if magic != MAGIC:
        raise FormatError(f"{file} is not a key backup", hint="multistore keys backup writes one.")
    try:
        fields: dict[str, Any] = json.loads(line)
        if fields["schema"] != migrating.REVISION:
            raise FormatError(
                f"{file} is of another version of multistore (schema {fields['schema']})",
                hint="Restore it with the version that wrote it, then upgrade.",
            )
        return _Head(
            bytes.fromhex(fields["ledger"]),
            datetime.fromisoformat(fields["created_at"]),
            {str(name): int(count) for name, count in fields["rows"].items()},
            int(fields["kek"]),
            str(fields["kms"]),
            str(fields["kms_key_id"]),
            bytes.fromhex(fields["kek_ciphertext"]),
            int(fields["log_entry"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FormatError(f"{file} begins as a key backup, but its head is damaged") from None


def _authenticate(file: Path, head: _Head, kms: Kms) -> None:
    label = KekLabel(head.ledger_id, head.kek_no)
    kek = making.opened(kms, label, head.kms, head.kms_key_id, head.kek_ciphertext)
    mac = hmac.new(backup_key(kek, head.ledger_id, head.kek_no), digestmod="sha256")
    with file.open("rb") as source:
        left = file.stat().st_size - _TAIL_BYTES
        while left > 0 and (block := source.read(min(left, 1 << 20))):
            mac.update(block)
            left -= len(block)
        tail = source.read(_TAIL_BYTES + 1)
    if not tail.startswith(b'{"hmac":"') or not tail.endswith(b'"}\n'):
        raise TruncatedError(f"the end of the key backup {file} is missing")
    if not hmac.compare_digest(tail[9:73], mac.hexdigest().encode()):
        raise TamperedError(
            f"the key backup {file} is not what was written", hint="Take another copy of it."
        )


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row of an authenticated backup: the table's name and the values."""
    by_name = {table.name: table for table in ORDER}
    with file.open("rb") as source:
        source.read(len(MAGIC))
        source.readline()
        for line in source:
            ((name, values),) = json.loads(line).items()
            if name == "hmac":
                return
            columns: Any = by_name[name].columns
            yield name, {key: _decoded(columns[key].type, value) for key, value in values.items()}


def _decoded(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return bytes.fromhex(value)
    if isinstance(kind, Instant):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return value


def _replace(
    file: Path, head: _Head, ledger: Ledger, progress: Callable[[int, int], object] | None
) -> None:
    total, done = sum(head.rows.values()), 0
    with ledger.writing() as connection:
        _must_be_older(connection, ledger, file, head)
        for table in reversed(ORDER):
            connection.execute(delete(table))
        for table, page in _pages(file):
            connection.execute(insert(table), page)
            done += len(page)
            if progress:
                progress(done, total)
    ledger.id = head.ledger_id


def _pages(file: Path) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    by_name = {table.name: table for table in ORDER}
    name, page = "", list[dict[str, Any]]()
    for found, values in _rows(file):
        if page and (found != name or len(page) == _PAGE):
            yield by_name[name], page
            page = []
        name = found
        page.append(values)
    if page:
        yield by_name[name], page


def _must_be_older(connection: Connection, ledger: Ledger, file: Path, head: _Head) -> None:
    """Refuse to put an older state over a newer one, or one ledger over another."""
    own = connection.execute(select(tables.ledger)).first()
    if own is None:
        return
    if own.id != head.ledger_id:
        raise ConfigurationError(
            f"{ledger.address} is ledger {own.id.hex()}, and {file} is of ledger "
            f"{head.ledger_id.hex()}",
            hint="Name the ledger of this backup, or a place where there is none yet.",
        )
    for table in (tables.events, tables.erasure_log):
        newest = chain.head(connection, table)
        if newest is None:
            continue
        same = [
            values["hash"]
            for name, values in _rows(file)
            if name == table.name and values["seq"] == newest.seq
        ]
        if same != [newest.hash]:
            raise ConflictError(
                f"{ledger.address} has gone on since {file} was written: its {table.name} are at "
                f"{newest.seq}",
                hint="Restore the newest key backup. Where this ledger is damaged, move it away "
                "first.",
            )


def _opened(keyring: Keyring) -> tuple[int, dict[int, str]]:
    wrapped = tables.wrapped_keys.c.kek_no
    with keyring.ledger.reading() as connection:
        numbers = [row[0] for row in connection.execute(select(wrapped).distinct())]
    opened, unreadable = 0, dict[int, str]()
    for number in numbers:
        try:
            key = keyring.fresh_wrapping_key(number)
        except (KeyUnavailableError, KeyDestroyedError) as error:
            unreadable[number] = str(error)
            continue
        opened += verify(keyring, number, key, lambda _: None)
    return opened, unreadable

"""A store by somebody else: written from the text of the protocol, over SQLite, and proven.

It imports what multistore makes public for this, and nothing from another store. It lacks what
a modest service lacks (conditions, suffix ranges, server-side copies, versions), so it also
proves that the suite accepts a clean refusal.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from datetime import UTC, datetime

import pytest

from multistore.errors import (
    InvalidArgumentError,
    LengthError,
    NotFoundError,
    PreconditionFailedError,
    UnsupportedError,
)
from multistore.stores.base import Capability, Fetched, Limits, Ref, StoredObject
from multistore.testing import StoreConformance
from multistore.values import CommonPrefix, Last, Outcome, OutcomeStatus, PutMode, Span


class TableStore:
    """Objects as rows of one table."""

    provider = "example-table"
    bucket = "objects"
    capabilities = frozenset({Capability.NON_ASCII_NAMES, Capability.UNEQUAL_PARTS})
    placement = None
    versions = None
    uploads = None
    retention = None
    rules = None
    strays = None

    def __init__(self, name, path):
        self.name = name
        self.limits = Limits(part_size=256 * 1024)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute(
            "CREATE TABLE objects (name BLOB PRIMARY KEY, data BLOB, type TEXT, "
            "described TEXT, etag TEXT, modified REAL) WITHOUT ROWID"
        )

    def put(self, name, body, *, mode, content_type=None, metadata=None):
        self._only_overwrites("put", name, mode)
        data = b"".join(body.parts)
        if body.size not in (None, len(data)):
            raise LengthError("not as long as announced", **self._at("put", name))
        return self._write(name, data, content_type, metadata)

    def get(self, name, span, *, if_match=None, version=None):
        info, data = self._row("get", name, version)
        if if_match not in (None, info.etag):
            raise PreconditionFailedError("another etag", **self._at("get", name))
        if not data:
            return Fetched(info, 0, memoryview(b""))
        start = max(0, len(data) - span.count) if isinstance(span, Last) else span.start
        if start >= len(data):
            where = self._at("get", name)
            raise InvalidArgumentError("past the end", code="InvalidRange", **where)
        stop = span.stop if isinstance(span, Span) else len(data)
        return Fetched(info, start, memoryview(data[start:stop]))

    def head(self, name, *, version=None):
        return self._row("head", name, version)[0]

    def list(self, prefix, *, delimiter=None, start_after=None):
        last = None
        for name in self._names(prefix):
            rest = name[len(prefix) :]
            group = None
            if delimiter and delimiter in rest:
                group = prefix + rest.split(delimiter)[0] + delimiter
            shown = group or name
            if shown == last or (
                start_after is not None and shown.encode() <= start_after.encode()
            ):
                continue
            last = shown
            try:
                yield CommonPrefix(group) if group else self.head(name)
            except NotFoundError:
                continue

    def copy(self, source, target, *, head, if_match, mode, content_type=None, metadata=None):
        self._only_overwrites("copy", target, mode)
        info, data = self._row("copy", source, None)
        if info.etag != if_match:
            raise PreconditionFailedError("the source changed", **self._at("copy", source))
        return self._write(target, head + data[len(head) :], content_type, metadata)

    def delete(self, refs):
        for ref in refs:
            if ref.version is not None:
                raise UnsupportedError("no versions", **self._at("delete", ref.name))
            if ref.etag is not None:
                raise UnsupportedError("no conditions", **self._at("delete", ref.name))
        return [self._delete(ref) for ref in refs]

    def close(self):
        pass

    def _delete(self, ref: Ref):
        with self._lock, self._db:
            gone = self._db.execute("DELETE FROM objects WHERE name = ?", (ref.name.encode(),))
        status = OutcomeStatus.DELETED if gone.rowcount else OutcomeStatus.ABSENT
        return Outcome(ref.name, None, status)

    def _names(self, prefix):
        with self._lock:
            rows = self._db.execute(
                "SELECT name FROM objects WHERE substr(name, 1, ?) = ? ORDER BY name",
                (len(prefix.encode()), prefix.encode()),
            ).fetchall()
        return [row[0].decode() for row in rows]

    def _write(self, name, data, content_type, metadata):
        etag = hashlib.sha256(data).hexdigest()
        now = datetime.now(UTC)
        described = json.dumps(dict(metadata or {}))
        row = (name.encode(), data, content_type, described, etag, now.timestamp())
        with self._lock, self._db:
            self._db.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?)", row)
        return StoredObject(name, len(data), now, etag)

    def _row(self, operation, name, version):
        if version is not None:
            raise UnsupportedError("no versions", **self._at(operation, name))
        with self._lock:
            row = self._db.execute(
                "SELECT data, type, described, etag, modified FROM objects WHERE name = ?",
                (name.encode(),),
            ).fetchone()
        if row is None:
            raise NotFoundError("no such row", **self._at(operation, name))
        data, content_type, described, etag, modified = row
        metadata = dict(json.loads(described))
        when = datetime.fromtimestamp(modified, UTC)
        return StoredObject(name, len(data), when, etag, None, content_type, metadata), data

    def _only_overwrites(self, operation, name, mode):
        if mode is not PutMode.OVERWRITE:
            raise UnsupportedError("no conditions", **self._at(operation, name))

    def _at(self, operation, name):
        return {"operation": operation, "store": self.name, "key": name}


class TestTableStore(StoreConformance):
    @pytest.fixture
    def store(self, tmp_path):
        store = TableStore("table", tmp_path / "objects.sqlite")
        yield store
        store._db.close()

    def raw_read(self, store, name):
        row = store._db.execute(
            "SELECT data FROM objects WHERE name = ?", (name.encode(),)
        ).fetchone()
        return None if row is None else row[0]

    def raw_write(self, store, name, data):
        row = (name.encode(), data, None, "{}", "foreign", 1_700_000_000.0)
        store._db.execute("INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?)", row)

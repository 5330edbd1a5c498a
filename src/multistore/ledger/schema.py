"""The ledger's tables, one schema for SQLite and PostgreSQL; docs/spec/ledger.md explains them.

There is no row per object: what an object needs is in its own header and in its scope's keys.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Dialect

FORMAT = 1
"""The format of what the rows mean; the migrations count the shape of the tables."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class TenantState(StrEnum):
    """Where a tenant stands between its contract and its erasure."""

    ACTIVE = "active"
    ENDING = "ending"
    SUSPENDED = "suspended"
    ERASING = "erasing"
    ERASED = "erased"


class KekKind(StrEnum):
    """Which scopes a KEK wraps: all that live, or those of one tenant that leaves."""

    EPOCH = "epoch"
    CLOSING = "closing"


class KekState(StrEnum):
    """Where a KEK stands; each step of a roll and of a tenant's end moves it once."""

    CREATING = "creating"
    """Its number is taken; its master key may or may not exist yet."""
    CURRENT = "current"
    """Wraps: the one epoch KEK of new scopes, or a tenant's closing KEK."""
    RETIRING = "retiring"
    """A newer epoch KEK is current; rows under this one are still being wrapped anew."""
    RETIRED = "retired"
    """No row is left under it."""
    DISABLED = "disabled"
    """Its master key is disabled: whatever still needed it would have shown by now."""
    SCHEDULED = "scheduled"
    """Its master key will be destroyed on ``destroy_at``."""
    DESTROYED = "destroyed"
    """The key service was asked and said so; its ciphertext is gone from the ledger."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC time, kept as whole microseconds since 1970: equal on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Count the microseconds; a time without a zone is refused."""
        del dialect
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Give back the aware time."""
        del dialect
        return None if value is None else _EPOCH + value * _MICROSECOND


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def _one_of(column: str, kinds: type[StrEnum]) -> CheckConstraint:
    values = ", ".join(f"'{kind}'" for kind in kinds)
    return CheckConstraint(f"{column} IN ({values})", name=column)


def _one_each(name: str, *columns: str, where: str) -> Index:
    """Make an index that is unique among the rows for which a condition holds."""
    return Index(name, *columns, unique=True, info={"where": where})


@event.listens_for(metadata, "before_create")
def _conditions(_: MetaData, connection: Connection, **_options: object) -> None:
    """Give the indexes their conditions in the dialect that is asked for.

    An option by a dialect's name would load that dialect with this module: 25 ms of a process.
    """
    for table in metadata.tables.values():
        for index in table.indexes:
            if where := index.info.get("where"):
                index.dialect_options[connection.dialect.name]["where"] = text(where)


ledger = Table(
    "ledger",
    metadata,
    Column("singleton", Integer, primary_key=True, autoincrement=False),
    Column("id", LargeBinary(16), nullable=False),
    Column("format", Integer, nullable=False),
    Column("founded_at", Instant, nullable=False),
    # Where the erasure log is kept outside; a ledger that has one does not serve without it.
    Column("log_store", String(255)),
    CheckConstraint("singleton = 1", name="singleton"),
)

tenants = Table(
    "tenants",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("name", String(63), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    # The end, in order: a date in Asia/Tokyo, then instants; null until known.
    Column("contract_end", Date),
    Column("stop_by", Instant),
    Column("stopped_at", Instant),
    Column("erase_due", Instant),
    Column("erased_at", Instant),
    # The two people of an erasure.
    Column("ended_by", String(200)),
    Column("approved_by", String(200)),
    Column("approved_at", Instant),
    _one_of("state", TenantState),
    Index("ix_tenants_state", "state"),
)

scopes = Table(
    "scopes",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("tenant_id", LargeBinary(16), ForeignKey("tenants.id"), nullable=False),
    Column("collection", String(63), nullable=False),
    Column("survives_tenant", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Instant, nullable=False),
    # No object of it was sealed earlier: retention has nothing to look for before that is over.
    Column("sealed_since", Instant),
    UniqueConstraint("tenant_id", "collection"),
    Index("ix_scopes_sealed_since", "collection", "sealed_since"),
)

keks = Table(
    "keks",
    metadata,
    Column("no", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("tenant_id", LargeBinary(16), ForeignKey("tenants.id")),
    Column("kms", String(255), nullable=False),
    Column("kms_key_id", String(2048)),
    Column("ciphertext", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Column("destroy_at", Instant),
    Column("destroyed_at", Instant),
    _one_of("kind", KekKind),
    _one_of("state", KekState),
    CheckConstraint("no BETWEEN 1 AND 4294967295", name="no"),
    CheckConstraint("(kind = 'closing') = (tenant_id IS NOT NULL)", name="closing"),
    # At most one epoch KEK is current, and at most one is being made.
    _one_each(
        "uq_keks_epoch",
        "state",
        where="kind = 'epoch' AND state IN ('creating', 'current')",
    ),
    # A tenant that leaves has one closing KEK at a time.
    _one_each("uq_keks_closing", "tenant_id", where="state IN ('creating', 'current')"),
)

scope_keys = Table(
    "scope_keys",
    metadata,
    Column("scope_id", LargeBinary(16), ForeignKey("scopes.id"), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("fingerprint", LargeBinary(16), nullable=False),
    Column("owner_tag", LargeBinary(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("destroyed_at", Instant),
    CheckConstraint("version BETWEEN 1 AND 4294967295", name="version"),
)

wrapped_keys = Table(
    "wrapped_keys",
    metadata,
    Column("scope_id", LargeBinary(16), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("kek_no", BigInteger, ForeignKey("keks.no"), primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary(66), nullable=False),
    ForeignKeyConstraint(["scope_id", "version"], ["scope_keys.scope_id", "scope_keys.version"]),
    # In the order in which a roll goes through the keys of a KEK.
    Index("ix_wrapped_keys_kek_no", "kek_no", "scope_id", "version"),
)

holds = Table(
    "holds",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("tenant_id", LargeBinary(16), ForeignKey("tenants.id"), nullable=False),
    Column("collection", String(63)),
    Column("key_prefix", Text),
    Column("name", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_by", String(200), nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("released_by", String(200)),
    Column("released_at", Instant),
    Column("release_reason", Text),
    Index("ix_holds_tenant_id", "tenant_id"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("performed_by", String(200), nullable=False),
    Column("validated_by", String(200)),
    Column("begun_at", Instant, nullable=False),
    # The items of the plan, until the erasure has ended: then their names are let go.
    Column("plan", LargeBinary),
    Column("finished_at", Instant),
    Column("status", String(16)),
    Column("certificate", Text),
    CheckConstraint("(finished_at IS NULL) = (plan IS NOT NULL)", name="plan"),
    # Of several erasers of one subject all work on the same plan.
    _one_each("uq_erasures_subject", "subject", where="finished_at IS NULL"),
    Index("ix_erasures_digest", "digest"),
    # Of which a certificate is still to be issued anew.
    Index("ix_erasures_status", "status", "subject"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("store", String(63), nullable=False),
    # Of whom, and which object; without either it concerns everything in the store.
    Column("tenant_id", LargeBinary(16), ForeignKey("tenants.id")),
    Column("address", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("detected_at", Instant, nullable=False),
    Column("notify_by", Instant, nullable=False),
    Column("notified_at", Instant),
    Column("notified_by", String(200)),
    # What is found again and again is one incident.
    _one_each("uq_incidents_open", "kind", "store", "address", where="notified_at IS NULL"),
)


def _chain(name: str) -> Table:
    """A hash chain: each entry's hash covers the one before it, so that none can be exchanged."""
    return Table(
        name,
        metadata,
        Column("seq", BigInteger, primary_key=True, autoincrement=False),
        Column("body", Text, nullable=False),
        Column("hash", LargeBinary(32), nullable=False),
        CheckConstraint("seq >= 1", name="seq"),
    )


events = _chain("events")
erasure_log = _chain("erasure_log")

"""Found the ledger: tenants, scopes, keys, holds, events, the erasure log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "erasure_log",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("seq >= 1", name="ck_erasure_log_seq"),
        sa.PrimaryKeyConstraint("seq", name="pk_erasure_log"),
    )
    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("seq >= 1", name="ck_events_seq"),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
    )
    op.create_table(
        "ledger",
        sa.Column("singleton", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("founded_at", sa.BigInteger(), nullable=False),
        sa.Column("log_store", sa.String(length=255), nullable=True),
        sa.CheckConstraint("singleton = 1", name="ck_ledger_singleton"),
        sa.PrimaryKeyConstraint("singleton", name="pk_ledger"),
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("contract_end", sa.Date(), nullable=True),
        sa.Column("stop_by", sa.BigInteger(), nullable=True),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("erase_due", sa.BigInteger(), nullable=True),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('active', 'ending', 'suspended', 'erasing', 'erased')",
            name="ck_tenants_state",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tenants"),
        sa.UniqueConstraint("name", name="uq_tenants_name"),
    )
    op.create_index("ix_tenants_state", "tenants", ["state"], unique=False)
    op.create_table(
        "holds",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("tenant_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("collection", sa.String(length=63), nullable=True),
        sa.Column("key_prefix", sa.Text(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.String(length=200), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("released_by", sa.String(length=200), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_holds_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
    )
    op.create_index("ix_holds_tenant_id", "holds", ["tenant_id"], unique=False)
    op.create_table(
        "keks",
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tenant_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("kms", sa.String(length=255), nullable=False),
        sa.Column("kms_key_id", sa.String(length=2048), nullable=True),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("destroy_at", sa.BigInteger(), nullable=True),
        sa.Column("destroyed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(kind = 'closing') = (tenant_id IS NOT NULL)", name="ck_keks_closing"),
        sa.CheckConstraint("kind IN ('epoch', 'closing')", name="ck_keks_kind"),
        sa.CheckConstraint(
            "state IN ('creating', 'current', 'retiring', 'retired', 'disabled', "
            "'scheduled', 'destroyed')",
            name="ck_keks_state",
        ),
        sa.CheckConstraint("no BETWEEN 1 AND 4294967295", name="ck_keks_no"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_keks_tenant_id"),
        sa.PrimaryKeyConstraint("no", name="pk_keks"),
    )
    op.create_index(
        "uq_keks_closing",
        "keks",
        ["tenant_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('creating', 'current')"),
        postgresql_where=sa.text("state IN ('creating', 'current')"),
    )
    op.create_index(
        "uq_keks_epoch",
        "keks",
        ["state"],
        unique=True,
        sqlite_where=sa.text("kind = 'epoch' AND state IN ('creating', 'current')"),
        postgresql_where=sa.text("kind = 'epoch' AND state IN ('creating', 'current')"),
    )
    op.create_table(
        "scopes",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("tenant_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("collection", sa.String(length=63), nullable=False),
        sa.Column("survives_tenant", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_scopes_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_scopes"),
        sa.UniqueConstraint("tenant_id", "collection", name="uq_scopes_tenant_id"),
    )
    op.create_table(
        "scope_keys",
        sa.Column("scope_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.Column("owner_tag", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("destroyed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("version BETWEEN 1 AND 4294967295", name="ck_scope_keys_version"),
        sa.ForeignKeyConstraint(["scope_id"], ["scopes.id"], name="fk_scope_keys_scope_id"),
        sa.PrimaryKeyConstraint("scope_id", "version", name="pk_scope_keys"),
    )
    op.create_table(
        "wrapped_keys",
        sa.Column("scope_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kek_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(length=66), nullable=False),
        sa.ForeignKeyConstraint(["kek_no"], ["keks.no"], name="fk_wrapped_keys_kek_no"),
        sa.ForeignKeyConstraint(
            ["scope_id", "version"],
            ["scope_keys.scope_id", "scope_keys.version"],
            name="fk_wrapped_keys_scope_id",
        ),
        sa.PrimaryKeyConstraint("scope_id", "version", "kek_no", name="pk_wrapped_keys"),
    )
    op.create_index(
        "ix_wrapped_keys_kek_no", "wrapped_keys", ["kek_no", "scope_id", "version"], unique=False
    )


def downgrade() -> None:
    """Drop every table of a ledger that holds no key."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM wrapped_keys")):
        raise RuntimeError("this ledger holds keys: dropping it would destroy what they open")
    op.drop_index("ix_wrapped_keys_kek_no", table_name="wrapped_keys")
    op.drop_table("wrapped_keys")
    op.drop_table("scope_keys")
    op.drop_table("scopes")
    op.drop_index(
        "uq_keks_epoch",
        table_name="keks",
        sqlite_where=sa.text("kind = 'epoch' AND state IN ('creating', 'current')"),
        postgresql_where=sa.text("kind = 'epoch' AND state IN ('creating', 'current')"),
    )
    op.drop_index(
        "uq_keks_closing",
        table_name="keks",
        sqlite_where=sa.text("state IN ('creating', 'current')"),
        postgresql_where=sa.text("state IN ('creating', 'current')"),
    )
    op.drop_table("keks")
    op.drop_index("ix_holds_tenant_id", table_name="holds")
    op.drop_table("holds")
    op.drop_index("ix_tenants_state", table_name="tenants")
    op.drop_table("tenants")
    op.drop_table("ledger")
    op.drop_table("events")
    op.drop_table("erasure_log")

"""Remember who ends a contract and who approves, and since when a scope's objects were sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; a scope's objects are no older than the scope."""
    op.add_column("tenants", sa.Column("ended_by", sa.String(length=200), nullable=True))
    op.add_column("tenants", sa.Column("approved_by", sa.String(length=200), nullable=True))
    op.add_column("tenants", sa.Column("approved_at", sa.BigInteger(), nullable=True))
    op.add_column("scopes", sa.Column("sealed_since", sa.BigInteger(), nullable=True))
    op.execute(sa.text("UPDATE scopes SET sealed_since = created_at"))
    op.create_index(
        "ix_scopes_sealed_since", "scopes", ["collection", "sealed_since"], unique=False
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_scopes_sealed_since", table_name="scopes")
    op.drop_column("scopes", "sealed_since")
    op.drop_column("tenants", "approved_at")
    op.drop_column("tenants", "approved_by")
    op.drop_column("tenants", "ended_by")

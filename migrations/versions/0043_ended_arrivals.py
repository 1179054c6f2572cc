"""When the sender of an arrival was told that its case has ended, and how many of its cases were given up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

UNTOLD = "package_id IS NOT NULL AND completed_told_at IS NULL"


def upgrade() -> None:
    """Apply."""
    op.add_column("incoming_entries", sa.Column("completed_told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("incoming_entries", sa.Column("given_up", sa.Integer(), server_default="0", nullable=False))
    where = sa.text(UNTOLD)
    op.create_index(
        "ix_incoming_entries_untold", "incoming_entries", ["case_id"], sqlite_where=where, postgresql_where=where
    )

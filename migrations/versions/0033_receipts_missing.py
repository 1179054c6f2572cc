"""When the sender of a document was told that nobody acknowledges it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

UNANSWERED = "status IN ('delivered', 'handed_over') AND escalated_at IS NULL AND channel <> 'paper'"


def upgrade() -> None:
    """Apply."""
    op.add_column("dispatches", sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_dispatches_unanswered", "dispatches")
    where = sa.text(UNANSWERED)
    op.create_index(
        "ix_dispatches_unanswered", "dispatches", ["dispatched_at"], sqlite_where=where, postgresql_where=where
    )

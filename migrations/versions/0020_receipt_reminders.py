"""Whether a receiver was reminded of a document that it has not acknowledged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

UNANSWERED = "status = 'delivered' AND channel = 'system' AND reminded_at IS NULL"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("dispatches", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    where = sa.text(UNANSWERED)
    op.create_index(
        "ix_dispatches_unanswered", "dispatches", ["dispatched_at"], sqlite_where=where, postgresql_where=where
    )

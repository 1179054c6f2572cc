"""When an agency was reminded of its answer to a recall, and when the issuer was told that none came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

UNANSWERED = "status = 'asked' AND escalated_at IS NULL AND recall_id IS NOT NULL"


def upgrade() -> None:
    """Apply."""
    op.add_column("recall_requests", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("recall_requests", sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True))
    where = sa.text(UNANSWERED)
    op.create_index(
        "ix_recall_requests_unanswered", "recall_requests", ["asked_at"], sqlite_where=where, postgresql_where=where
    )

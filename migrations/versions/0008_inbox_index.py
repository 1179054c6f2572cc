"""The index of the inbox holds what the inbox filters by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEX, OPEN = "ix_work_items_inbox", sa.text("closed_at IS NULL AND suspended_at IS NULL")
ORDER, FILTERS = ("agency_id", "due_at", "id"), ("status", "procedure_id", "assignee_id")


def upgrade() -> None:
    """Apply."""
    op.drop_index(INDEX, "work_items")
    op.create_index(INDEX, "work_items", [*ORDER, *FILTERS], sqlite_where=OPEN, postgresql_where=OPEN)

"""Work that came due in a period is counted from an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

COLUMNS = ("due_at", "agency_id", "procedure_id", "element_id", "status", "closed_at", "suspended_at", "case_id")
DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_work_items_due", "work_items", [*COLUMNS], sqlite_where=DUE, postgresql_where=DUE)

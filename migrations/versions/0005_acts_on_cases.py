"""Cases that stand still, and work that is sent back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IN_INBOX = sa.text("closed_at IS NULL AND suspended_at IS NULL")
STANDING = sa.text("suspended_at IS NOT NULL")


def upgrade() -> None:
    """Apply."""
    op.add_column("cases", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    for column in (
        sa.Column("scope", sa.String(length=36), nullable=True),
        sa.Column("earlier_id", sa.String(length=36), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("work_items", column)
    op.drop_index("ix_work_items_inbox", "work_items")
    _partial("ix_work_items_inbox", ["agency_id", "due_at", "id"], IN_INBOX)
    _partial("ix_work_items_suspended", ["agency_id", "id"], STANDING)


def _partial(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "work_items", columns, sqlite_where=where, postgresql_where=where)

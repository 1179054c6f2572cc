"""When each agency is to be reminded of what it owes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STILL_TO_COME = {
    "work_items": "remind_at IS NOT NULL AND closed_at IS NULL AND suspended_at IS NULL",
    "awaited_messages": "remind_at IS NOT NULL AND closed_at IS NULL",
}


def upgrade() -> None:
    """Apply. What is open now is reminded of at its end: how its limit was counted is not known here."""
    for table, where in STILL_TO_COME.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
            batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
        op.execute(f"UPDATE {table} SET remind_at = due_at WHERE closed_at IS NULL AND due_at IS NOT NULL")
        op.create_index(
            f"ix_{table}_remind",
            table,
            ["remind_at"],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )

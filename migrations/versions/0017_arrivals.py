"""An arrival knows who deals with it, and in which case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("incoming_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("routed_to", sa.String(80), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("case_id", sa.String(36), nullable=True))
        batch_op.add_column(sa.Column("opened_case", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(op.f("fk_incoming_entries_case_id_cases"), "cases", ["case_id"], ["id"])
        batch_op.create_index(op.f("ix_incoming_entries_case_id"), ["case_id"])

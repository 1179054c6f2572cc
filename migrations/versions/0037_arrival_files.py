"""Scans of what arrived on paper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "arrival_files",
        sa.Column("register_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["register_id", "number"],
            ["incoming_entries.register_id", "incoming_entries.number"],
            name=op.f("fk_arrival_files_register_id_incoming_entries"),
        ),
        sa.PrimaryKeyConstraint("register_id", "number", "sha256", name=op.f("pk_arrival_files")),
    )

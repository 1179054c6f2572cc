"""When a clerk decided that a document which did not arrive, or came back, is not sent again, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("dispatches", sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("dispatches", sa.Column("dropped_reason", sa.Text(), server_default="", nullable=False))

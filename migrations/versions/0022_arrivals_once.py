"""No document of the exchange network is entered twice for one agency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. What was entered before keeps no key: its packages are known by their content."""
    op.add_column("incoming_entries", sa.Column("once", sa.String(64), nullable=True))
    op.create_index("ix_incoming_entries_once", "incoming_entries", ["once"], unique=True)

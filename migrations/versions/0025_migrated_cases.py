"""A done work item knows the version by which it was done, where its case goes on by another one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("work_items", sa.Column("version_hash", sa.String(64), nullable=True))

"""Which agencies get documents by e-mail, and what became of each message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("agency_names", schema=None) as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(length=16), nullable=False, server_default="system"))
        batch_op.add_column(sa.Column("email", sa.String(length=254), nullable=False, server_default=""))
    with op.batch_alter_table("dispatches", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address", sa.String(length=254), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("failure", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reply", sa.Text(), nullable=False, server_default=""))

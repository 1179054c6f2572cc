"""An arrival knows the package of the exchange network that brought it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("incoming_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("package_id", sa.String(36), nullable=True))
        name = op.f("fk_incoming_entries_package_id_exchange_messages")
        batch_op.create_foreign_key(name, "exchange_messages", ["package_id"], ["id"])

"""Receivers added and left out with a reason, the signer of a draft, and who signs by order or mandate."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signer_id", sa.String(64), nullable=True))
    with op.batch_alter_table("document_recipients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("added", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("waived", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "signing_mandates",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("person_name", sa.String(200), nullable=False),
        sa.Column("form", sa.String(4), nullable=False),
        sa.Column("unit_head", sa.String(200), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_mandates")),
    )
    with op.batch_alter_table("signing_mandates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signing_mandates_agency_id"), ["agency_id"], unique=False)

"""The channel of an agency has periods of its own; what goes over the exchange network and comes back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEPT = """
INSERT INTO agency_channels (agency_id, valid_from, valid_to, channel, email, organ_code, legal_basis, confidence, note)
SELECT agency_id, valid_from, valid_to, channel, email, '', legal_basis, confidence, ''
FROM agency_names WHERE channel <> 'system'
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "agency_channels",
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("organ_code", sa.String(35), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("confidence", sa.String(2), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_agency_channels_agency_id_agencies")),
        sa.PrimaryKeyConstraint("agency_id", "valid_from", name=op.f("pk_agency_channels")),
    )
    op.create_index(op.f("ix_agency_channels_organ_code"), "agency_channels", ["organ_code"])
    op.execute(KEPT)
    with op.batch_alter_table("agency_names", schema=None) as batch_op:
        batch_op.drop_column("channel")
        batch_op.drop_column("email")
    op.create_table(
        "exchange_messages",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("direction", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("once", sa.String(64), nullable=True),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("dispatch_id", sa.String(36), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("failure", sa.String(64), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatches.id"], name=op.f("fk_exchange_messages_dispatch_id_dispatches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_messages")),
        sa.UniqueConstraint("once", name=op.f("uq_exchange_messages_once")),
    )
    op.create_index("ix_exchange_messages_listed", "exchange_messages", ["direction", "created_at", "id"])
    op.create_index(op.f("ix_exchange_messages_dispatch_id"), "exchange_messages", ["dispatch_id"])
    with op.batch_alter_table("dispatches", schema=None) as batch_op:
        batch_op.add_column(sa.Column("progress", sa.String(length=32), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("progress_at", sa.DateTime(timezone=True), nullable=True))

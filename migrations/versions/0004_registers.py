"""Registers: series by decision, voided numbers, arrivals, bodies formed anew, confirmation after a restore."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("agency_names", schema=None) as batch_op:
        batch_op.add_column(sa.Column("new_body", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("document_registers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("direction", sa.String(16), nullable=False, server_default="outgoing"))
        batch_op.add_column(sa.Column("confirmed_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("confirmed_by", sa.String(64), nullable=True))
    with op.batch_alter_table("register_entries", schema=None) as batch_op:
        batch_op.alter_column("document_id", existing_type=sa.String(36), nullable=True)
        batch_op.add_column(sa.Column("voided_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("voided_by_name", sa.String(200), nullable=True))
    _plans()
    _incoming()


def _plans() -> None:
    op.create_table(
        "register_plans",
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(200), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("decided_by_name", sa.String(200), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "year", name=op.f("pk_register_plans")),
    )


def _incoming() -> None:
    op.create_table(
        "incoming_entries",
        sa.Column("register_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dispatch_id", sa.String(36), nullable=True),
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("symbol", sa.String(64), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("type", sa.String(8), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("handled_by", sa.String(200), nullable=False),
        sa.Column("passed_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("entered_by", sa.String(64), nullable=False),
        sa.Column("entered_by_name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["register_id"], ["document_registers.id"], name=op.f("fk_incoming_entries_register_id_document_registers")
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatches.id"], name=op.f("fk_incoming_entries_dispatch_id_dispatches")
        ),
        sa.PrimaryKeyConstraint("register_id", "number", name=op.f("pk_incoming_entries")),
        sa.UniqueConstraint("dispatch_id", name=op.f("uq_incoming_entries_dispatch_id")),
    )

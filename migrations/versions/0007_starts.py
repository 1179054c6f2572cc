"""Cases that begin by the calendar, and cases that another one asks for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "asked_cases",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("asker_id", sa.String(36), nullable=False),
        sa.Column("procedure_id", sa.String(64), nullable=False),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=True),
        sa.ForeignKeyConstraint(["asker_id"], ["cases.id"], name=op.f("fk_asked_cases_asker_id_cases")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_asked_cases_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_cases")),
        sa.UniqueConstraint("case_id", name=op.f("uq_asked_cases_case_id")),
    )
    op.create_index(op.f("ix_asked_cases_asker_id"), "asked_cases", ["asker_id"])
    op.create_table(
        "scheduled_starts",
        sa.Column("procedure_id", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(32), nullable=False),
        sa.Column("period", sa.String(16), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_scheduled_starts_case_id_cases")),
        sa.PrimaryKeyConstraint("procedure_id", "rule", "period", name=op.f("pk_scheduled_starts")),
        sa.UniqueConstraint("case_id", name=op.f("uq_scheduled_starts_case_id")),
    )
    op.create_index("ix_scheduled_starts_due", "scheduled_starts", ["status", "next_try_at"])

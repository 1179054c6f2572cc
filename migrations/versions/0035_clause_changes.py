"""Changes of clauses as process owners record them, and what follows from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "clause_changes",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("basis", sa.String(64), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("replaced_by", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause_changes")),
    )
    op.create_index(op.f("ix_clause_changes_basis"), "clause_changes", ["basis"])
    op.create_table(
        "clause_tasks",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("change_id", sa.String(36), nullable=False),
        sa.Column("procedure_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("thing", sa.String(200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("draft_id", sa.String(36), nullable=True),
        sa.Column("done_by", sa.String(64), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["clause_changes.id"], name=op.f("fk_clause_tasks_change_id_clause_changes")
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_clause_tasks_draft_id_drafts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause_tasks")),
    )
    op.create_index("ix_clause_tasks_change", "clause_tasks", ["change_id", "status"])

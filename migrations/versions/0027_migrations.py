"""Plans by which running cases go on by another version, case by case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "migration_batches",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("procedure_id", sa.String(64), nullable=False),
        sa.Column("to_version", sa.String(64), nullable=False),
        sa.Column("to_number", sa.Integer(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("actor", sa.JSON(), nullable=True),
        sa.Column("submitted_at", MOMENT, nullable=True),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.String(64), nullable=True),
        sa.Column("approved_name", sa.String(200), nullable=False),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["to_version"], ["procedure_versions.hash"], name=op.f("fk_migration_batches_to_version_procedure_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_batches")),
    )
    op.create_index(op.f("ix_migration_batches_procedure_id"), "migration_batches", ["procedure_id"])
    op.create_table(
        "migration_rows",
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("from_version", sa.String(64), nullable=False),
        sa.Column("from_number", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["migration_batches.id"], name=op.f("fk_migration_rows_batch_id_migration_batches")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_migration_rows_case_id_cases")),
        sa.PrimaryKeyConstraint("batch_id", "case_id", name=op.f("pk_migration_rows")),
    )
    op.create_index("ix_migration_rows_status", "migration_rows", ["batch_id", "status"])

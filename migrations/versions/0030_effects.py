"""From when which version of a procedure is in force is decided apart from the versions themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "version_effects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procedure_id", sa.String(64), nullable=False),
        sa.Column("version_hash", sa.String(64), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_version_effects"),
        sa.ForeignKeyConstraint(
            ["version_hash"], ["procedure_versions.hash"], name="fk_version_effects_version_hash_procedure_versions"
        ),
    )
    op.create_index("ix_version_effects_procedure", "version_effects", ["procedure_id", "effective_from", "id"])
    op.execute(
        "INSERT INTO version_effects (procedure_id, version_hash, effective_from, decided_at, decided_by) "
        "SELECT procedure_id, hash, effective_from, published_at, published_by FROM procedure_versions "
        "ORDER BY procedure_id, number"
    )
    op.drop_column("procedure_versions", "effective_from")

"""Who has the diagram of a draft open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "draft_presences",
        sa.Column("draft_id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", "person_id", name="pk_draft_presences"),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_draft_presences_draft_id_drafts"),
    )

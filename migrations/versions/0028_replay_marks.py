"""Where re-executions of long cases stood; and an index over the streams that are long."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

LONG = "length >= 100"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "replay_marks",
        sa.Column("case_id", sa.String(36), sa.ForeignKey("cases.id", name="fk_replay_marks_case_id_cases")),
        sa.Column("seq", sa.Integer(), autoincrement=False),
        sa.Column("program", sa.String(32), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("memory", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "seq", name="pk_replay_marks"),
    )
    long = sa.text(LONG)
    op.create_index("ix_event_streams_long", "event_streams", ["kind", "id"], sqlite_where=long, postgresql_where=long)

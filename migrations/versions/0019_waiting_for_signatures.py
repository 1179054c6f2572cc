"""From when bodies sign electronically, and which documents wait for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Nobody signs electronically yet, so nothing waits."""
    op.create_table(
        "agency_signing_ways",
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_agency_signing_ways_agency_id_agencies")),
        sa.PrimaryKeyConstraint("agency_id", "valid_from", name=op.f("pk_agency_signing_ways")),
    )
    # Not as a batch: that would make the table anew, and SQLite drops none to which other rows refer.
    op.add_column("documents", sa.Column("awaits_signature", sa.Boolean(), nullable=False, server_default=sa.false()))
    waiting = sa.text("awaits_signature")
    op.create_index(
        "ix_documents_waiting", "documents", ["issuer_agency_id"], sqlite_where=waiting, postgresql_where=waiting
    )

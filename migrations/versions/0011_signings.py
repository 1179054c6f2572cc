"""What came back signed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "document_signings",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("document_id", sa.String(36), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("exported_sha256", sa.String(64), nullable=True),
        sa.Column("signatures", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(64), nullable=False),
        sa.Column("recorded_by_name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_signings_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_signings")),
        sa.UniqueConstraint("document_id", "sha256", name=op.f("uq_document_signings_document_id_sha256")),
    )
    with op.batch_alter_table("document_signings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_signings_document_id"), ["document_id"], unique=False)

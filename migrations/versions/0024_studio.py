"""The studio: drafts of procedures with their files, authors and comments; scenarios kept beside versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PERSON = sa.String(64)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("procedure_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("base_hash", sa.String(64), nullable=True),
        sa.Column("pins", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", PERSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("instrument", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("submitted_by", PERSON, nullable=True),
        sa.Column("submitted_at", MOMENT, nullable=True),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.Column("version_hash", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
        sa.ForeignKeyConstraint(
            ["base_hash"], ["procedure_versions.hash"], name="fk_drafts_base_hash_procedure_versions"
        ),
        sa.ForeignKeyConstraint(
            ["version_hash"], ["procedure_versions.hash"], name="fk_drafts_version_hash_procedure_versions"
        ),
    )
    op.create_index("ix_drafts_procedure", "drafts", ["procedure_id", "status"])
    op.create_table(
        "draft_files",
        sa.Column("draft_id", sa.String(36), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_by", PERSON, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("draft_id", "path", name="pk_draft_files"),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_draft_files_draft_id_drafts"),
    )
    op.create_table(
        "draft_authors",
        sa.Column("draft_id", sa.String(36), nullable=False),
        sa.Column("person_id", PERSON, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("draft_id", "person_id", name="pk_draft_authors"),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_draft_authors_draft_id_drafts"),
    )
    op.create_table(
        "draft_comments",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("draft_id", sa.String(36), nullable=False),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("element", sa.String(128), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", PERSON, nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("settled_by", PERSON, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_draft_comments"),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_draft_comments_draft_id_drafts"),
    )
    op.create_index("ix_draft_comments_draft_id", "draft_comments", ["draft_id"])
    op.create_table(
        "version_scenarios",
        sa.Column("version_hash", sa.String(64), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("version_hash", "path", name="pk_version_scenarios"),
        sa.ForeignKeyConstraint(
            ["version_hash"], ["procedure_versions.hash"], name="fk_version_scenarios_version_hash_procedure_versions"
        ),
        sa.ForeignKeyConstraint(["sha256"], ["file_contents.sha256"], name="fk_version_scenarios_sha256_file_contents"),
    )

"""Issued documents are taken back or replaced, and each receiver is asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "document_recalls",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("document_id", sa.String(36), nullable=False),
        sa.Column("replacement_id", sa.String(36), nullable=True),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("proposed_by_name", sa.String(200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.String(200), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_recalls_document_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["replacement_id"], ["documents.id"], name=op.f("fk_document_recalls_replacement_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_recalls")),
    )
    standing = sa.text("status <> 'declined'")
    op.create_index(
        "ix_document_recalls_standing",
        "document_recalls",
        ["document_id"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    op.create_index("ix_document_recalls_agency", "document_recalls", ["agency_id", "status"])
    _requests()


def _requests() -> None:
    op.create_table(
        "recall_requests",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("recall_id", sa.String(36), nullable=True),
        sa.Column("dispatch_id", sa.String(36), nullable=True),
        sa.Column("register_id", sa.String(36), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("agency_name", sa.String(200), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("replacement", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("failure", sa.String(64), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["recall_id"], ["document_recalls.id"], name=op.f("fk_recall_requests_recall_id_document_recalls")
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatches.id"], name=op.f("fk_recall_requests_dispatch_id_dispatches")
        ),
        sa.ForeignKeyConstraint(
            ["register_id", "number"],
            ["incoming_entries.register_id", "incoming_entries.number"],
            name=op.f("fk_recall_requests_register_id_incoming_entries"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_requests")),
        sa.UniqueConstraint("dispatch_id", name=op.f("uq_recall_requests_dispatch_id")),
    )
    op.create_index(op.f("ix_recall_requests_recall_id"), "recall_requests", ["recall_id"])
    asked = sa.text("status = 'asked'")
    op.create_index(
        "ix_recall_requests_open",
        "recall_requests",
        ["register_id", "number"],
        unique=True,
        sqlite_where=asked,
        postgresql_where=asked,
    )
    op.create_index("ix_recall_requests_agency", "recall_requests", ["agency_id", "status"])

"""Full-text search over documents: a row for each side, FTS5 on SQLite, text vectors on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQLITE = (
    "CREATE VIRTUAL TABLE document_words USING fts5(plain, marked, content='document_search', content_rowid='id', "
    "tokenize='unicode61 remove_diacritics 0')",
    "INSERT INTO document_words(document_words, rank) VALUES('secure-delete', 1)",
    "CREATE TRIGGER document_words_added AFTER INSERT ON document_search BEGIN "
    "INSERT INTO document_words(rowid, plain, marked) VALUES (new.id, new.plain, new.marked); END",
    "CREATE TRIGGER document_words_deleted AFTER DELETE ON document_search BEGIN "
    "INSERT INTO document_words(document_words, rowid, plain, marked) "
    "VALUES('delete', old.id, old.plain, old.marked); END",
    "CREATE TRIGGER document_words_changed AFTER UPDATE ON document_search BEGIN "
    "INSERT INTO document_words(document_words, rowid, plain, marked) "
    "VALUES('delete', old.id, old.plain, old.marked); "
    "INSERT INTO document_words(rowid, plain, marked) VALUES (new.id, new.plain, new.marked); END",
)
POSTGRESQL = tuple(
    f"CREATE INDEX ix_document_search_{column} ON document_search USING gin (to_tsvector('simple', {column}))"
    for column in ("plain", "marked")
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "document_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.String(64), nullable=False),
        sa.Column("direction", sa.String(16), nullable=False),
        sa.Column("ref", sa.String(64), nullable=False),
        sa.Column("document_id", sa.String(36), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("symbol", sa.String(64), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("type", sa.String(8), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("other_side", sa.Text(), nullable=False),
        sa.Column("plain", sa.Text(), nullable=False),
        sa.Column("marked", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_search_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_search")),
        sa.UniqueConstraint("direction", "ref", name=op.f("uq_document_search_direction_ref")),
    )
    with op.batch_alter_table("document_search", schema=None) as batch_op:
        batch_op.create_index("ix_document_search_agency", ["agency_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_search_document_id"), ["document_id"], unique=False)
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)

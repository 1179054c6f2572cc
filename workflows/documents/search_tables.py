"""What is searched: one row for each document on each agency's side, and the full-text indexes of both databases.

SQLite: an FTS5 table over the rows, kept by triggers, which forgets what is deleted (`secure-delete`). PostgreSQL: GIN
indexes over `simple` text vectors. Both see the same words: `plain` without diacritics, `marked` with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import DDL, Connection, ForeignKey, Index, Integer, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base


class DocumentSearch(Base):
    """A document as one agency finds it. `ref`: the document (outgoing), or what brought it (incoming)."""

    __tablename__ = "document_search"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    agency_id: Mapped[str] = mapped_column(String(64))
    direction: Mapped[str] = mapped_column(String(16))
    ref: Mapped[str] = mapped_column(String(64))
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"), index=True)
    number: Mapped[int | None] = mapped_column(Integer)
    symbol: Mapped[str | None] = mapped_column(String(64))
    issued_on: Mapped[date | None]
    type: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(Text)
    other_side: Mapped[str] = mapped_column(Text)
    plain: Mapped[str] = mapped_column(Text)
    marked: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("direction", "ref"),
        Index("ix_document_search_agency", "agency_id", "id"),
    )


SQLITE: Sequence[str] = (
    "CREATE VIRTUAL TABLE document_words USING fts5(plain, marked, content='document_search', content_rowid='id', "
    "tokenize='unicode61 remove_diacritics 0')",
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
FORGETTING = "INSERT INTO document_words(document_words, rank) VALUES('secure-delete', 1)"
"""Deleted words leave the index at once; the SQLite that the program brings can do so, older ones cannot."""

SINCE = (3, 42)
POSTGRESQL: Sequence[str] = tuple(
    f"CREATE INDEX ix_document_search_{column} ON document_search USING gin (to_tsvector('simple', {column}))"
    for column in ("plain", "marked")
)


def _forgets(_ddl: Any, _target: Any, bind: Connection, **_: Any) -> bool:
    version = getattr(bind.dialect.dbapi, "sqlite_version_info", (0,))
    return bind.dialect.name == "sqlite" and tuple(version) >= SINCE


def _after_create(statement: str, **when: Any) -> None:
    ddl = DDL(statement)  # type: ignore[no-untyped-call]
    event.listen(DocumentSearch.__table__, "after_create", ddl.execute_if(**when))


for _statement in SQLITE:
    _after_create(_statement, dialect="sqlite")
_after_create(FORGETTING, callable_=_forgets)
for _statement in POSTGRESQL:
    _after_create(_statement, dialect="postgresql")

"""The words of senders and receivers stand in the search index as such, beside the words of the whole row."""

from __future__ import annotations

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_WORD = re.compile(r"[^\W_]+")


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, other_side FROM document_search")).all()
    added = [{"id": id_, "marked": _marked(other_side), "plain": _plain(other_side)} for id_, other_side in rows]
    change = sa.text("UPDATE document_search SET marked = marked || :marked, plain = plain || :plain WHERE id = :id")
    if added:
        connection.execute(change, added)


def _marked(text: str) -> str:
    words = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    return "".join(f" zz{word}" for word in words)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", _marked(text).replace("đ", "d"))
    return "".join(one for one in decomposed if not unicodedata.combining(one))

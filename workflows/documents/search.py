"""Search over documents and registers: by number, symbol, days, bodies and the words of the subject.

A word typed with diacritics is looked for with them, one typed without meets every spelling; the beginning of a word is
enough, a number is meant whole. Each agency finds its own side only; auditors find everything.

The words of the other side stand in the index twice: as they are, and marked as what they are (`_side`), so that who
looks for a body is not answered with documents that only speak of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, String, cast, delete, func, literal_column, or_, select, text
from sqlalchemy.orm import Session

from engine.actors import AUDITOR, EVERYTHING, Actor
from engine.queries.visibility import may_see_case
from engine.tables import Case
from engine.text import search_key
from workflows.documents.kinds import KINDS
from workflows.documents.receiving import recipients_of
from workflows.documents.search_tables import DocumentSearch
from workflows.documents.tables import INCOMING, OUTGOING, Dispatch, Document, DocumentRegister, IncomingEntry

SIDE = "zz"
_WORD = re.compile(r"[^\W_]+")
MAX_WORDS = 12


@dataclass(frozen=True)
class Wanted:
    """What is looked for; what is empty does not count.

    Args:
        words: words of subject, symbol or type, in any order.
        body: words of the name of the other side: who issued an arrival, who received what went out.
        number: the number of the document itself.
        arrival: the number that it has in the register of incoming documents.
        direction: outgoing or incoming.
        since, until: first and last day of the document's date.
    """

    words: str = ""
    body: str = ""
    number: int | None = None
    arrival: int | None = None
    direction: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Found:
    """One document on one agency's side. `arrival`: register and number of what came by another channel than ours."""

    id: int
    direction: str
    agency_id: str
    document_id: str | None
    symbol: str | None
    issued_on: date | None
    type: str
    subject: str
    other_side: str
    arrival: tuple[str, int] | None = None


def find(session: Session, actor: Actor, wanted: Wanted, *, limit: int = 50, after: int | None = None) -> list[Found]:
    """The documents that fit, the latest entered first; `after`: id of the last row of the page before."""
    statement = select(DocumentSearch).order_by(DocumentSearch.id.desc()).limit(limit)
    if not (actor.has(AUDITOR) and EVERYTHING in actor.reach):
        statement = statement.where(_of(actor))
    if after is not None:
        statement = statement.where(DocumentSearch.id < after)
    for condition in _conditions(session, wanted):
        statement = statement.where(condition)
    return [_found(row) for row in session.scalars(statement)]


def _of(actor: Actor) -> ColumnElement[bool]:
    """The agency's own side; for an auditor with a limited reach also the documents of cases within it."""
    own = DocumentSearch.agency_id == actor.agency_id
    if not actor.has(AUDITOR):
        return own
    reached = select(Document.id).join(Case, Case.id == Document.case_id).where(may_see_case(actor))
    return or_(own, DocumentSearch.document_id.in_(reached))


def index_outgoing(session: Session, document: Document) -> None:
    """Let the issuer find a document under its present subject, number and receivers."""
    names = "; ".join(one.name for one in recipients_of(session, document.id))
    _put(session, document, OUTGOING, document.id, document.issuer_agency_id, names)


def index_incoming(session: Session, document: Document, dispatch: Dispatch) -> None:
    """Let the receiver of a dispatch find the document."""
    _put(session, document, INCOMING, dispatch.id, dispatch.recipient_agency_id, document.issuer_name)


def index_arrival(session: Session, agency_id: str, entry: IncomingEntry) -> None:
    """Let an agency find what came to it by another channel than the program's own."""
    row = _row(session, INCOMING, f"{entry.register_id}:{entry.number}", agency_id)
    row.document_id, row.number, row.symbol = None, None, entry.symbol
    row.issued_on, row.type, row.subject, row.other_side = entry.issued_on, entry.type, entry.subject, entry.author
    _words(row)


def purge(session: Session, document_id: str) -> None:
    """Forget a document: no word of it stays in the index."""
    session.execute(delete(DocumentSearch).where(DocumentSearch.document_id == document_id))


def rebuild(session: Session) -> int:
    """Make the index anew from documents, dispatches and arrivals. Returns how many rows it has."""
    session.execute(delete(DocumentSearch))
    count = 0
    for document in session.scalars(select(Document).order_by(Document.created_at, Document.id)).all():
        index_outgoing(session, document)
        count += 1
        sent = select(Dispatch).where(Dispatch.document_id == document.id, Dispatch.dispatched_at.is_not(None))
        for dispatch in session.scalars(sent).all():
            index_incoming(session, document, dispatch)
            count += 1
    return count + _rebuild_arrivals(session)


def _rebuild_arrivals(session: Session) -> int:
    others = (
        select(IncomingEntry, DocumentRegister.agency_id)
        .join(DocumentRegister, DocumentRegister.id == IncomingEntry.register_id)
        .where(IncomingEntry.dispatch_id.is_(None))
    )
    rows = session.execute(others).all()
    for entry, agency_id in rows:
        index_arrival(session, agency_id, entry)
    return len(rows)


def spelled(words: str) -> list[str]:
    """The words of a text with their diacritics, in small letters and NFC."""
    return _WORD.findall(unicodedata.normalize("NFC", words).casefold())


def _conditions(session: Session, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.direction:
        yield DocumentSearch.direction == wanted.direction
    if wanted.number is not None:
        yield DocumentSearch.number == wanted.number
    if wanted.arrival is not None:
        yield DocumentSearch.direction == INCOMING
        yield DocumentSearch.ref.in_(_arrived_under(wanted.arrival))
    if wanted.since is not None:
        yield DocumentSearch.issued_on >= wanted.since
    if wanted.until is not None:
        yield DocumentSearch.issued_on <= wanted.until
    sought = [(_column(word), word) for word in spelled(wanted.words)]
    sought += [(_column(word), _side(word)) for word in spelled(wanted.body)]
    if sought:
        yield _matches(session, sought[:MAX_WORDS])


def _arrived_under(number: int) -> Select[str]:
    """What brought the arrivals of that number, in whichever register; other conditions keep foreign ones out."""
    place = IncomingEntry.register_id + ":" + cast(IncomingEntry.number, String)
    return select(func.coalesce(IncomingEntry.dispatch_id, place)).where(IncomingEntry.number == number)


def _matches(session: Session, sought: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    """Every word stands at the beginning of some word of the row; `sought`: column and word."""
    if session.get_bind().dialect.name == "sqlite":
        expression = " AND ".join(f'{column} : "{word}"{"" if word.isdigit() else "*"}' for column, word in sought)
        rows = text("SELECT rowid FROM document_words WHERE document_words MATCH :words").bindparams(words=expression)
        return DocumentSearch.id.in_(rows.columns(literal_column("rowid", DocumentSearch.id.type)).scalar_subquery())
    return _vectors(sought)


def _vectors(sought: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    """The condition on PostgreSQL: a text vector for each spelling that is asked for."""
    parts, values = [], {}
    for column in sorted({column for column, _ in sought}):
        parts.append(f"to_tsvector('simple', document_search.{column}) @@ to_tsquery('simple', :{column})")
        values[column] = " & ".join(word if word.isdigit() else f"{word}:*" for one, word in sought if one == column)
    return text(" AND ".join(parts)).bindparams(**values)  # type: ignore[return-value]


def _column(word: str) -> str:
    return "plain" if search_key(word) == word else "marked"


def _put(session: Session, document: Document, direction: str, ref: str, agency_id: str, other_side: str) -> None:
    row = _row(session, direction, ref, agency_id)
    row.document_id, row.number, row.symbol = document.id, document.number, document.symbol
    row.issued_on, row.type, row.subject = document.issued_on, document.type, document.subject
    row.other_side = other_side
    _words(row)


def _row(session: Session, direction: str, ref: str, agency_id: str) -> DocumentSearch:
    found = session.scalars(
        select(DocumentSearch).where(DocumentSearch.direction == direction, DocumentSearch.ref == ref)
    ).one_or_none()
    if found is None:
        found = DocumentSearch(direction=direction, ref=ref, agency_id=agency_id)
        session.add(found)
    return found


def _words(row: DocumentSearch) -> None:
    kind = KINDS[row.type].name if row.type in KINDS else row.type
    number = "" if row.number is None else str(row.number)  # "3" finds 03 too
    words = spelled(" ".join((row.symbol or "", number, kind, row.subject, row.other_side)))
    words += map(_side, spelled(row.other_side))
    row.marked = " ".join(words)
    row.plain = " ".join(search_key(word) for word in words)


def _side(word: str) -> str:
    return f"{SIDE}{word}"


def _found(row: DocumentSearch) -> Found:
    register_id, _, number = row.ref.partition(":")
    return Found(
        id=row.id,
        direction=row.direction,
        agency_id=row.agency_id,
        document_id=row.document_id,
        symbol=row.symbol,
        issued_on=row.issued_on,
        type=row.type,
        subject=row.subject,
        other_side=row.other_side,
        arrival=(register_id, int(number)) if number else None,
    )

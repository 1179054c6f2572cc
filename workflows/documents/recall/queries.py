"""What pages show of recalls: of one document, of one arrival, and what waits for the actor's agency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine.actors import AUDITOR, CLERK, HEAD, Actor
from workflows.agencies.facts import BY_PAPER, BY_SYSTEM
from workflows.documents.recall.deciding import DUTIES, kind_of, replacements
from workflows.documents.recall.tables import (
    AGREED,
    ASKED,
    DECIDED,
    FAILED,
    PROPOSED,
    WAITING,
    DocumentRecall,
    RecallRequest,
)
from workflows.documents.tables import ISSUED, Dispatch, Document, IncomingEntry


@dataclass(frozen=True)
class Asked:
    """A request with the document or arrival that it is about. `may_answer`: the actor may answer, or enter answers."""

    request: RecallRequest
    document_id: str | None
    symbol: str
    subject: str
    may_answer: bool


@dataclass(frozen=True)
class OfDocument:
    """What a document's page shows.

    Args:
        recall: the recall that is proposed or decided, or the last one that was declined.
        requests: for the issuer and auditors all, by id of their dispatch; for a receiver its own.
        choices: what the document may be replaced by, where the actor may propose that.
    """

    recall: DocumentRecall | None = None
    kind: str = ""
    replacement: Document | None = None
    may_propose: bool = False
    may_decide: bool = False
    requests: Mapping[str, Asked] = field(default_factory=dict)
    own: Asked | None = None
    choices: Sequence[Document] = ()


@dataclass(frozen=True)
class Proposal:
    """A recall with its document and what is to stand in its place."""

    recall: DocumentRecall
    document: Document
    replacement: Document | None


def of_document(session: Session, actor: Actor, document_id: str) -> OfDocument:
    """The recall of a document that the actor may see; whoever asks has looked the document up before."""
    document = session.get_one(Document, document_id)
    issuer = document.issuer_agency_id == actor.agency_id
    recall = _last(session, document_id)
    if not issuer and (recall is None or recall.status != DECIDED):
        return OfDocument()
    sent = document.status == ISSUED and not document.awaits_signature and document.pdf_sha256 is not None
    may_propose = issuer and sent and bool(actor.duties & DUTIES)
    may_propose = may_propose and (recall is None or recall.status != PROPOSED)
    requests = _requests(session, actor, recall) if recall else {}
    return OfDocument(
        recall=recall,
        kind=kind_of(recall) if recall else "",
        replacement=session.get(Document, recall.replacement_id) if recall and recall.replacement_id else None,
        may_propose=may_propose,
        may_decide=issuer and actor.has(HEAD) and recall is not None and recall.status == PROPOSED,
        requests=requests,
        own=next((one for one in requests.values() if one.request.agency_id == actor.agency_id), None),
        choices=replacements(session, document) if may_propose else (),
    )


def of_arrival(session: Session, actor: Actor, entry: IncomingEntry) -> list[Asked]:
    """The requests about an arrival, the latest first; whoever asks has looked the arrival up before."""
    place = (RecallRequest.register_id == entry.register_id) & (RecallRequest.number == entry.number)
    by_dispatch = RecallRequest.dispatch_id == entry.dispatch_id if entry.dispatch_id else None
    about = place if by_dispatch is None else or_(place, by_dispatch)
    statement = select(RecallRequest).where(about, RecallRequest.asked_at.is_not(None))
    rows = session.scalars(statement.order_by(RecallRequest.created_at.desc()))
    return [Asked(row, None, entry.symbol, entry.subject, _may_answer(actor, row, "")) for row in rows]


def proposals(session: Session, actor: Actor, limit: int = 50) -> list[Proposal]:
    """What waits for the head of the actor's agency, the oldest first."""
    waits = (DocumentRecall.agency_id == actor.agency_id, DocumentRecall.status == PROPOSED)
    statement = select(DocumentRecall, Document).join(Document, Document.id == DocumentRecall.document_id)
    rows = session.execute(statement.where(*waits).order_by(DocumentRecall.proposed_at).limit(limit)).all()
    return [
        Proposal(recall, document, session.get(Document, recall.replacement_id) if recall.replacement_id else None)
        for recall, document in rows
    ]


def to_answer(session: Session, actor: Actor, limit: int = 50) -> list[Asked]:
    """Requests to the actor's agency that it has not answered, the oldest first."""
    return _listed(session, actor, [RecallRequest.agency_id == actor.agency_id, RecallRequest.status == ASKED], limit)


def unanswered(session: Session, actor: Actor, limit: int = 100) -> list[Asked]:
    """Requests of the actor's agency that nobody has answered yet, the oldest first."""
    ours = select(DocumentRecall.id).where(DocumentRecall.agency_id == actor.agency_id)
    open_ = RecallRequest.status.in_((WAITING, ASKED, FAILED))
    return _listed(session, actor, [RecallRequest.recall_id.in_(ours), open_], limit)


def on_paper(session: Session, actor: Actor, limit: int = 100) -> list[Asked]:
    """Notices of the actor's agency that are to be carried, or wait for their answer."""
    return [one for one in unanswered(session, actor, limit) if one.request.channel == BY_PAPER]


def counts(session: Session, actor: Actor) -> tuple[int, int]:
    """How many recalls wait for the actor's decision as head, and how many requests for the clerk's answer."""
    heads = (DocumentRecall.agency_id == actor.agency_id, DocumentRecall.status == PROPOSED)
    clerks = (RecallRequest.agency_id == actor.agency_id, RecallRequest.status == ASKED)
    decide = session.scalar(select(func.count()).select_from(DocumentRecall).where(*heads)) if actor.has(HEAD) else 0
    answer = session.scalar(select(func.count()).select_from(RecallRequest).where(*clerks)) if actor.has(CLERK) else 0
    return decide or 0, answer or 0


def given_back(session: Session, actor: Actor, document: Document) -> bool:
    """Whether the actor's agency had the document and gave it back."""
    if actor.agency_id == document.issuer_agency_id or actor.has(AUDITOR):
        return False
    mine = (Dispatch.document_id == document.id, Dispatch.recipient_agency_id == actor.agency_id)
    statement = select(RecallRequest.id).join(Dispatch, Dispatch.id == RecallRequest.dispatch_id)
    return session.scalar(statement.where(*mine, RecallRequest.status == AGREED)) is not None


def _last(session: Session, document_id: str) -> DocumentRecall | None:
    statement = select(DocumentRecall).where(DocumentRecall.document_id == document_id)
    return session.scalars(statement.order_by(DocumentRecall.proposed_at.desc()).limit(1)).first()


def _requests(session: Session, actor: Actor, recall: DocumentRecall) -> dict[str, Asked]:
    statement = select(RecallRequest).where(RecallRequest.recall_id == recall.id)
    if recall.agency_id != actor.agency_id and not actor.has(AUDITOR):
        statement = statement.where(RecallRequest.agency_id == actor.agency_id)
    document = session.get_one(Document, recall.document_id)
    return {
        row.dispatch_id or "": Asked(
            row, document.id, document.symbol or "", document.subject, _may_answer(actor, row, recall.agency_id)
        )
        for row in session.scalars(statement)
    }


def _listed(session: Session, actor: Actor, conditions: Sequence[object], limit: int) -> list[Asked]:
    statement = (
        select(RecallRequest, Document, IncomingEntry)
        .outerjoin(Dispatch, Dispatch.id == RecallRequest.dispatch_id)
        .outerjoin(Document, Document.id == Dispatch.document_id)
        .outerjoin(
            IncomingEntry,
            (IncomingEntry.register_id == RecallRequest.register_id) & (IncomingEntry.number == RecallRequest.number),
        )
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(RecallRequest.created_at, RecallRequest.id)
        .limit(limit)
    )
    return [_asked(actor, *row) for row in session.execute(statement)]


def _asked(actor: Actor, request: RecallRequest, document: Document | None, entry: IncomingEntry | None) -> Asked:
    if document is not None:
        may = _may_answer(actor, request, document.issuer_agency_id)
        return Asked(request, document.id, document.symbol or "", document.subject, may)
    assert entry is not None
    return Asked(request, None, entry.symbol, entry.subject, _may_answer(actor, request, ""))


def _may_answer(actor: Actor, request: RecallRequest, issuer: str) -> bool:
    """The clerk of who is asked answers; the issuer's clerk enters what came from outside the program."""
    if not actor.has(CLERK):
        return False
    if request.agency_id == actor.agency_id:
        return request.status == ASKED
    by_hand = issuer == actor.agency_id and request.channel != BY_SYSTEM
    return by_hand and request.status in (ASKED, FAILED)

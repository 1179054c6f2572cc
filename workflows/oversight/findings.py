"""What auditors remark on a case: comments, and findings to which an agency replies.

They lie outside the case: each has a table row for its present state and a stream of its own for its history, so that a
remark changes nothing of what it is about. A finding goes to one agency that took part, whose head replies by the day
that the auditor set; the auditor closes it or returns it with a reason and another day. That auditors may set such a
day is a choice of design: the regulation names none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, false, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine import canonical, events
from engine.actors import AUDITOR, HEAD, Actor
from engine.clock import local_date
from engine.commands.access import WORKING_DUTIES
from engine.errors import Conflict, NotAllowed, NotFound, Rejected
from engine.events.store import RecordedEvent
from engine.queries.visibility import may_see_case
from engine.services import Stream
from engine.tables import Base, Case, CaseAgency
from workflows.secrecy import refuse_marked_data

COMMENT, SENT, REPLIED, CLOSED = "comment", "sent", "replied", "closed"
STATES: Final = (SENT, REPLIED, CLOSED, COMMENT)
"""A finding waits for its reply, was replied to, is closed; a comment is for auditors and waits for nothing."""
LONGEST: Final = 4000


class BadFinding(Rejected):
    """No text or too long a one, an agency that takes no part in the case, or no day to come for the reply."""

    code = "oversight.bad_finding"


class NotYours(NotAllowed):
    """The head of the agency replies; the auditor who wrote a finding closes or returns it."""

    code = "oversight.not_your_finding"


class WrongState(Conflict):
    """The finding was replied to, returned or closed meanwhile."""

    code = "oversight.finding_changed"


class AuditFinding(Base):
    """One remark. `status`: see `STATES`. `agency_id`, `due_on`: who replies, until when; empty for a comment."""

    __tablename__ = "audit_findings"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    author_id: Mapped[str] = mapped_column(String(64))
    author_name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    agency_id: Mapped[str | None] = mapped_column(String(64))
    due_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(16))
    written_at: Mapped[datetime]
    __table_args__ = (Index("ix_audit_findings_agency", "agency_id", "status"),)


@dataclass(frozen=True)
class FindingView:
    """A remark with its case and its history; `late`: the day for its reply is over and none came."""

    row: AuditFinding
    case_code: str
    history: Sequence[RecordedEvent]
    late: bool
    may_reply: bool
    may_judge: bool


def stream_of(finding_id: str) -> Stream:
    """The remark's own chain."""
    return Stream("audit", f"finding-{finding_id}")


def write(
    session: Session, actor: Actor, now: datetime, case_code: str, text: str, agency_id: str | None, due_on: date | None
) -> AuditFinding:
    """Write a comment, or with an agency and a day a finding, which goes to that agency at once.

    Raises:
        NotFound: the person is no auditor, or the case lies outside the mandates.
        BadFinding: see there. SecretMarkFound: the text bears a mark of secrecy.
    """
    query = select(Case).where(Case.code == case_code.strip().upper(), may_see_case(actor))
    case = session.scalars(query).first() if actor.has(AUDITOR) else None
    if case is None:
        raise NotFound()
    said = _said(text)
    if agency_id and (due_on is None or due_on < local_date(now) or not _takes_part(session, case.id, agency_id)):
        raise BadFinding()
    row = AuditFinding(
        id=str(uuid4()),
        case_id=case.id,
        author_id=actor.person_id,
        author_name=actor.name,
        text=said,
        agency_id=agency_id or None,
        due_on=due_on if agency_id else None,
        status=SENT if agency_id else COMMENT,
        written_at=now,
    )
    session.add(row)
    facts = {
        "case_id": case.id,
        "code": case.code,
        "text": said,
        "agency_id": row.agency_id,
        "due_on": _iso(row.due_on),
    }
    _record(session, actor, now, row, "FindingSent" if agency_id else "AuditCommentWritten", facts)
    return row


def reply(session: Session, actor: Actor, now: datetime, finding_id: str, text: str) -> None:
    """The agency's answer, by its head. Raises `NotFound`, `NotYours`, `WrongState`, `BadFinding`."""
    row = _locked(session, actor, finding_id)
    if row.agency_id != actor.agency_id or not actor.has(HEAD):
        raise NotYours()
    _require(row, SENT)
    row.status = REPLIED
    _record(session, actor, now, row, "FindingReplied", {"text": _said(text)})


def close(session: Session, actor: Actor, now: datetime, finding_id: str, text: str) -> None:
    """The auditor's conclusion. Raises as `reply`."""
    row = _judged(session, actor, finding_id)
    row.status = CLOSED
    _record(session, actor, now, row, "FindingClosed", {"text": _said(text)})


def send_back(session: Session, actor: Actor, now: datetime, finding_id: str, text: str, due_on: date | None) -> None:
    """The reply does not do: why, and until when another one is expected. Raises as `reply`."""
    row = _judged(session, actor, finding_id)
    if due_on is None or due_on < local_date(now):
        raise BadFinding()
    row.status, row.due_on = SENT, due_on
    _record(session, actor, now, row, "FindingReturned", {"text": _said(text), "due_on": due_on.isoformat()})


def findings(
    session: Session, actor: Actor, now: datetime, case_code: str = "", *, limit: int = 100, offset: int = 0
) -> list[FindingView]:
    """The remarks that the person may see, open ones first: an auditor's own cases, an agency's those sent to it.

    Raises:
        NotFound: the person is neither auditor nor works in an agency.
    """
    query = select(AuditFinding, Case.code).join(Case, Case.id == AuditFinding.case_id).where(_seen(actor))
    if case_code:
        query = query.where(Case.code == case_code.strip().upper())
    order = (AuditFinding.status.in_((CLOSED, COMMENT)), AuditFinding.due_on, AuditFinding.written_at.desc())
    rows = session.execute(query.order_by(*order, AuditFinding.id).limit(limit).offset(offset))
    return [_view(session, actor, now, row, code) for row, code in rows]


def waiting(session: Session, actor: Actor) -> int:
    """How many findings wait for a reply of the person's agency."""
    mine = (AuditFinding.agency_id == actor.agency_id, AuditFinding.status == SENT)
    return session.scalar(select(func.count()).where(*mine)) or 0 if actor.duties & WORKING_DUTIES else 0


def _seen(actor: Actor) -> ColumnElement[bool]:
    if not (actor.has(AUDITOR) or actor.duties & WORKING_DUTIES):
        raise NotFound()
    sent_here = AuditFinding.agency_id == actor.agency_id if actor.duties & WORKING_DUTIES else false()
    return or_(sent_here, may_see_case(actor)) if actor.has(AUDITOR) else sent_here


def _view(session: Session, actor: Actor, now: datetime, row: AuditFinding, code: str) -> FindingView:
    late = row.status == SENT and row.due_on is not None and row.due_on < local_date(now)
    may_reply = row.status == SENT and row.agency_id == actor.agency_id and actor.has(HEAD)
    may_judge = row.status == REPLIED and row.author_id == actor.person_id and actor.has(AUDITOR)
    history = list(events.read(session, stream_of(row.id)))
    return FindingView(row, code, history, late, may_reply, may_judge)


def _locked(session: Session, actor: Actor, finding_id: str) -> AuditFinding:
    seen = select(AuditFinding).join(Case, Case.id == AuditFinding.case_id).where(AuditFinding.id == finding_id)
    row = session.scalars(seen.where(_seen(actor)).with_for_update(of=AuditFinding)).first()
    if row is None:
        raise NotFound()
    return row


def _judged(session: Session, actor: Actor, finding_id: str) -> AuditFinding:
    row = _locked(session, actor, finding_id)
    if row.author_id != actor.person_id or not actor.has(AUDITOR):
        raise NotYours()
    _require(row, REPLIED)
    return row


def _require(row: AuditFinding, status: str) -> None:
    if row.status != status:
        raise WrongState()


def _takes_part(session: Session, case_id: str, agency_id: str) -> bool:
    return session.get(CaseAgency, (agency_id, case_id)) is not None


def _said(text: str) -> str:
    said = str(canonical.nfc(text)).strip()
    if not said or len(said) > LONGEST:
        raise BadFinding()
    refuse_marked_data({"text": said})
    return said


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _record(
    session: Session, actor: Actor, now: datetime, row: AuditFinding, type_: str, facts: Mapping[str, Any]
) -> None:
    events.append(session, stream_of(row.id), type_, facts, actor=actor, now=now)

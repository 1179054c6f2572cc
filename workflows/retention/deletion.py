"""Deleting the content of a case: one person proposes, another decides; the proof stays.

What stays of the case: its code, moments, agencies, steps, the numbers of its documents, and the chain of events with
who acted when. What goes is listed in `engine/erasure.py` and `workflows/documents/erasure.py`. Files go after the
transaction, through the outbox, so that a rollback loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical, events
from engine.actors import ADMINISTRATOR, AUDITOR, Actor
from engine.clock import local_date
from engine.erasure import erase_case
from engine.errors import Conflict, NotAllowed, NotFound, Rejected
from engine.events.erasure import erase
from engine.queries.visibility import may_see_case
from engine.services import Blobs, Consumer, Delivery, Stream
from engine.tables import Case, ChildCase, OutboxMessage
from workflows.documents.erasure import erase_documents, still_named
from workflows.oversight.findings import AuditFinding, stream_of
from workflows.retention.classes import class_of
from workflows.retention.tables import DONE, PROPOSED, REFUSED, ContentDeletion

RETENTION, PERSONAL, SECRET = "retention", "personal", "secret"
KINDS: Final = (RETENTION, PERSONAL, SECRET)
"""Its time is over; personal data must go; a state secret got in and must be destroyed."""
TOPIC: Final = "retention.delete_files"
LONGEST_REASON, LONGEST_BASIS = 500, 200


class BadProposal(Rejected):
    """No kind, reason, basis, decision or day of the decision, or too long a text."""

    code = "retention.bad_proposal"


class StillRunning(Conflict):
    """The case runs: it is withdrawn or cancelled first, so that nobody works on what goes."""

    code = "retention.still_running"


class NotDue(Conflict):
    """The time for which the records are kept is not over."""

    code = "retention.not_due"


class AlreadyProposed(Conflict):
    """A proposal for this case waits for its decision, or its content is gone already."""

    code = "retention.already_proposed"


class SamePerson(NotAllowed):
    """Who proposed may not decide."""

    code = "retention.same_person"


class AlreadyDecided(Conflict):
    """Somebody was faster."""

    code = "retention.already_decided"


@dataclass(frozen=True)
class Proposal:
    """What is proposed; fields as of `ContentDeletion`."""

    case_code: str
    kind: str
    reason: str
    basis: str
    decision: str
    decided_on: date | None


def may_delete(actor: Actor) -> bool:
    """Whether the person proposes and decides deletions at all."""
    return actor.has(ADMINISTRATOR) or actor.has(AUDITOR)


def propose(session: Session, actor: Actor, now: datetime, proposal: Proposal) -> ContentDeletion:
    """Propose to delete the content of a case.

    Raises:
        NotFound: no such case for this person.
        BadProposal, StillRunning, NotDue, AlreadyProposed: see there.
    """
    case = _case(session, actor, proposal.case_code)
    texts = {name: str(canonical.nfc(getattr(proposal, name))).strip() for name in ("reason", "basis", "decision")}
    _check(proposal, texts, local_date(now))
    if case.status == "running":
        raise StillRunning(code=case.code)
    if proposal.kind == RETENTION and not is_due(case, local_date(now)):
        raise NotDue(code=case.code)
    pending = select(ContentDeletion.id).where(ContentDeletion.case_id == case.id, ContentDeletion.status != REFUSED)
    if session.scalars(pending).first() is not None:
        raise AlreadyProposed(code=case.code)
    assert proposal.decided_on is not None
    row = ContentDeletion(
        id=str(uuid4()),
        case_id=case.id,
        kind=proposal.kind,
        decided_on=proposal.decided_on,
        status=PROPOSED,
        proposed_by=actor.person_id,
        proposed_by_name=actor.name,
        proposed_at=now,
        **texts,
    )
    session.add(row)
    _put_on_record(session, "DeletionProposed", row, actor, now)
    return row


def approve(session: Session, actor: Actor, now: datetime, deletion_id: str) -> None:
    """Delete the content, in the caller's transaction; files follow through the outbox.

    Raises:
        NotFound: no such proposal for this person.
        SamePerson, AlreadyDecided, StillRunning: see there.
    """
    row = _decide(session, actor, now, deletion_id, DONE)
    case = session.get_one(Case, row.case_id, with_for_update=True)
    if case.status == "running":
        raise StillRunning(code=case.code)
    facts = _facts(row)
    files = set[str]()
    for one in [case, *_children(session, case.id)]:
        files |= erase_documents(session, one.id, facts, actor=actor, now=now)
        files |= erase_case(session, one, facts, actor=actor, now=now)
        _erase_remarks(session, one.id, facts, actor, now)
    session.flush()
    _delete_files(session, case.id, sorted(files), now)


def refuse(session: Session, actor: Actor, now: datetime, deletion_id: str) -> None:
    """Decide that the content stays. Raises as `approve`."""
    row = _decide(session, actor, now, deletion_id, REFUSED)
    _put_on_record(session, "DeletionRefused", row, actor, now)


def consumers(blobs: Blobs) -> Mapping[str, Consumer]:
    """What the outbox brings, by topic: files that nothing names any more are deleted; doing it twice does no harm."""

    def delete_files(delivery: Delivery) -> None:
        for sha256 in delivery.body["sha256"]:
            if not still_named(delivery.session, sha256):
                blobs.delete(sha256)

    return {TOPIC: delete_files}


def is_due(case: Case, on: date) -> bool:
    """Whether the time for which its records are kept is over."""
    last = class_of(case.procedure_id).ends(local_date(case.ended_at)) if case.ended_at else None
    return last is not None and last < on


def _case(session: Session, actor: Actor, code: str) -> Case:
    """A case of the person: an administrator deletes in any, an auditor in those within reach."""
    query = select(Case).where(Case.code == code.strip().upper()).with_for_update()
    if not actor.has(ADMINISTRATOR):
        query = query.where(may_see_case(actor))
    case = session.scalars(query).first() if may_delete(actor) else None
    if case is None:
        raise NotFound()
    return case


def _check(proposal: Proposal, texts: Mapping[str, str], today: date) -> None:
    too_long = (
        len(texts["reason"]) > LONGEST_REASON or max(map(len, (texts["basis"], texts["decision"]))) > LONGEST_BASIS
    )
    dated = proposal.decided_on is not None and proposal.decided_on <= today
    if proposal.kind not in KINDS or not all(texts.values()) or too_long or not dated:
        raise BadProposal()


def _decide(session: Session, actor: Actor, now: datetime, deletion_id: str, status: str) -> ContentDeletion:
    row = session.get(ContentDeletion, deletion_id, with_for_update=True)
    if row is None:
        raise NotFound()
    _case(session, actor, session.get_one(Case, row.case_id).code)
    if row.status != PROPOSED:
        raise AlreadyDecided()
    if row.proposed_by == actor.person_id:
        raise SamePerson()
    row.status, row.closed_by, row.closed_by_name, row.closed_at = status, actor.person_id, actor.name, now
    return row


def _children(session: Session, case_id: str) -> list[Case]:
    """Child cases, whose content their parent holds too."""
    found = session.scalars(select(ChildCase.child_id).where(ChildCase.parent_id == case_id))
    cases = [session.get_one(Case, id_, with_for_update=True) for id_ in found if id_]
    if running := next((one for one in cases if one.status == "running"), None):
        raise StillRunning(code=running.code)
    return cases


def _erase_remarks(session: Session, case_id: str, facts: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """What auditors remarked may repeat what goes."""
    for remark in session.scalars(select(AuditFinding).where(AuditFinding.case_id == case_id)).all():
        remark.text = ""
        erase(session, stream_of(remark.id), facts, actor=actor, now=now)


def _delete_files(session: Session, case_id: str, files: list[str], now: datetime) -> None:
    if not files:
        return
    session.add(
        OutboxMessage(
            id=str(uuid4()), topic=TOPIC, case_id=case_id, body={"sha256": files}, status="waiting", attempts=0,
            due_at=now, created_at=now,
        )
    )  # fmt: skip


def _facts(row: ContentDeletion) -> dict[str, Any]:
    names = ("kind", "basis", "decision", "reason", "proposed_by_name")
    facts = {name: getattr(row, name) for name in names}
    return {**facts, "deletion_id": row.id, "decided_on": row.decided_on.isoformat()}


def _put_on_record(session: Session, type_: str, row: ContentDeletion, actor: Actor, now: datetime) -> None:
    """Proposals lie in a stream of their own: the case's stream is about to lose what it says."""
    events.append(session, Stream("audit", f"deletion-{row.id}"), type_, _facts(row), actor=actor, now=now)

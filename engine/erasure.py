"""What the engine keeps of a case's content, and how it forgets it: for lawful deletion.

What stays is the frame: codes, moments, agencies, steps, and the chain of events without what they said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.orm import Session

from engine import canonical
from engine.actors import Actor
from engine.events.erasure import erase
from engine.replay.tables import ReplayMark
from engine.services import Stream
from engine.tables import (
    AskedCase,
    Attachment,
    Case,
    CaseLink,
    CaseState,
    ChildCase,
    Event,
    EventPayload,
    Incident,
    OutboxMessage,
)

NOTHING = ""


def erase_case(session: Session, case: Case, facts: Mapping[str, Any], *, actor: Actor, now: datetime) -> set[str]:
    """Forget what a case was about, in the caller's transaction.

    Args:
        case: ended or cancelled, its row locked.
        facts: as of `engine.events.erasure.erase`.

    Returns:
        SHA-256 of the files that the case named; whoever calls decides which of them nobody else needs.
    """
    if session.get_bind().dialect.name == "sqlite":  # what is deleted is overwritten in the file, too
        session.execute(text("PRAGMA secure_delete = ON"))
    files = set(session.scalars(select(Attachment.sha256).where(Attachment.case_id == case.id)))
    _erase_links(session, case, facts, actor, now)
    for table in (CaseState, ReplayMark):
        session.execute(delete(table).where(table.case_id == case.id))
    session.execute(update(Attachment).where(Attachment.case_id == case.id).values(filename=NOTHING))
    session.execute(update(Incident).where(Incident.case_id == case.id).values(params={}))
    session.execute(update(OutboxMessage).where(OutboxMessage.case_id == case.id).values(last_error=None))
    family = or_(ChildCase.parent_id == case.id, ChildCase.child_id == case.id)
    session.execute(update(ChildCase).where(family).values(data={}))
    asked = or_(AskedCase.asker_id == case.id, AskedCase.case_id == case.id)
    session.execute(update(AskedCase).where(asked).values(data={}, reason=NOTHING))
    case.title = case.search_text = NOTHING
    erase(session, Stream("case", case.id), facts, actor=actor, now=now)
    return files


def _erase_links(session: Session, case: Case, facts: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Why cases were linked was said in both: what the other side keeps of it goes as well."""
    links = session.scalars(
        select(CaseLink).where(or_(CaseLink.case_id == case.id, CaseLink.other_id == case.id))
    ).all()
    for link in links:
        link.reason = NOTHING
        other = link.other_id if link.case_id == case.id else link.case_id
        told = _events_about(session, Stream("case", other), link.id)
        if told:
            erase(session, Stream("case", other), facts, actor=actor, now=now, only=told)


def _events_about(session: Session, stream: Stream, link_id: str) -> list[int]:
    query = (
        select(Event.seq, EventPayload.payload)
        .join(EventPayload, EventPayload.event_hash == Event.hash)
        .where(Event.stream_kind == stream.kind, Event.stream_id == stream.id)
        .where(Event.type.in_(("CaseLinked", "CaseLinkReceived")))
    )
    return [seq for seq, said in session.execute(query) if canonical.loads(said).get("link_id") == link_id]

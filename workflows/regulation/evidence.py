"""Standing duties have no case: the agency in charge logs what it did, and what was logged stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical, events
from engine.actors import AUDITOR, CLERK, HEAD, PROCESS_OWNER, SPECIALIST, Actor
from engine.clock import local_date
from engine.errors import IncidentError, NotAllowed, Rejected
from engine.services import Directory, Stream
from workflows.agencies.queries import agency_names
from workflows.agencies.tables import Agency
from workflows.regulation.duties import EVERY_AGENCY, LOCAL, STANDING, Duty
from workflows.regulation.tables import DutyEvidence

STREAM: Final = Stream("config", "regulation")
LONGEST: Final = 4000
SHOWN: Final = 200
COMMUNES: Final = frozenset({"commune", "district"})


class MayNotLog(NotAllowed):
    """The duty is another agency's, or the person does no work in it."""

    code = "regulation.may_not_log"


class BadEvidence(Rejected):
    """Nothing said, too much said, no day, or one that has not come yet."""

    code = "regulation.bad_evidence"


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    done_on: date
    text: str
    agency_name: str
    recorded_at: datetime


def may_log(session: Session, directory: Directory, actor: Actor, duty: Duty, on: date) -> bool:
    """Whether the person works in an agency that owns the standing duty on that day."""
    if duty.serving.by != STANDING or not actor.duties & {SPECIALIST, HEAD, CLERK}:
        return False
    return any(_carries(session, directory, actor.agency_id, role, on) for role in duty.owners)


def log(
    session: Session, directory: Directory, actor: Actor, duty: Duty, text: str, done_on: date | None, now: datetime
) -> None:
    """Log what the person's agency did for a duty.

    Args:
        done_on: the day in Vietnam, today at the latest; None where none was chosen.

    Raises:
        MayNotLog: another agency's duty.
        BadEvidence: no text, too long a one, or no day or one to come.
    """
    if not may_log(session, directory, actor, duty, local_date(now)):
        raise MayNotLog(number=duty.number)
    said = str(canonical.nfc(text)).strip()
    if not said or len(said) > LONGEST or done_on is None or done_on > local_date(now):
        raise BadEvidence(limit=LONGEST)
    row = DutyEvidence(
        id=str(uuid4()),
        duty_number=duty.number,
        agency_id=actor.agency_id,
        done_on=done_on,
        text=said,
        person_id=actor.person_id,
        recorded_at=now,
    )
    session.add(row)
    payload = {"id": row.id, "duty": duty.number, "clause": duty.clause, "done_on": done_on.isoformat(), "text": said}
    events.append(session, STREAM, "DutyEvidenceLogged", payload, actor=actor, now=now)


def entries(session: Session, actor: Actor, number: int, on: date) -> Sequence[Entry]:
    """The newest lines that the person may see: its own agency's; auditors and process owners see all."""
    query = select(DutyEvidence).where(DutyEvidence.duty_number == number)
    if not actor.duties & {AUDITOR, PROCESS_OWNER}:
        query = query.where(DutyEvidence.agency_id == actor.agency_id)
    rows = session.scalars(query.order_by(DutyEvidence.done_on.desc(), DutyEvidence.recorded_at.desc()).limit(SHOWN))
    names = agency_names(session, on)
    return [Entry(r.done_on, r.text, names.get(r.agency_id, r.agency_id), r.recorded_at) for r in rows]


def _carries(session: Session, directory: Directory, agency_id: str, role: str, on: date) -> bool:
    if role == EVERY_AGENCY:
        return True
    if role == LOCAL:
        agency = session.get(Agency, agency_id)
        return agency is not None and agency.kind in COMMUNES
    try:
        return directory.binding(session, role, on).agency_id == agency_id
    except IncidentError:  # nobody carries the role on that day
        return False

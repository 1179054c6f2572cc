"""Where a campaign stands: one line for each respondent, in two queries whatever their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.procedures.versions import Versions
from engine.queries.variables import variables_of
from engine.queries.visibility import may_see_case
from engine.tables import Case, ChildCase, WorkItem
from workflows.campaigns.services import BATCH, EXEMPT, LATE, MISSING, RECEIVED

UNOPENED, WORKING, RETURNED, OVERDUE, ANSWERED = "unopened", "working", "returned", "overdue", "answered"
STANDINGS = (UNOPENED, WORKING, RETURNED, OVERDUE, ANSWERED, RECEIVED, LATE, MISSING, EXEMPT)
FIRST_STEPS: Final = frozenset({"write_return", "confirm_officer"})
"""With which a respondent begins."""
OTHERS_STEPS: Final = frozenset({"check_return", "appraise_budget", "enter_officer"})
"""What others do with its answer."""


@dataclass(frozen=True)
class Line:
    """One respondent.

    Args:
        stands_in: the agency that answers for it, which no longer exists; empty where it answers itself.
        standing: one of `STANDINGS`, or the outcome of its case; `unopened` where nobody has taken the work up,
            `answered` where its paper waits for others.
        step: name of the open step, empty where none is.
        due_at: when that step is due.
        code: code of its case; empty before that was started.
        visible: whether the person may open the case.
    """

    agency_id: str
    stands_in: str
    standing: str
    step: str
    due_at: datetime | None
    code: str
    visible: bool
    ended_at: datetime | None


def lines(session: Session, actor: Actor, case_id: str, now: datetime) -> list[Line]:
    """The respondents of a campaign that the person may see, by agency id; empty where the case is no campaign."""
    query = (
        select(ChildCase.agency_id, ChildCase.child_id, Case.code, Case.outcome, Case.ended_at, may_see_case(actor))
        .outerjoin(Case, Case.id == ChildCase.child_id)
        .where(ChildCase.parent_id == case_id, ChildCase.batch == BATCH)
        .order_by(ChildCase.agency_id)
    )
    found = session.execute(query).all()
    steps = _open_steps(session, case_id)
    return [
        _line(agency, steps.get(str(child), []), code or "", outcome, ended_at, now, visible=bool(visible))
        for agency, child, code, outcome, ended_at, visible in found
    ]


def is_campaign(session: Session, case_id: str) -> bool:
    """Whether the case asks other agencies by cases of their own."""
    asks = select(ChildCase.key).where(ChildCase.parent_id == case_id, ChildCase.batch == BATCH)
    return session.scalars(asks.limit(1)).first() is not None


def last_day(session: Session, case_id: str) -> str:
    """The last day of a campaign (ISO); empty before it was opened, or where it names a moment instead."""
    return str(variables_of(session, [case_id])[case_id].get("due_on") or "")


def counts(found: Sequence[Line]) -> dict[str, int]:
    """How many respondents stand how; every one of `STANDINGS` is there."""
    counted = Counter(line.standing for line in found)
    return {standing: counted[standing] for standing in dict.fromkeys((*STANDINGS, *sorted(counted)))}


def outcomes(session: Session, versions: Versions, case_id: str) -> dict[str, Mapping[str, str]]:
    """How the cases of a campaign's respondents may end: the words of each language, by code."""
    query = select(Case.version_hash).join(ChildCase, ChildCase.child_id == Case.id)
    of_campaign = query.where(ChildCase.parent_id == case_id, ChildCase.batch == BATCH).distinct()
    bundles = [versions.get(session, hash_).bundle for hash_ in session.scalars(of_campaign)]
    return {code: one.title for bundle in bundles for code, one in bundle.outcomes.items()}


def _open_steps(session: Session, case_id: str) -> Mapping[str, list[WorkItem]]:
    query = (
        select(WorkItem)
        .join(ChildCase, ChildCase.child_id == WorkItem.case_id)
        .where(ChildCase.parent_id == case_id, WorkItem.status.in_(("open", "claimed")))
        .order_by(WorkItem.created_at)
    )
    found: dict[str, list[WorkItem]] = {}
    for item in session.scalars(query):
        found.setdefault(item.case_id, []).append(item)
    return found


def _line(
    agency: str,
    items: Sequence[WorkItem],
    code: str,
    outcome: str | None,
    ended_at: datetime | None,
    now: datetime,
    *,
    visible: bool,
) -> Line:
    item = items[0] if items else None
    due_at = item.due_at if item else None
    stands_in = item.agency_id if item and item.element_id not in OTHERS_STEPS and item.agency_id != agency else ""
    standing = outcome or _standing(item, now, returned=not stands_in)
    return Line(agency, stands_in, standing, item.name if item else "", due_at, code, visible, ended_at)


def _standing(item: WorkItem | None, now: datetime, *, returned: bool) -> str:
    """How an unfinished respondent stands: its own work is late, or returned to it; or others have to go on.

    Args:
        returned: whether its first step, done again, was sent back; else a successor has begun it anew.
    """
    if item is None:
        return UNOPENED
    if item.element_id in OTHERS_STEPS:
        return ANSWERED
    if item.element_id in FIRST_STEPS and item.occurrence > 1 and returned:
        return RETURNED
    if item.due_at is not None and item.due_at < now:
        return OVERDUE
    return UNOPENED if item.element_id in FIRST_STEPS and item.assignee_id is None else WORKING

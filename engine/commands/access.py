"""Cases as one person may touch them: what the agency takes no part in does not exist for its officers."""

from __future__ import annotations

from sqlalchemy import exists, select

from engine.actors import CLERK, HEAD, SPECIALIST, Actor
from engine.commands.case_run import CaseNotFound, CaseRun, lock
from engine.procedures.versions import Versions
from engine.tables import AwaitedMessage, CaseAgency, WorkItem
from engine.unit_of_work import UnitOfWork

WORKING_DUTIES = frozenset({SPECIALIST, HEAD, CLERK})


def lock_seen(uow: UnitOfWork, versions: Versions, case_id: str) -> CaseRun:
    """Lock a running case in which the acting person's agency takes part.

    Raises:
        CaseNotFound: no such case for this person.
        CaseNotRunning: it has ended.
    """
    if not sees(uow, case_id):
        raise CaseNotFound()
    return lock(uow, versions, case_id)


def sees(uow: UnitOfWork, case_id: str) -> bool:
    """Whether the acting person works in an agency that takes part in the case."""
    own = (CaseAgency.case_id == case_id, CaseAgency.agency_id == uow.actor.agency_id)
    return bool(uow.actor.duties & WORKING_DUTIES) and bool(uow.session.scalar(select(exists().where(*own))))


def may_take(actor: Actor, item: WorkItem | AwaitedMessage) -> bool:
    """Whether the person's duties allow doing the item: a head also does a specialist's work."""
    return actor.has(item.duty) or (item.duty == SPECIALIST and actor.has(HEAD))

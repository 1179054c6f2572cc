"""Cases as one person may touch them: what the agency takes no part in does not exist for its officers."""

from __future__ import annotations

from sqlalchemy import exists, select

from engine.actors import CLERK, HEAD, SPECIALIST, Actor
from engine.commands.case_run import CaseNotFound, CaseRun, WorkItemClosed, WorkItemNotFound, lock
from engine.procedures.versions import Versions
from engine.tables import AwaitedMessage, CaseAgency, WorkItem
from engine.unit_of_work import UnitOfWork

WORKING_DUTIES = frozenset({SPECIALIST, HEAD, CLERK})


def lock_seen(uow: UnitOfWork, versions: Versions, case_id: str, *, even_suspended: bool = False) -> CaseRun:
    """Lock a running case in which the acting person's agency takes part.

    Raises:
        CaseNotFound: no such case for this person.
        CaseNotRunning: it has ended.
        CaseSuspended: it stands still, unless that does not matter.
    """
    if not sees(uow, case_id):
        raise CaseNotFound()
    return lock(uow, versions, case_id, even_suspended=even_suspended)


def lock_item_seen(uow: UnitOfWork, versions: Versions, work_item_id: str) -> tuple[CaseRun, WorkItem]:
    """Lock the case of an open work item of any agency, where the acting person sees the case.

    Raises:
        WorkItemNotFound: no such item in a case of this person.
        WorkItemClosed: it was completed or cancelled.
    """
    found = uow.session.execute(select(WorkItem.case_id, WorkItem.name).where(WorkItem.id == work_item_id)).first()
    if found is None or not sees(uow, found.case_id):
        raise WorkItemNotFound()
    run = lock(uow, versions, found.case_id)
    for item in run.work_items:
        if item.id == work_item_id:
            return run, item
    raise WorkItemClosed(name=found.name)


def sees(uow: UnitOfWork, case_id: str) -> bool:
    """Whether the acting person works in an agency that takes part in the case."""
    own = (CaseAgency.case_id == case_id, CaseAgency.agency_id == uow.actor.agency_id)
    return bool(uow.actor.duties & WORKING_DUTIES) and bool(uow.session.scalar(select(exists().where(*own))))


def may_take(actor: Actor, item: WorkItem | AwaitedMessage) -> bool:
    """Whether the person's duties allow doing the item: a head also does a specialist's work."""
    return actor.has(item.duty) or (item.duty == SPECIALIST and actor.has(HEAD))

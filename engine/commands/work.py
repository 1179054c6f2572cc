"""What a person does with a work item: claim, release, assign, complete.

The order is always the same: lock the case, read the item again, check the person's right, act, record, settle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.actors import HEAD, SPECIALIST, Actor
from engine.clock import local_date
from engine.commands.access import WORKING_DUTIES, may_take
from engine.commands.case_run import CLAIMED, DONE, OPEN, CaseRun, WorkItemNotFound, lock_by_work_item
from engine.commands.handed_in import handed_in
from engine.commands.requests import AssignWorkItem, ClaimWorkItem, CompleteWorkItem, ReleaseWorkItem
from engine.commands.said import values_before
from engine.commands.settle import settle
from engine.errors import Conflict, NotAllowed
from engine.procedures.versions import Versions
from engine.tables import WorkItem
from engine.unit_of_work import Receipt, UnitOfWork


class ClaimedByOther(Conflict):
    """Somebody else has taken the work item."""

    code = "work_item.claimed_by_other"


class NotClaimed(Conflict):
    """The work item must be claimed before it is completed."""

    code = "work_item.not_claimed"


class Outdated(Conflict):
    """The work item changed since the person saw it."""

    code = "work_item.outdated"


class WrongDuty(NotAllowed):
    """The step belongs to another duty of the agency."""

    code = "work_item.wrong_duty"


class NotHead(NotAllowed):
    """Only a head of the agency assigns work."""

    code = "work_item.not_head"


class UnfitAssignee(NotAllowed):
    """The chosen person does not hold the duty in the agency today."""

    code = "work_item.unfit_assignee"


def claim(uow: UnitOfWork, versions: Versions, command: ClaimWorkItem) -> Receipt:
    """Take an open item upon oneself; claiming one's own item again changes nothing."""
    run, item = _locked(uow, versions, command.work_item_id)
    _check_duty(uow.actor, item)
    if item.status == CLAIMED and item.assignee_id != uow.actor.person_id:
        raise ClaimedByOther(assignee=_name(run, item.assignee_id))
    if item.status == OPEN:
        _assign(item, uow.actor.person_id)
        _record(run, "WorkItemClaimed", item, {"assignee_id": item.assignee_id})
    return run.receipt()


def release(uow: UnitOfWork, versions: Versions, command: ReleaseWorkItem) -> Receipt:
    """Give one's item back to the agency; a head may release anybody's."""
    run, item = _locked(uow, versions, command.work_item_id)
    if item.status != CLAIMED:
        raise NotClaimed()
    if item.assignee_id != uow.actor.person_id and not uow.actor.has(HEAD):
        raise ClaimedByOther(assignee=_name(run, item.assignee_id))
    _assign(item, None)
    _record(run, "WorkItemReleased", item, {})
    return run.receipt()


def assign(uow: UnitOfWork, versions: Versions, command: AssignWorkItem) -> Receipt:
    """A head gives the item to an officer of the agency who holds its duty."""
    run, item = _locked(uow, versions, command.work_item_id)
    if not uow.actor.has(HEAD):
        raise NotHead()
    if not fits(run, item, command.person_id):
        raise UnfitAssignee(assignee=_name(run, command.person_id))
    previous = item.assignee_id
    _assign(item, command.person_id)
    _record(run, "WorkItemAssigned", item, {"assignee_id": command.person_id, "previous_assignee_id": previous})
    return run.receipt()


def complete(uow: UnitOfWork, versions: Versions, command: CompleteWorkItem) -> Receipt:
    """Hand in the form of one's claimed item.

    Raises:
        WorkItemNotFound, WorkItemClosed, NotClaimed, ClaimedByOther, WrongDuty, Outdated: see there.
        InvalidForm: what is wrong with which field.
    """
    run, item = _locked(uow, versions, command.work_item_id)
    _check_may_complete(run, item, command)
    step = run.step(item.token)
    values = handed_in(run, item, command, run.machine.scope(item.token), values_before(run, item))
    close_item(run, item)
    run.machine.complete(item.token, values)
    payload = {"work_item_id": item.id, "agency_id": item.agency_id, "form": item.form, "values": values}
    run.record_step("WorkItemCompleted", payload, step)
    settle(run)
    return run.receipt()


def close_item(run: CaseRun, item: WorkItem) -> None:
    """Mark a work item as done."""
    item.status, item.closed_at = DONE, run.uow.now
    item.lock_version += 1


def check_mine(run: CaseRun, item: WorkItem) -> None:
    """Refuse whoever has not taken the item upon themselves.

    Raises:
        WrongDuty, NotClaimed, ClaimedByOther: see there.
    """
    _check_duty(run.uow.actor, item)
    if item.status == OPEN:
        raise NotClaimed()
    if item.assignee_id != run.uow.actor.person_id:
        raise ClaimedByOther(assignee=_name(run, item.assignee_id))


def fits(run: CaseRun, item: WorkItem, person_id: str) -> bool:
    """Whether a person holds the duty that the item asks for, in its agency, today."""
    duties = [item.duty, HEAD] if item.duty == SPECIALIST else [item.duty]
    today, directory = local_date(run.uow.now), run.uow.ports.directory
    return any(directory.may_act(run.session, person_id, item.agency_id, duty, today) for duty in duties)


def _locked(uow: UnitOfWork, versions: Versions, work_item_id: str) -> tuple[CaseRun, WorkItem]:
    if not uow.actor.duties & WORKING_DUTIES:
        raise WorkItemNotFound()
    return lock_by_work_item(uow, versions, work_item_id)


def _check_duty(actor: Actor, item: WorkItem) -> None:
    if not may_take(actor, item):
        raise WrongDuty(duty=item.duty)


def _check_may_complete(run: CaseRun, item: WorkItem, command: CompleteWorkItem) -> None:
    check_mine(run, item)
    if command.lock_version is not None and command.lock_version != item.lock_version:
        raise Outdated(name=item.name)


def _assign(item: WorkItem, person_id: str | None) -> None:
    item.assignee_id, item.status = person_id, CLAIMED if person_id else OPEN
    item.lock_version += 1


def _name(run: CaseRun, person_id: str | None) -> str:
    return run.uow.ports.directory.person_name(run.session, person_id or "")


def _record(run: CaseRun, type: str, item: WorkItem, payload: Mapping[str, Any]) -> None:
    content = {"work_item_id": item.id, **payload}
    run.record(type, content, element=item.element_id, occurrence=item.occurrence)

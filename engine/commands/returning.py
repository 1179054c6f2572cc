"""Sending a case back by one step: from an open work item to the person's step from which its token came.

Only the way that the token really came is gone back, within one process and one scope, over nothing but choices and
decision tables. Joins, parallel branches, sub-processes and automatic steps with effects are not undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from engine import events
from engine.commands.access import WORKING_DUTIES
from engine.commands.case_run import CaseRun, Reopened, WorkItemNotFound, lock_by_work_item
from engine.commands.lifecycle import required_reason
from engine.commands.requests import ReturnStep
from engine.commands.settle import settle
from engine.commands.work import check_mine, fits
from engine.errors import Conflict
from engine.events.store import RecordedEvent
from engine.procedures.model import Element, Process
from engine.procedures.versions import LoadedVersion, Versions
from engine.services import Stream
from engine.spiff.machine import OpenStep
from engine.tables import WorkItem
from engine.unit_of_work import Receipt, UnitOfWork

DONE_BY_PEOPLE = ("WorkItemCompleted", "AnswerRecorded")
UNDONE = frozenset({"exclusiveGateway", "businessRuleTask"})
"""What may lie between the two steps: it only chose or computed."""


class NothingBefore(Conflict):
    """No person's step led directly to this one."""

    code = "work_item.nothing_before"


class NoWayBack(Conflict):
    """Between the two steps lies something that cannot be undone."""

    code = "work_item.no_way_back"


def return_step(uow: UnitOfWork, versions: Versions, command: ReturnStep) -> Receipt:
    """Send the case back; the earlier step opens again with the values that were given there.

    Raises:
        WorkItemNotFound, WorkItemClosed, WrongDuty, NotClaimed, ClaimedByOther, ReasonMissing: see there.
        NothingBefore, NoWayBack: see there.
    """
    reason = required_reason(command.reason)
    if not uow.actor.duties & WORKING_DUTIES:
        raise WorkItemNotFound()
    run, item = lock_by_work_item(uow, versions, command.work_item_id)
    check_mine(run, item)
    step = run.step(item.token)
    earlier = step_before(run.session, run.version, item, step)
    run.reopened[earlier.element_id] = Reopened(earlier.id, _taker(run, earlier))
    run.machine.send_back(item.token, earlier.element_id)
    facts = {"work_item_id": item.id, "earlier_id": earlier.id, "to": earlier.element_id}
    run.record_step("StepReturned", {**facts, "agency_id": earlier.agency_id, "reason": reason}, step)
    settle(run)
    return run.receipt()


def step_before(session: Session, version: LoadedVersion, item: WorkItem, step: OpenStep) -> WorkItem:
    """The done work item to which an open one may be sent back.

    Raises:
        NothingBefore, NoWayBack: see there.
    """
    came = _coming(session, item)
    cause = next((event for event in came if event.type in DONE_BY_PEOPLE), None)
    earlier = session.get(WorkItem, (cause.payload or {}).get("work_item_id", "")) if cause else None
    if cause is None or earlier is None:
        raise NothingBefore(name=item.name)
    process = version.bundle_of(item.process_id).process
    one, other = process.elements.get(earlier.element_id), step.element
    around = tuple((cause.payload or {}).get("around") or ())
    if one is None or around != step.around or earlier.scope != item.scope or not _side_by_side(one, other):
        raise NothingBefore(name=item.name)
    _check_way(process, one, other, _passed(came))
    return earlier


def _coming(session: Session, item: WorkItem) -> list[RecordedEvent]:
    """The events of the command by which the item's token came: of the first item, where it was sent back since."""
    while item.earlier_id:
        item = session.get_one(WorkItem, item.earlier_id)
    history = list(events.read(session, Stream("case", item.case_id)))
    created = (e for e in history if e.type == "WorkItemCreated" and (e.payload or {}).get("work_item_id") == item.id)
    command = next((event.envelope["origin"]["command_id"] for event in created), None)
    return [event for event in history if command and event.envelope["origin"]["command_id"] == command]


def _side_by_side(one: Element, other: Element) -> bool:
    """In the same process or sub-process, and neither of them repeated."""
    return one.container == other.container and not (one.multiple or one.loop or other.multiple or other.loop)


def _passed(came: Iterable[RecordedEvent]) -> Sequence[str]:
    return [id_ for event in came for id_, _ in (event.payload or {}).get("path") or ()]


def _check_way(process: Process, one: Element, other: Element, passed: Sequence[str]) -> None:
    """The way from one to the other leads over nothing that cannot be undone, and nothing else was set going."""
    between = [process.elements.get(id_) for id_ in passed if id_ != one.id]
    fixed = next((e for e in between if e is None or e.kind not in UNDONE), None)
    reached, open_ways = set[str](), [one.id]
    while open_ways:
        source = open_ways.pop()
        ways = [flow.target for flow in process.flows if flow.source == source]
        open_ways += [id_ for id_ in ways if id_ in passed and id_ not in reached]
        reached.update(ways)
    if None in between or fixed is not None or other.id not in reached:
        raise NoWayBack(name=other.name, between=fixed.name or fixed.id if fixed else other.name)


def _taker(run: CaseRun, earlier: WorkItem) -> str | None:
    """Who did the step goes on with it, if still in that post."""
    person = earlier.assignee_id
    return person if person and fits(run, earlier, person) else None

"""The acts of scenarios as commands: what a person does beside completing steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import local_date
from engine.commands import (
    CancelCase,
    ChooseRegime,
    Command,
    CorrectWorkItem,
    ExtendDeadline,
    RecordAnswer,
    ResumeCase,
    ReturnStep,
    SuspendCase,
    WithdrawCase,
)
from engine.tables import WorkItem
from workflows.scenarios.format import Act

_ON_CASE: Final[Mapping[str, Callable[[str, str], Command]]] = {
    "suspend": SuspendCase,
    "resume": ResumeCase,
    "withdraw": WithdrawCase,
}
DONE = "done"


def item_state(act: Act) -> tuple[str, ...]:
    """States of the work item that an act is about: corrections are of what is done."""
    return (DONE,) if act.kind == "correct" else ("open", "claimed")


def item_of(session: Session, case_id: str, act: Act, actor: Actor, agency: str | None) -> WorkItem | None:
    """The latest work item of the act's element: of the agency named, else of the person's own, else of any."""
    wanted = (WorkItem.case_id == case_id, WorkItem.element_id == act.element, WorkItem.status.in_(item_state(act)))
    items = session.scalars(select(WorkItem).where(*wanted).order_by(WorkItem.occurrence.desc(), WorkItem.id)).all()
    own = [item for item in items if item.agency_id == (agency or actor.agency_id)]
    return next(iter(own or ([] if agency else items)), None)


def command_of(act: Act, case_id: str, item: WorkItem | None, data: Mapping[str, Any], moment: datetime) -> Command:
    """The command of an act; a letter bears the date of the day on which it is recorded."""
    if act.kind in _ON_CASE:
        return _ON_CASE[act.kind](case_id, act.reason)
    if act.kind == "cancel":
        return CancelCase(case_id, act.reason, act.notice)
    if act.kind == "choose":
        return ChooseRegime(case_id, act.choice, act.reason)
    found = item.id if item is not None else ""
    if act.kind == "return":
        return ReturnStep(found, act.reason)
    if act.kind == "extend":
        return ExtendDeadline(case_id, found, act.until or moment, act.reason, act.symbol)
    if act.kind == "correct":
        return CorrectWorkItem(found, data, act.reason)
    return RecordAnswer(found, data, act.symbol, local_date(moment).isoformat())

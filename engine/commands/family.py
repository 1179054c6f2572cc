"""The messages between cases, above all between a case and its children, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlalchemy import func, select

from engine.commands import asking, children, lifecycle, links, merging_answers, recounting, starting
from engine.commands.case_run import CaseNotRunning, lock
from engine.commands.happenings import deliver_message
from engine.commands.requests import DeliverMessage
from engine.procedures.versions import Versions
from engine.tables import Case, ChildCase
from engine.unit_of_work import UnitOfWork

Body = Mapping[str, str]


def start_child(uow: UnitOfWork, versions: Versions, body: Body) -> None:
    """Start one child in the name of its agency; nothing where the parent was cancelled meanwhile."""
    row = _row(uow, body)
    if row.status != children.STARTING:
        return
    version = versions.in_force(uow.session, row.procedure_id, uow.now)
    actor = starting.in_the_name_of(uow, row.agency_id)
    parent = uow.session.get_one(Case, row.parent_id)
    run = lifecycle.begin(replace(uow, actor=actor), version, row.data, uow.now, {"parent": parent.code})
    row.child_id = run.case.id
    if row.status == children.STARTING:  # a child may end at once
        row.status = children.RUNNING


def child_ended(uow: UnitOfWork, versions: Versions, body: Body) -> None:
    """Tell the parent; with the last child of the batch it goes on."""
    try:
        run = lock(uow, versions, body["parent_id"])
    except CaseNotRunning:
        return
    row = _row(uow, body)
    code = uow.session.scalar(select(Case.code).where(Case.id == row.child_id))
    payload = {"batch": row.batch, "key": row.key, "child_code": code, "status": row.status, "outcome": row.outcome}
    run.record("ChildEnded", payload)
    row.told = True
    if _left(uow, row) == 0:
        command = DeliverMessage(row.parent_id, children.MESSAGE, row.batch)
        deliver_message(uow, versions, command)


def cancel_child(uow: UnitOfWork, versions: Versions, body: Body) -> None:
    """The parent was cancelled: so is the child."""
    try:
        run = lock(uow, versions, body["child_id"], even_suspended=True)
    except CaseNotRunning:
        return
    lifecycle.stop(run, {"reason": "parent cancelled"})


CONSUMERS: Mapping[str, Callable[[UnitOfWork, Versions, Body], None]] = {
    children.START: start_child,
    children.ENDED_TOPIC: child_ended,
    children.CANCEL: cancel_child,
    asking.TOPIC: starting.start_asked,
    links.TOPIC: links.tell_other,
    recounting.TOPIC: recounting.recount_case,
    **merging_answers.CONSUMERS,
}


def _row(uow: UnitOfWork, body: Body) -> ChildCase:
    key = {"parent_id": body["parent_id"], "batch": body["batch"], "key": body["key"]}
    return uow.session.get_one(ChildCase, key, with_for_update=True, populate_existing=True)


def _left(uow: UnitOfWork, row: ChildCase) -> int:
    """How many children of the batch the parent has not heard of yet."""
    uow.session.flush()
    same_batch = (ChildCase.parent_id == row.parent_id, ChildCase.batch == row.batch)
    query = select(func.count()).select_from(ChildCase).where(*same_batch, ChildCase.told.is_(False))
    return uow.session.scalar(query) or 0

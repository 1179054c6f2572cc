"""Correcting what was filled in at a completed step: by a further event, never by changing what is recorded.

The corrected values hold from now on. What was decided or sent on the old ones stays; the event names the steps that
had read them, so that people can look after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine import events
from engine.actors import HEAD, Actor
from engine.commands.access import WORKING_DUTIES
from engine.commands.case_run import COMPLETIONS, DONE, WorkItemNotFound, lock
from engine.commands.handed_in import handed_in
from engine.commands.lifecycle import required_reason
from engine.commands.requests import CorrectWorkItem
from engine.commands.said import CORRECTED, Told, values_of
from engine.commands.settle import settle
from engine.errors import Conflict, NotAllowed, Rejected
from engine.procedures.bundle import Bundle
from engine.procedures.reads import read_by
from engine.procedures.versions import LoadedVersion, Versions
from engine.spiff.machine import Machine, TokenGone
from engine.tables import WorkItem
from engine.unit_of_work import Receipt, UnitOfWork


class MayNotCorrect(NotAllowed):
    """Only who completed the step, and the heads of that agency, may correct it."""

    code = "work_item.may_not_correct"


class NotDone(Conflict):
    """The step is not completed, or was opened again."""

    code = "work_item.not_done"


class ScopeGone(Conflict):
    """What the step filled in was handed on and is no longer there: a called process or one of several runs is over."""

    code = "work_item.scope_gone"


class Overwritten(Conflict):
    """A later step has set the same values anew."""

    code = "work_item.overwritten"


class NothingChanged(Rejected):
    """The correction says what was said before."""

    code = "work_item.nothing_changed"


@dataclass(frozen=True)
class _Change:
    """What is different: new values by field, fields that no longer apply, and all values as they are now."""

    set: Mapping[str, Any]
    gone: tuple[str, ...]
    values: Mapping[str, Any]

    @property
    def names(self) -> frozenset[str]:
        """The variables concerned."""
        return frozenset(self.set) | frozenset(self.gone)


def correct(uow: UnitOfWork, versions: Versions, command: CorrectWorkItem) -> Receipt:
    """Correct a completed work item while its case runs.

    Raises:
        WorkItemNotFound, MayNotCorrect, NotDone, ScopeGone, Overwritten, NothingChanged, ReasonMissing: see there.
        InvalidForm: what is wrong with which field.
    """
    reason, item = required_reason(command.reason), _item(uow, command.work_item_id)
    run = lock(uow, versions, item.case_id)
    history = list(events.read(run.session, run.stream))
    before = values_of(history, item.id)
    scope = scope_of(run.machine, item)
    version = versions.of_item(uow.session, item, run.version)
    values = handed_in(run, item, command, scope, before, version)
    change = _change(before, values)
    if late := [name for name in sorted(change.names) if scope.get(name) != before.get(name)]:
        raise Overwritten(fields=_labels(version, item, late))
    run.machine.correct(item.scope or "", change.set, change.gone)
    told = {"reason": reason, "before": _part(before, change.names), "after": _part(values, change.names)}
    facts = {"work_item_id": item.id, "agency_id": item.agency_id, "form": item.form, "values": values}
    used_by = read_since((version, run.version), history, item, change.names)
    run.record(CORRECTED, {**facts, **told, "used_by": used_by}, element=item.element_id, occurrence=item.occurrence)
    settle(run)
    return run.receipt()


def may_correct(actor: Actor, item: WorkItem) -> bool:
    """Whether the person may correct the item: who completed it, or a head of its agency."""
    head = actor.has(HEAD) and actor.agency_id == item.agency_id
    return head or item.assignee_id == actor.person_id


def scope_of(machine: Machine, item: WorkItem) -> dict[str, Any]:
    """What is seen where the step wrote its values.

    Raises:
        ScopeGone: see there.
    """
    try:
        return machine.scope_at("unknown" if item.scope is None else item.scope)
    except TokenGone as error:
        raise ScopeGone(name=item.name) from error


def read_since(
    versions: Iterable[LoadedVersion], history: Iterable[Told], item: WorkItem, names: frozenset[str]
) -> list[str]:
    """Elements of the same process that were passed after the step and read one of these variables.

    Args:
        versions: that by which the step was done, and that by which the case goes on.
    """
    bundles = [one.parts[item.process_id] for one in versions if item.process_id in one.parts]
    found, seen = dict[str, None](), False
    for event in history:
        told = event.payload or {}
        seen = seen or (event.type in COMPLETIONS and told.get("work_item_id") == item.id)
        for id_, _ in told.get("path") or () if seen else ():
            if id_ != item.element_id and any(_reads(bundle, id_, names) for bundle in bundles):
                found[id_] = None
    return list(found)


def _reads(bundle: Bundle, id_: str, names: frozenset[str]) -> bool:
    element = bundle.process.elements.get(id_)
    return element is not None and bool(read_by(element, bundle) & names)


def _item(uow: UnitOfWork, work_item_id: str) -> WorkItem:
    item = uow.session.get(WorkItem, work_item_id)
    actor = uow.actor
    known = item is not None and actor.duties & WORKING_DUTIES
    if item is None or not known or not (item.agency_id == actor.agency_id or may_correct(actor, item)):
        raise WorkItemNotFound()
    if not may_correct(actor, item):
        raise MayNotCorrect(name=item.name)
    again = (WorkItem.case_id == item.case_id, WorkItem.earlier_id == item.id)
    if item.status != DONE or uow.session.scalar(select(WorkItem.id).where(*again)):
        raise NotDone(name=item.name)
    return item


def _change(before: Mapping[str, Any], values: Mapping[str, Any]) -> _Change:
    new = {name: value for name, value in values.items() if name not in before or before[name] != value}
    change = _Change(new, tuple(name for name in before if name not in values), values)
    if not change.names:
        raise NothingChanged()
    return change


def _part(values: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}


def _labels(version: LoadedVersion, item: WorkItem, names: Iterable[str]) -> str:
    form = version.bundle_of(item.process_id).forms[item.form]
    return ", ".join(form.field(name).label.get("vi", name) for name in names)

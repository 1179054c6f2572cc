"""From a clause of the law to all that rests on it, and what must change once it ends.

A process owner proposes that a clause ends on a day, or that another takes its place; a second one confirms. Then each
thing of a procedure that rests on it is a task, until somebody has done it or the version in force rests on it no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import Actor
from engine.commands.case_run import RUNNING
from engine.procedures.bundle import Bundle
from engine.procedures.versions import Versions, effect_at
from engine.queries.migration import waiting_at
from engine.services import Stream
from engine.spiff.codec import unpack
from engine.tables import Case, CaseState, VersionEffect
from workflows.law.citations import check_basis
from workflows.law.clauses import Ended, canonical, clauses, covers, widening
from workflows.law.instruments import instruments
from workflows.law.uses import DEADLINE, ELEMENT, FORM, Use, uses
from workflows.studio import clause_tables as state
from workflows.studio.clause_tables import ClauseChange, ClauseTask
from workflows.studio.drafts import read as read_draft
from workflows.studio.drafts import require_owner
from workflows.studio.errors import Incomplete, OwnWork, UnknownDraft, WrongStatus

STREAM = Stream("config", "clauses")


@dataclass(frozen=True)
class RestingCase:
    """A running case whose version rests on a clause; `now` where it stands at a step or limit that does."""

    code: str
    procedure_id: str
    now: bool


@dataclass(frozen=True)
class Task:
    """What must change; `still` says whether the version in force still rests on the clause there."""

    row: ClauseTask
    still: bool

    @property
    def open(self) -> bool:
        """Whether somebody has to do it yet."""
        return self.still and self.row.status == state.OPEN


def known(session: Session, versions: Versions, now: datetime) -> dict[str, int]:
    """Every instrument, and every clause that is described or rested on, with how many things in force rest on it."""
    found: dict[str, set[Use]] = {basis: set() for basis in (*instruments(), *clauses())}
    for basis, listed in uses(_in_force(session, versions, now)).items():
        for wider in (*widening(basis), basis.partition(":")[0]):
            if wider in found or wider == basis:
                found.setdefault(wider, set()).update(listed)
    return {basis: len(found[basis]) for basis in sorted(found)}


def titles(session: Session, versions: Versions, now: datetime) -> dict[str, Mapping[str, str]]:
    """Titles of the procedures and parts in force, by id."""
    return {bundle.id: bundle.title for bundle in _in_force(session, versions, now)}


def resting(session: Session, versions: Versions, basis: str, now: datetime) -> list[Use]:
    """What rests on a clause, or on a part of it, over the versions in force; forms by their fields."""
    return _resting(_in_force(session, versions, now), basis)


def cases(session: Session, versions: Versions, basis: str) -> list[RestingCase]:
    """The running cases whose own version rests on a clause, oldest first."""
    of_version: dict[str, frozenset[tuple[str, str]] | None] = {}
    found = []
    running = select(Case, CaseState.state).join(CaseState, CaseState.case_id == Case.id).where(Case.status == RUNNING)
    for case, stored in session.execute(running.order_by(Case.started_at, Case.id)):
        if case.version_hash not in of_version:
            of_version[case.version_hash] = _steps_resting(versions, session, case.version_hash, basis)
        steps = of_version[case.version_hash]
        if steps is not None:
            version = versions.get(session, case.version_hash)
            standing = {(process, element) for process, element, _ in waiting_at(version, unpack(stored))}
            found.append(RestingCase(case.code, case.procedure_id, bool(standing & steps)))
    return found


# Changes --------------------------------------------------------------------------------------------------------------


def propose(
    session: Session,
    actor: Actor,
    basis: str,
    *,
    until: date | None,
    replaced_by: str,
    document: str,
    now: datetime,
) -> ClauseChange:
    """Propose that a clause ends, or that another takes its place.

    Args:
        until: its last day of law.
        replaced_by: the basis that takes its place; empty: none.
        document: number, day and author of what says so.

    Raises:
        UnknownDraft: the person is no process owner, or there is no such clause.
        Incomplete: no day, no document, or a replacement that cannot be read.
    """
    require_owner(actor)
    if check_basis(basis) is not None:
        raise UnknownDraft()
    if until is None or not document.strip() or (replaced_by and check_basis(replaced_by) is not None):
        raise Incomplete()
    change = ClauseChange(
        id=str(uuid4()),
        basis=canonical(basis),
        until=until,
        replaced_by=canonical(replaced_by) if replaced_by else "",
        document=document.strip(),
        status=state.PROPOSED,
        proposed_by=actor.person_id,
        proposed_at=now,
    )
    session.add(change)
    session.flush()
    _log(session, "ClauseChangeProposed", change, actor, now)
    return change


def confirm(session: Session, versions: Versions, actor: Actor, change_id: str, now: datetime) -> ClauseChange:
    """Confirm a proposal as a second person: what rests on the clause becomes a list of tasks.

    Raises:
        UnknownDraft, WrongStatus: see there.
        OwnWork: the person proposed it.
    """
    change = _change(session, actor, change_id, state.PROPOSED)
    if change.proposed_by == actor.person_id:
        raise OwnWork()
    change.status, change.decided_by, change.decided_at = state.CONFIRMED, actor.person_id, now
    tasks = [_task(change.id, use) for use in resting(session, versions, change.basis, now)]
    session.add_all(tasks)
    _log(session, "ClauseChangeConfirmed", change, actor, now, tasks=len(tasks))
    return change


def withdraw(session: Session, actor: Actor, change_id: str, now: datetime) -> ClauseChange:
    """Take a proposal back, or an end that was confirmed by mistake: then what the files say of the clause holds.

    Raises:
        UnknownDraft, WrongStatus: see there.
    """
    change = _change(session, actor, change_id, state.PROPOSED, state.CONFIRMED)
    change.status, change.decided_by, change.decided_at = state.WITHDRAWN, actor.person_id, now
    _log(session, "ClauseChangeWithdrawn", change, actor, now)
    return change


def ended(session: Session) -> list[Ended]:
    """The clauses whose end is confirmed, wherever the force of a clause is asked for: checks, pages, command line."""
    confirmed = select(ClauseChange).where(ClauseChange.status == state.CONFIRMED).order_by(ClauseChange.proposed_at)
    return [Ended(one.basis, one.until, one.replaced_by, one.document) for one in session.scalars(confirmed)]


def changes(session: Session) -> list[ClauseChange]:
    """All of them, newest first."""
    return list(session.scalars(select(ClauseChange).order_by(ClauseChange.proposed_at.desc())))


def tasks(session: Session, versions: Versions, change: ClauseChange, now: datetime) -> list[Task]:
    """What must change because of a confirmed change, open tasks first."""
    resting_now = {(use.part, use.kind, use.id) for use in resting(session, versions, change.basis, now)}
    query = select(ClauseTask).where(ClauseTask.change_id == change.id)
    rows = session.scalars(query.order_by(ClauseTask.status.desc(), ClauseTask.procedure_id, ClauseTask.name))
    return [Task(row, (row.procedure_id, row.kind, row.thing) in resting_now) for row in rows]


def waiting(session: Session, versions: Versions, now: datetime) -> tuple[int, int]:
    """How many tasks are open, and how many proposals wait for a second person."""
    found = changes(session)
    confirmed = [one for one in found if one.status == state.CONFIRMED]
    open_ = sum(task.open for one in confirmed for task in tasks(session, versions, one, now))
    return open_, sum(one.status == state.PROPOSED for one in found)


def settle(session: Session, actor: Actor, task_id: str, draft_id: str, now: datetime) -> ClauseTask:
    """Note that a task is done, in that draft where one is named; or, where it was, that it is open again.

    Raises:
        UnknownDraft: there is no such task or draft, or the person is no process owner.
    """
    require_owner(actor)
    task = session.get(ClauseTask, task_id, with_for_update=True)
    if task is None:
        raise UnknownDraft()
    if task.status == state.DONE:
        task.status, task.draft_id, task.done_by, task.done_at = state.OPEN, None, None, None
    else:
        task.draft_id = read_draft(session, actor, draft_id).id if draft_id else None
        task.status, task.done_by, task.done_at = state.DONE, actor.person_id, now
    told = {"task": task.id, "change": task.change_id, "status": task.status, "draft": task.draft_id}
    events.append(session, STREAM, "ClauseTaskSettled", told, actor=actor, now=now)
    return task


# Inside ---------------------------------------------------------------------------------------------------------------


def _in_force(session: Session, versions: Versions, now: datetime) -> list[Bundle]:
    ids = session.scalars(select(VersionEffect.procedure_id).distinct().order_by(VersionEffect.procedure_id))
    effects = [effect_at(session, id_, now) for id_ in ids]
    return [versions.get(session, one.version_hash).bundle for one in effects if one is not None]


def _resting(bundles: Iterable[Bundle], basis: str) -> list[Use]:
    bundles = list(bundles)
    by_id = {bundle.id: bundle for bundle in bundles}
    found = [use for one, list_ in uses(bundles).items() if covers(basis, one) for use in list_]
    fine = [fine for use in found for fine in (_fields(by_id[use.part], use, basis) if use.kind == FORM else [use])]
    return list(dict.fromkeys(fine))


def _fields(bundle: Bundle, use: Use, basis: str) -> Iterator[Use]:
    """The fields of a form that rest on the clause; the form itself where only its texts do."""
    form = next((one for one in bundle.forms.values() if use.id == f"forms/{one.id}.json"), None)
    named = [field for field in (form.fields if form else ()) if any(covers(basis, one) for one in field.basis)]
    for field in named:
        yield Use(use.part, FORM, f"{use.id}#{field.name}", f"{use.name}: {field.label.get('vi', field.name)}")
    if not named:
        yield use


def _steps_resting(versions: Versions, session: Session, hash_: str, basis: str) -> frozenset[tuple[str, str]] | None:
    """The steps that rest on the clause, by themselves or by their limit; None where nothing of the version does."""
    version = versions.get(session, hash_)
    found = _resting(version.parts.values(), basis)
    if not found:
        return None
    named: dict[str, set[str]] = defaultdict(set)
    for use in found:
        named[f"{use.part} {use.kind}"].add(use.id)
    return frozenset(
        (process_id, element.id)
        for process_id, part in version.parts.items()
        for element in part.process.elements.values()
        if element.id in named[f"{part.id} {ELEMENT}"] or element.deadline in named[f"{part.id} {DEADLINE}"]
    )


def _task(change_id: str, use: Use) -> ClauseTask:
    place = {"procedure_id": use.part, "kind": use.kind, "thing": use.id, "name": use.name}
    return ClauseTask(id=str(uuid4()), change_id=change_id, status=state.OPEN, **place)


def _change(session: Session, actor: Actor, change_id: str, *statuses: str) -> ClauseChange:
    require_owner(actor)
    change = session.get(ClauseChange, change_id, with_for_update=True)
    if change is None:
        raise UnknownDraft()
    if change.status not in statuses:
        raise WrongStatus(status=change.status)
    return change


def _log(session: Session, type_: str, change: ClauseChange, actor: Actor, now: datetime, **more: Any) -> None:
    told: Mapping[str, Any] = {
        "change": change.id,
        "basis": change.basis,
        "until": change.until.isoformat(),
        "replaced_by": change.replaced_by,
        "document": change.document,
        **more,
    }
    events.append(session, STREAM, type_, told, actor=actor, now=now)

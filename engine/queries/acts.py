"""What a person may do with a case beside completing its steps, and what the pages for that show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from engine import forms
from engine.actors import HEAD, Actor
from engine.clock import local_date
from engine.commands import correction, recording
from engine.commands.access import WORKING_DUTIES, may_take
from engine.commands.awaited import RECORDED
from engine.commands.case_run import DONE, LIVE, RUNNING, CaseNotRunning, WorkItemClosed, WorkItemNotFound
from engine.commands.returning import step_before
from engine.commands.said import values_of
from engine.commands.work import WrongDuty
from engine.errors import NotFound
from engine.forms import Form
from engine.procedures.versions import LoadedVersion, Versions
from engine.queries import cases
from engine.queries.history import element_name
from engine.queries.inbox import moved_from
from engine.queries.visibility import may_see_case
from engine.services import Directory
from engine.spiff.machine import Machine
from engine.tables import AwaitedMessage, Case, CaseLink, CaseState, ChildCase, WorkItem

SUSPEND, RESUME, WITHDRAW, CANCEL, LINK = "suspend", "resume", "withdraw", "cancel", "link"


class AwaitedNotFound(NotFound):
    """Nothing that this person's agency is to record."""

    code = "message.not_found"


CHILD: Final = "child"
FEW: Final = 20


@dataclass(frozen=True)
class AwaitedRow:
    """Something that a case waits for and that people record when it comes."""

    id: str
    case_code: str
    case_title: str
    element_name: str
    agency_id: str
    agency_name: str
    duty: str
    due_at: datetime | None
    reminded_at: datetime | None
    moved_from: datetime | None
    created_at: datetime
    may_record: bool


@dataclass(frozen=True)
class ActView:
    """A form that is filled in beside the ordinary work: for an awaited message, a letter, a correction."""

    id: str
    element_id: str
    element_name: str
    agency_name: str
    form: Form
    values: Mapping[str, Any]
    variables: Mapping[str, Any]
    case: cases.CaseView
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class DoneRow:
    """A completed step that the person may correct."""

    id: str
    element_name: str
    closed_at: datetime | None


@dataclass(frozen=True)
class LinkRow:
    """A link with another case, seen from one of the two: `forward` where this one was linked to the other.

    A case that another started is told as a link too, of kind `CHILD`.
    """

    kind: str
    forward: bool
    code: str
    title: str


def possible(session: Session, actor: Actor, view: cases.CaseView) -> list[str]:
    """Acts on the whole case that the person may try, in the order of the page."""
    case = view.case
    if case.status != RUNNING or not actor.duties & WORKING_DUTIES:
        return []
    leads = actor.has(HEAD) and actor.agency_id == case.lead_agency
    found = [LINK]
    if leads:
        found.append(RESUME if case.suspended_at else SUSPEND)
    if _may_withdraw(session, actor, view):
        found.append(WITHDRAW)
    return [*found, CANCEL] if leads else found


def _may_withdraw(session: Session, actor: Actor, view: cases.CaseView) -> bool:
    own = actor.agency_id == view.case.initiator_agency
    began = view.facts.get("initiator") == actor.person_id
    return own and (began or actor.has(HEAD)) and not _others_worked(session, view.case)


def _others_worked(session: Session, case: cases.CaseRow) -> bool:
    """Whether an agency beside the one that began the case has completed work in it, or had something recorded."""
    ways = ((WorkItem, DONE), (AwaitedMessage, RECORDED))
    return any(
        session.scalar(
            select(exists().where(row.case_id == case.id, row.status == done, row.agency_id != case.initiator_agency))
        )
        for row, done in ways
    )


# What is awaited ------------------------------------------------------------------------------------------------------


def awaited_in(session: Session, actor: Actor, directory: Directory, case_id: str) -> list[AwaitedRow]:
    """What a case that the person sees waits for."""
    return _awaited(session, actor, directory, _waiting().where(AwaitedMessage.case_id == case_id, may_see_case(actor)))


def awaited_by(session: Session, actor: Actor, directory: Directory, *, limit: int = 50) -> list[AwaitedRow]:
    """What the person's agency is to record when it comes, longest awaited first."""
    own = AwaitedMessage.agency_id == (actor.agency_id if actor.duties & WORKING_DUTIES else "")
    return _awaited(session, actor, directory, _waiting().where(own, Case.suspended_at.is_(None)).limit(limit))


def _waiting() -> Select[AwaitedMessage, Case]:
    query = select(AwaitedMessage, Case).join(Case, Case.id == AwaitedMessage.case_id)
    return query.where(AwaitedMessage.status == "waiting").order_by(AwaitedMessage.created_at, AwaitedMessage.id)


def _awaited(
    session: Session, actor: Actor, directory: Directory, query: Select[AwaitedMessage, Case]
) -> list[AwaitedRow]:
    return [
        AwaitedRow(
            id=row.id,
            case_code=case.code,
            case_title=case.title,
            element_name=row.name,
            agency_id=row.agency_id,
            agency_name=directory.agency_name(session, row.agency_id, local_date(row.created_at)),
            duty=row.duty,
            due_at=row.due_at,
            reminded_at=row.reminded_at,
            moved_from=moved_from(row.deadline),
            created_at=row.created_at,
            may_record=case.suspended_at is None and row.agency_id == actor.agency_id and may_take(actor, row),
        )
        for row, case in session.execute(query)
    ]


def awaited(session: Session, actor: Actor, versions: Versions, directory: Directory, awaited_id: str) -> ActView:
    """The form on which the person records what came.

    Raises:
        AwaitedNotFound: nothing waits any more, or another agency records it.
        WrongDuty: others in the agency do.
    """
    row = session.get(AwaitedMessage, awaited_id)
    own = row is not None and row.agency_id == actor.agency_id and actor.duties & WORKING_DUTIES
    if row is None or not own or row.status != "waiting":
        raise AwaitedNotFound()
    if not may_take(actor, row):
        raise WrongDuty(duty=row.duty)
    version, machine = _running(session, versions, row.case_id)
    variables = machine.scope(row.token)
    return _act(session, actor, versions, directory, row, version, variables)


# Letters, corrections, sending back -----------------------------------------------------------------------------------


def paper_items(session: Session, actor: Actor, view: cases.CaseView) -> frozenset[str]:
    """Ids of the open work items for which the person may record an answer on paper."""
    query = select(WorkItem).where(WorkItem.case_id == view.case.id, WorkItem.status.in_(LIVE))
    items = session.scalars(query).all() if view.case.suspended_at is None else []
    return frozenset(item.id for item in items if _may_record(actor, view.version, item, view.case.lead_agency))


def answer(session: Session, actor: Actor, versions: Versions, directory: Directory, work_item_id: str) -> ActView:
    """The form on which a clerk records an answer on paper for the agency of an open work item.

    Raises:
        WorkItemNotFound, WorkItemClosed, MayNotRecordAnswer: see there.
    """
    item, case = _seen(session, actor, work_item_id)
    if item.status not in LIVE:
        raise WorkItemClosed(name=item.name)
    version, machine = _running(session, versions, case.id)
    if not _may_record(actor, version, item, case.lead_agency):
        raise recording.MayNotRecordAnswer(name=item.name)
    return _act(session, actor, versions, directory, item, version, machine.scope(item.token))


def correctable(session: Session, actor: Actor, view: cases.CaseView) -> list[DoneRow]:
    """The completed steps of a running case that the person may correct, in order."""
    if view.case.status != RUNNING or view.case.suspended_at or not actor.duties & WORKING_DUTIES:
        return []
    again = select(WorkItem.earlier_id).where(WorkItem.case_id == view.case.id, WorkItem.earlier_id.is_not(None))
    query = select(WorkItem).where(WorkItem.case_id == view.case.id, WorkItem.status == DONE, WorkItem.id.not_in(again))
    items = session.scalars(query.order_by(WorkItem.closed_at, WorkItem.id))
    mine = [item for item in items if item.scope == "" and correction.may_correct(actor, item)]
    return [DoneRow(item.id, item.name, item.closed_at) for item in mine]


def correcting(session: Session, actor: Actor, versions: Versions, directory: Directory, work_item_id: str) -> ActView:
    """The form of a completed step with what it says now.

    Raises:
        WorkItemNotFound, NotDone, MayNotCorrect, ScopeGone, CaseNotRunning: see there.
    """
    item, case = _seen(session, actor, work_item_id)
    if item.status != DONE:
        raise correction.NotDone(name=item.name)
    if not correction.may_correct(actor, item):
        raise correction.MayNotCorrect(name=item.name)
    version, machine = _running(session, versions, case.id)
    done_by = versions.of_item(session, item, version)
    view = _act(session, actor, versions, directory, item, done_by, correction.scope_of(machine, item))
    history = view.case.history.all(session)
    said = values_of(history, item.id)
    names = frozenset(field.name for field in view.form.fields)
    used_by = correction.read_since((done_by, version), history, item, names)
    told = tuple(dict.fromkeys(element_name(version, id_) for id_ in used_by))
    return ActView(**{**vars(view), "values": said, "used_by": tuple(name for name in told if name)})


def before(session: Session, actor: Actor, versions: Versions, work_item_id: str) -> tuple[WorkItem, WorkItem, Case]:
    """An open work item of the person, the done one to which it would be sent back, and their case.

    Raises:
        WorkItemNotFound, WorkItemClosed, NothingBefore, NoWayBack: see there.
    """
    item, case = _seen(session, actor, work_item_id)
    if item.agency_id != actor.agency_id:
        raise WorkItemNotFound()
    if item.status not in LIVE:
        raise WorkItemClosed(name=item.name)
    version, machine = _running(session, versions, case.id)
    step = next(step for step in machine.open_steps() if step.token == item.token)
    return item, step_before(session, version, item, step), case


def links(session: Session, actor: Actor, case_id: str) -> list[LinkRow]:
    """The links of a case with others that the person may see."""
    found: list[LinkRow] = []
    for forward, here, there in (
        (True, CaseLink.case_id, CaseLink.other_id),
        (False, CaseLink.other_id, CaseLink.case_id),
    ):
        query = select(CaseLink.kind, Case.code, Case.title).join(Case, Case.id == there)
        rows = session.execute(query.where(here == case_id, may_see_case(actor)).order_by(CaseLink.linked_at))
        found += [LinkRow(kind, forward, code, title) for kind, code, title in rows]
    return [*found, *_family(session, actor, case_id)]


def _family(session: Session, actor: Actor, case_id: str) -> Iterator[LinkRow]:
    """The case from which this one came, and those that came from it; of many, a page of their own tells."""
    for forward, here, there in (
        (True, ChildCase.child_id, ChildCase.parent_id),
        (False, ChildCase.parent_id, ChildCase.child_id),
    ):
        query = select(Case.code, Case.title).join(ChildCase, there == Case.id)
        rows = session.execute(
            query.where(here == case_id, may_see_case(actor)).order_by(Case.code).limit(FEW + 1)
        ).all()
        yield from (LinkRow(CHILD, forward, code, title) for code, title in (rows if len(rows) <= FEW else ()))


def _may_record(actor: Actor, version: LoadedVersion, item: WorkItem, lead_agency: str) -> bool:
    element = version.bundle_of(item.process_id).process.elements[item.element_id]
    return recording.may_record(actor, element, lead_agency, item.agency_id)


def _seen(session: Session, actor: Actor, work_item_id: str) -> tuple[WorkItem, Case]:
    query = select(WorkItem, Case).join(Case, Case.id == WorkItem.case_id)
    found = session.execute(query.where(WorkItem.id == work_item_id, may_see_case(actor))).first()
    if found is None or not actor.duties & WORKING_DUTIES:
        raise WorkItemNotFound()
    return found[0], found[1]


def _running(session: Session, versions: Versions, case_id: str) -> tuple[LoadedVersion, Machine]:
    case = session.get_one(Case, case_id)
    if case.status != RUNNING:
        raise CaseNotRunning(code=case.code)
    version = versions.get(session, case.version_hash)
    return version, Machine.restore(version.program, session.get_one(CaseState, case_id).state)


def _act(
    session: Session,
    actor: Actor,
    versions: Versions,
    directory: Directory,
    about: WorkItem | AwaitedMessage,
    version: LoadedVersion,
    variables: Mapping[str, Any],
) -> ActView:
    case = cases.view(session, actor, versions, directory, session.get_one(Case, about.case_id).code)
    form = version.bundle_of(about.process_id).forms[about.form].under(case.law_on)
    return ActView(
        id=about.id,
        element_id=about.element_id,
        element_name=about.name,
        agency_name=directory.agency_name(session, about.agency_id, local_date(about.created_at)),
        form=form,
        values=forms.prefill(form, variables),
        variables=variables,
        case=case,
    )

"""What the page of a dry run shows: where the case stands, what can be done next and by whom, what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import HEAD, SPECIALIST, Actor
from engine.clock import local_date
from engine.commands.case_run import LIVE, WorkItemClosed
from engine.errors import Rejected
from engine.queries import acts, cases, work_items
from engine.queries.acts import ActView
from engine.queries.cases import CaseView
from engine.queries.work_items import WorkItemView
from engine.tables import AwaitedMessage, Case, ChildCase, WorkItem
from web import formatting
from web.cases.diagram import diagram
from web.cases.history import Line
from web.cases.reading import history_of
from web.language import _
from web.studio.recording.dry_runs import DryRun
from web.words import act as act_name
from workflows.agencies.facts import Holder
from workflows.agencies.queries import actor_for_account, holders
from workflows.documents.lists import OutgoingRow, of_case
from workflows.scenarios.recording import Written, read_step

OVERSEER: Final = "kiemtra"
"""The account of the demo store that sees every case."""
DO, RECORD = "do", "record"
RECORDED: Final = (acts.SUSPEND, acts.RESUME, acts.WITHDRAW, acts.CANCEL)
"""Acts on the whole case that scenarios can tell."""


@dataclass(frozen=True)
class Place:
    """Something that an agency can do now: work that is open, or what is to be recorded when it comes.

    `child` is the key of the child case in which it waits, None for the case itself; `person_id` who has taken it.
    """

    id: str
    kind: str
    element: str
    name: str
    agency_id: str
    agency_name: str
    duty: str
    due_at: datetime | None
    left: str
    person_id: str | None
    child: str | None

    @property
    def address(self) -> dict[str, str | None]:
        """What names it in any process: ids are made anew each time that a recording is played."""
        return {"element": self.element, "co_quan": self.agency_id, "con": self.child}


@dataclass(frozen=True)
class Possible:
    """An act on the whole case that somebody may try now."""

    act: str
    user_name: str
    name: str


@dataclass(frozen=True)
class Told:
    """A recorded step in words; `at` is what the clock showed after it."""

    at: datetime
    who: str
    what: str
    then: str


@dataclass(frozen=True)
class Scene:
    """Where a dry run stands. `timers`: (moment, what happens then) of what waits for its moment."""

    now: datetime
    view: CaseView
    children: list[tuple[str, CaseView]]
    places: list[Place]
    acts: list[Possible]
    timers: list[tuple[datetime, str]]
    next_at: datetime | None
    documents: list[OutgoingRow]
    history: list[Line]
    diagram: Markup | None
    told: list[Told]


def scene(run: DryRun) -> Scene:
    """Everything that the page shows."""
    container, now = run.container, run.container.engine.clock.now()
    with container.read() as session:
        overseer = actor_for_account(session, OVERSEER, local_date(now))
        views = [(key, _view(session, run, overseer, id_)) for key, id_ in _cases(session, run)]
        view = views[0][1]
        return Scene(
            now=now,
            view=view,
            children=[(key, one) for key, one in views if key is not None],
            places=places(session, run),
            acts=_possible(session, view, local_date(now)),
            timers=sorted((timer.due_at, timer.element_name) for _key, one in views for timer in one.timers),
            next_at=run.recorder.next_moment(),
            documents=of_case(session, overseer, view.case.id),
            history=history_of(session, view),
            diagram=diagram(view),
            told=_told(run, holders(session, local_date(now)), [one for _key, one in views]),
        )


def places(session: Session, run: DryRun) -> list[Place]:
    """What can be done next; of several at one element in one agency the oldest, as scenarios take them."""
    found: dict[tuple[Any, ...], Place] = {}
    for key, case_id in _cases(session, run):
        for kind, row in _open(session, case_id):
            place = _place(session, run, kind, row, key)
            found.setdefault((kind, key, place.element, place.agency_id), place)
    return list(found.values())


def place_at(session: Session, run: DryRun, element: str, agency_id: str, child: str | None) -> Place:
    """The place with that address.

    Raises:
        WorkItemClosed: nothing waits there any more.
    """
    for place in places(session, run):
        if (place.element, place.agency_id, place.child) == (element, agency_id, child or None):
            return place
    raise WorkItemClosed(name=element)


def people(session: Session, place: Place, on: datetime) -> list[Holder]:
    """Who can do it, those of its own duty first: a head does a specialist's work too."""
    duties = (place.duty, HEAD) if place.duty == SPECIALIST else (place.duty,)
    here = [one for one in holders(session, local_date(on), place.agency_id) if one.duty in duties]
    own = [one for one in here if place.person_id in (None, one.person_id)]
    return sorted(own, key=lambda one: duties.index(one.duty))


def form_of(session: Session, run: DryRun, place: Place, who: Actor) -> WorkItemView | ActView:
    """The form that this person is shown there. Raises as the pages of officers do."""
    container, now = run.container, run.container.engine.clock.now()
    around = (session, who, container.engine.versions, container.directory)
    if place.kind == RECORD:
        return acts.awaited(*around, place.id)
    return work_items.view(*around, place.id, now)


def may_send_back(session: Session, run: DryRun, place: Place, who: Actor) -> bool:
    """Whether the person may send the case back to the step before."""
    try:
        acts.before(session, who, run.container.engine.versions, place.id)
    except Rejected:
        return False
    return True


def _possible(session: Session, view: CaseView, on: date) -> list[Possible]:
    """Each act with the first person who may try it: the heads of the leading agency, and those who began the case."""
    found: dict[str, Possible] = {}
    agencies = (view.case.lead_agency, view.case.initiator_agency)
    for one in (one for agency in dict.fromkeys(agencies) for one in holders(session, on, agency)):
        actor = actor_for_account(session, one.user_name, on)
        for act in acts.possible(session, actor, view) if actor.agency_id == one.agency_id else ():
            found.setdefault(act, Possible(act, one.user_name, one.name))
    return [one for act, one in found.items() if act in RECORDED]


def _cases(session: Session, run: DryRun) -> list[tuple[str | None, str]]:
    """(key, id) of the case itself, whose key is None, and of its children."""
    own = run.recorder.case_id
    query = select(ChildCase.key, ChildCase.child_id).where(ChildCase.parent_id == own, ChildCase.child_id.is_not(None))
    children = [(key, id_) for key, id_ in session.execute(query.order_by(ChildCase.key)) if id_ is not None]
    return [(None, own), *children]


def _view(session: Session, run: DryRun, overseer: Actor, case_id: str) -> CaseView:
    container = run.container
    code = session.get_one(Case, case_id).code
    return cases.view(session, overseer, container.engine.versions, container.directory, code)


def _open(session: Session, case_id: str) -> Iterator[tuple[str, WorkItem | AwaitedMessage]]:
    items = select(WorkItem).where(WorkItem.case_id == case_id, WorkItem.status.in_(LIVE))
    for item in session.scalars(items.order_by(WorkItem.created_at, WorkItem.occurrence, WorkItem.id)):
        yield DO, item
    awaited = select(AwaitedMessage).where(AwaitedMessage.case_id == case_id, AwaitedMessage.status == "waiting")
    for message in session.scalars(awaited.order_by(AwaitedMessage.created_at, AwaitedMessage.id)):
        yield RECORD, message


def _place(session: Session, run: DryRun, kind: str, row: WorkItem | AwaitedMessage, child: str | None) -> Place:
    now = run.container.engine.clock.now()
    return Place(
        id=row.id,
        kind=kind,
        element=row.element_id,
        name=row.name,
        agency_id=row.agency_id,
        agency_name=run.container.directory.agency_name(session, row.agency_id, local_date(now)),
        duty=row.duty,
        due_at=row.due_at,
        left=formatting.remaining(row.due_at, now) if row.due_at else "",
        person_id=row.assignee_id if isinstance(row, WorkItem) else None,
        child=child,
    )


def _told(run: DryRun, people: Sequence[Holder], views: Sequence[CaseView]) -> list[Told]:
    names = {one.user_name: one.name for one in people}
    steps = {id_: one.name for view in views for part in view.version.parts.values() for id_, one in _elements(part)}
    recorder = run.recorder
    return [
        Told(
            at=at,
            who=names.get(str(step.get("by")), ""),
            what=_what(step, steps),
            then="; ".join(dict.fromkeys(steps.get(id_) or id_ for id_ in recorder.opened_by(number))),
        )
        for number, (step, at) in enumerate(zip(recorder.steps, recorder.moments, strict=True))
    ]


def _elements(part: Any) -> Iterator[tuple[str, Any]]:
    yield from part.process.elements.items()


def _what(step: Written, names: Mapping[str, str]) -> str:
    read = read_step(step)
    if read.act is not None:
        named = names.get(read.act.element, "")
        return f"{act_name(read.act.kind)}: {named}" if named else act_name(read.act.kind)
    if read.do is None and read.record is None:
        return _("Thời gian trôi qua: %(span)s", span=formatting.span(read.after))
    name = names.get(read.element) or read.element
    return f"{name} ({read.child})" if read.child else name

"""The officers of all agencies: each finds the open work of the agency and does it, mostly in time, sometimes late."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any, Final, TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.actors import HEAD, SPECIALIST, Actor
from engine.clock import ZONE, local_date
from engine.commands import AssignWorkItem, ClaimWorkItem, CompleteWorkItem, RecordMessage
from engine.commands.case_run import LAW_ON
from engine.core import Engine
from engine.errors import Rejected
from engine.forms import Form
from engine.procedures.model import Element
from engine.rows import ID, Rows, table, watched_columns
from engine.spiff.machine import Machine
from engine.statements import Prepared
from engine.tables import AwaitedMessage, Base, Case, CaseState, WorkItem
from workflows.agencies.queries import actor_for_person
from workflows.agencies.tables import Agency, OfficerDuty, valid_on
from workflows.calendar.days import Calendar
from workflows.simulation import acts
from workflows.simulation.acts import Acts, Moment
from workflows.simulation.filler import fill

LATE = 0.05
"""Chance that dated work is done after its end."""
ABSENT = 0.06
"""Chance that an officer is away for a week."""
UNASKED = 0.04
"""Chance that something comes which a case can do without: a withdrawal, a change, a violation."""
TRIES = 4
"""After so many refusals a piece of work counts as stuck."""
URGENT: Final = timedelta(hours=72)
"""Shorter limits are kept at night and on days off, too."""
MORNING, EVENING = time(8), time(17)
HALF_HOUR: Final = timedelta(minutes=30)

Work = WorkItem | AwaitedMessage
Kept = TypeVar("Kept", bound=Base)


@dataclass
class Duty:
    """One piece of open work as its agency plans it: when it will be done (UTC), and how often it was tried."""

    id: str
    awaited: bool
    ready_at: datetime
    place: tuple[str, str, int, str]
    tries: int = 0


@dataclass(frozen=True)
class Stuck:
    """Work that nobody could do: every try was refused, the last with this code."""

    case_code: str
    procedure_id: str
    element_id: str
    agency_id: str
    code: str


@dataclass
class Roster:
    """Who holds which duty where, as officers of one day.

    Args:
        last_days: of bodies that cease; nobody acts for them afterwards.
    """

    actors: dict[tuple[str, str], list[Actor]]
    last_days: dict[str, date] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, on: date) -> Roster:
        """All officers of that day."""
        query = select(OfficerDuty.person_id, OfficerDuty.agency_id, OfficerDuty.duty).where(valid_on(OfficerDuty, on))
        actors: dict[tuple[str, str], list[Actor]] = {}
        for person, agency, duty in session.execute(query.order_by(OfficerDuty.agency_id, OfficerDuty.person_id)):
            actor = actor_for_person(session, person, on, agency_id=agency)
            actors.setdefault((agency, duty), []).append(actor)
        ends = session.execute(select(Agency.id, Agency.valid_to).where(Agency.valid_to >= on))
        return cls(actors, {agency: last for agency, last in ends if last})

    @property
    def agencies(self) -> list[str]:
        """Agencies with a specialist, in order."""
        return sorted({agency for agency, duty in self.actors if duty == SPECIALIST})

    def holding(self, agency: str, duty: str, on: date) -> list[Actor]:
        """Who does work of that duty there on a day: a head does a specialist's too, where nobody else can."""
        if on > self.last_days.get(agency, on):
            return []
        more = self.actors.get((agency, HEAD), []) if duty == SPECIALIST else []
        return [*self.actors.get((agency, duty), []), *more]


@dataclass
class Staff:
    """All officers at work.

    Args:
        seed: of all chance; what happens to a piece of work hangs on its place in the year alone.
        chosen: agencies that forms name where they ask for some.
    """

    engine: Engine
    roster: Roster
    calendar: Calendar
    seed: int
    chosen: list[str]
    open: dict[str, Duty] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    stuck: list[Stuck] = field(default_factory=list)
    acts: Acts = field(init=False)
    _given_up: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.acts = Acts(self.engine, self.roster.actors, self.done)

    def next_at(self) -> datetime | None:
        """When the next work will be done."""
        moments = [duty.ready_at for duty in self.open.values()]
        return min([*moments, *filter(None, [self.acts.next_at()])], default=None)

    def look(self) -> None:
        """Find what has come in, plan it, and forget what is gone."""
        with self.engine.read() as session:
            live = {str(id_): False for (id_,) in _OPEN_ITEMS.within(session, {})}
            live |= {str(id_): True for (id_,) in _AWAITED.within(session, {})}
            self.open = {id_: duty for id_, duty in self.open.items() if id_ in live}
            for id_, awaited in live.items():
                if id_ not in self.open and id_ not in self._given_up:
                    self._plan(session, id_, awaited)

    def work(self) -> int:
        """Do what is due to be done now. Returns how many pieces were tried."""
        now = self.engine.clock.now()
        resumed = self.acts.resume(now)
        ready = sorted((duty for duty in self.open.values() if duty.ready_at <= now), key=lambda duty: duty.place)
        for duty in ready:
            self._try(duty, now)
        return len(ready) + resumed

    # Planning ---------------------------------------------------------------------------------------------------------

    def _plan(self, session: Session, id_: str, awaited: bool) -> None:
        row = _row(session, id_, awaited)
        case = _read(session, Case, row.case_id)
        if case.suspended_at is not None:
            return
        duty = Duty(id_, awaited, row.created_at, (case.code, row.element_id, row.occurrence, row.agency_id))
        rng = self._rng(duty)
        element = self.engine.versions.get(session, case.version_hash).bundle_of(row.process_id).process.elements
        if awaited and _is_unasked(element[row.element_id]) and rng.random() >= UNASKED:
            self._given_up.add(id_)
            return
        duty.ready_at = self._ready_at(row, rng)
        self.open[id_] = duty

    def _ready_at(self, row: Work, rng: Random) -> datetime:
        """Within the limit, or a little after it; without one, in two days."""
        begun = max(row.created_at, self.engine.clock.now())
        if row.due_at is None or row.due_at <= begun:
            return self._at_work(begun + timedelta(hours=rng.uniform(1, 48)))
        span = row.due_at - begun
        if rng.random() < LATE:
            return self._at_work(row.due_at + span * rng.uniform(0.05, 0.4))
        chosen = begun + span * rng.betavariate(2, 3)
        moved = self._at_work(chosen)
        return chosen if span <= URGENT or moved >= row.due_at else moved

    def _at_work(self, moment: datetime) -> datetime:
        """The first half hour from then on at which offices work."""
        local = moment.astimezone(ZONE)
        local += (datetime.min.replace(tzinfo=ZONE) - local) % HALF_HOUR
        if local.time() > EVENING:
            local = datetime.combine(local.date() + timedelta(days=1), MORNING, ZONE)
        elif local.time() < MORNING:
            local = datetime.combine(local.date(), MORNING, ZONE)
        while not self.calendar.is_working(local.date()):
            local = datetime.combine(local.date() + timedelta(days=1), MORNING, ZONE)
        return local

    # Doing ------------------------------------------------------------------------------------------------------------

    def _try(self, duty: Duty, now: datetime) -> None:
        """One try; whoever is refused asks again with other words, and gives up in the end."""
        try:
            if self._do(duty, now):
                self.done["recorded" if duty.awaited else "completed"] += 1
                self.open.pop(duty.id, None)
            else:  # nobody is there: tomorrow again
                duty.ready_at = self._at_work(now + timedelta(days=1))
        except Rejected as error:
            duty.tries += 1
            self.done["refused"] += 1
            duty.ready_at = now + HALF_HOUR
            if duty.tries >= TRIES:
                self._give_up(duty, error)

    def _do(self, duty: Duty, now: datetime) -> bool:
        """Whether it is done; else somebody looks again tomorrow."""
        with self.engine.read() as session:
            row = _row(session, duty.id, duty.awaited)
            if row.closed_at is not None:
                return True
            case = _read(session, Case, row.case_id)
            actor = self._who(row, now) if case.suspended_at is None else None
            if actor is None:
                return False
            element, form, scope = self._asked(session, case, row)
        rng = self._rng(duty, duty.tries + 1)
        filled = fill(form, scope, agencies=self.chosen, now=now, rng=rng)
        key = f"simulated:{row.id}:{duty.tries}"
        if isinstance(row, AwaitedMessage):
            recorded = RecordMessage(row.case_id, row.element_id, filled.data, filled.attachments, awaited_id=row.id)
            self.engine.execute(recorded, actor=actor, key=key)
            return True
        self._claim(row, actor, now)
        moment = Moment(row, case, element.paper, actor, filled, now, Random(f"{self.seed}:{duty.place}:{now}"))
        if not duty.tries and (act := self.acts.instead(moment)):
            return act not in (acts.EXTENDED, acts.SUSPENDED)
        self.engine.execute(CompleteWorkItem(row.id, filled.data, filled.attachments), actor=actor, key=key)
        self.acts.afterwards(moment, form)
        return True

    def _asked(self, session: Session, case: Case, row: Work) -> tuple[Element, Form, dict[str, Any]]:
        """A step with its form by the law of its case, and what the step sees."""
        version = self.engine.versions.get(session, case.version_hash)
        machine = Machine.restore(version.program, _read(session, CaseState, case.id, "case_id").state)
        law_on, bundle = date.fromisoformat(machine.memory.facts[LAW_ON]), version.bundle_of(row.process_id)
        element = bundle.process.elements[row.element_id]
        return element, bundle.forms[row.form].under(law_on), dict(machine.scope(row.token))

    def _who(self, row: Work, now: datetime) -> Actor | None:
        """Somebody of the agency who is there and may do it; whose work it is already, if that person is there."""
        on_duty = self.roster.holding(row.agency_id, row.duty, local_date(now))
        there = [one for one in on_duty if not self._is_away(one, now)]
        own = [one for one in there if isinstance(row, WorkItem) and one.person_id == row.assignee_id]
        return next(iter(own or there), None)

    def _is_away(self, actor: Actor, now: datetime) -> bool:
        year, week, _ = local_date(now).isocalendar()
        return Random(f"{self.seed}:{actor.person_id}:{year}:{week}").random() < ABSENT

    def _claim(self, item: WorkItem, actor: Actor, now: datetime) -> None:
        """Take the item; what an absent colleague holds, the head gives to whoever is there."""
        key = f"simulated:{item.id}:{actor.person_id}"
        if item.assignee_id is None:
            self.engine.execute(ClaimWorkItem(item.id), actor=actor, key=f"{key}:claim")
        elif item.assignee_id != actor.person_id:
            head = self.roster.actors[item.agency_id, HEAD][0]
            self.engine.execute(
                AssignWorkItem(item.id, actor.person_id), actor=head, key=f"{key}:assign:{now:%d%m%H%M}"
            )

    def _give_up(self, duty: Duty, error: Rejected) -> None:
        del self.open[duty.id]
        self._given_up.add(duty.id)
        with self.engine.read() as session:
            row = _row(session, duty.id, duty.awaited)
            case = _read(session, Case, row.case_id)
            told = f"{error.code} {_detail(error)}".strip()
            self.stuck.append(Stuck(case.code, case.procedure_id, row.element_id, row.agency_id, told))

    def _rng(self, duty: Duty, salt: int = 0) -> Random:
        return Random(f"{self.seed}:{duty.place}:{salt}")


def _row(session: Session, id_: str, awaited: bool) -> Work:
    return _read(session, AwaitedMessage, id_) if awaited else _read(session, WorkItem, id_)


def _read(session: Session, model: type[Kept], id_: str, key: str = "id") -> Kept:
    """One row outside the session: the officers look at thousands, and change none."""
    [row] = Rows(session.connection()).load(model, _by_key(model, key), id_)
    return row


@cache
def _by_key(model: type[Base], key: str) -> Prepared:
    return Prepared(select(*watched_columns(model)).where(table(model).c[key] == bindparam(ID)))


def _is_unasked(element: Element) -> bool:
    """Whether a case goes on without the message: it is drawn at the edge of a step, or begins an event sub-process."""
    return element.attached_to is not None or element.kind == "startEvent"


def _detail(error: Rejected) -> str:
    fields: dict[str, Any] = getattr(error, "fields", {})
    wrong = ", ".join(f"{name}: {one.code}" for name, errors in fields.items() for one in errors)
    return wrong or str(error.params or "")


_OPEN_ITEMS = Prepared(select(WorkItem.id).where(WorkItem.closed_at.is_(None), WorkItem.suspended_at.is_(None)))
_AWAITED = Prepared(select(AwaitedMessage.id).where(AwaitedMessage.closed_at.is_(None)))

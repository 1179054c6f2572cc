"""The officers of all agencies: each finds the open work of the agency and does it, mostly in time, sometimes late."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import HEAD, SPECIALIST, Actor
from engine.clock import ZONE, local_date
from engine.commands import AssignWorkItem, ClaimWorkItem, Command, CompleteWorkItem, RecordMessage, ReturnStep
from engine.commands.case_run import LAW_ON
from engine.core import Engine
from engine.errors import Rejected
from engine.forms import Form
from engine.procedures.model import Element
from engine.spiff.machine import Machine
from engine.statements import Prepared
from engine.tables import AwaitedMessage, Case, CaseState, WorkItem
from workflows.agencies.queries import actor_for_person
from workflows.agencies.tables import OfficerDuty, valid_on
from workflows.calendar.days import Calendar
from workflows.simulation.filler import fill

LATE = 0.05
"""Chance that dated work is done after its end."""
ABSENT = 0.06
"""Chance that an officer is away for a week."""
RETURNED = 0.02
"""Chance that a step is sent back to the one before it."""
UNASKED = 0.04
"""Chance that something comes which a case can do without: a withdrawal, a change, a violation."""
TRIES = 4
"""After so many refusals a piece of work counts as stuck."""
URGENT: Final = timedelta(hours=72)
"""Shorter limits are kept at night and on days off, too."""
MORNING, EVENING = time(8), time(17)
HALF_HOUR: Final = timedelta(minutes=30)

Work = WorkItem | AwaitedMessage


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
    """Who holds which duty where, as officers of one day."""

    actors: dict[tuple[str, str], list[Actor]]

    @classmethod
    def of(cls, session: Session, on: date) -> Roster:
        """All officers of that day."""
        query = select(OfficerDuty.person_id, OfficerDuty.agency_id, OfficerDuty.duty).where(valid_on(OfficerDuty, on))
        actors: dict[tuple[str, str], list[Actor]] = {}
        for person, agency, duty in session.execute(query.order_by(OfficerDuty.agency_id, OfficerDuty.person_id)):
            actor = actor_for_person(session, person, on, agency_id=agency)
            actors.setdefault((agency, duty), []).append(actor)
        return cls(actors)

    @property
    def agencies(self) -> list[str]:
        """Agencies with a specialist, in order."""
        return sorted({agency for agency, duty in self.actors if duty == SPECIALIST})

    def holding(self, agency: str, duty: str) -> list[Actor]:
        """Who does work of that duty there: a head does a specialist's too, where nobody else can."""
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
    _given_up: set[str] = field(default_factory=set)

    def next_at(self) -> datetime | None:
        """When the next work will be done."""
        return min((duty.ready_at for duty in self.open.values()), default=None)

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
        ready = sorted((duty for duty in self.open.values() if duty.ready_at <= now), key=lambda duty: duty.place)
        for duty in ready:
            self._try(duty, now)
        return len(ready)

    # Planning ---------------------------------------------------------------------------------------------------------

    def _plan(self, session: Session, id_: str, awaited: bool) -> None:
        row = _row(session, id_, awaited)
        case = session.get_one(Case, row.case_id)
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
        with self.engine.read() as session:
            row = _row(session, duty.id, duty.awaited)
            if row.closed_at is not None:
                return True
            actor = self._who(row, now)
            if actor is None:
                return False
            form, scope = self._asked(session, row)
        rng = self._rng(duty, duty.tries + 1)
        filled = fill(form, scope, agencies=self.chosen, now=now, rng=rng)
        if isinstance(row, AwaitedMessage):
            command: Command = RecordMessage(
                row.case_id, row.element_id, filled.data, filled.attachments, awaited_id=row.id
            )
        else:
            self._claim(row, actor, now)
            if not duty.tries and rng.random() < RETURNED and self._return(row, actor):
                return True
            command = CompleteWorkItem(row.id, filled.data, filled.attachments)
        self.engine.execute(command, actor=actor, key=f"simulated:{row.id}:{duty.tries}")
        return True

    def _asked(self, session: Session, row: Work) -> tuple[Form, dict[str, Any]]:
        """The form of a step by the law of its case, and what the step sees."""
        case = session.get_one(Case, row.case_id)
        version = self.engine.versions.get(session, case.version_hash)
        machine = Machine.restore(version.program, session.get_one(CaseState, case.id).state)
        law_on = date.fromisoformat(machine.memory.facts[LAW_ON])
        return version.bundle_of(row.process_id).forms[row.form].under(law_on), dict(machine.scope(row.token))

    def _who(self, row: Work, now: datetime) -> Actor | None:
        """Somebody of the agency who is there and may do it; whose work it is already, if that person is there."""
        there = [one for one in self.roster.holding(row.agency_id, row.duty) if not self._is_away(one, now)]
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

    def _return(self, item: WorkItem, actor: Actor) -> bool:
        command = ReturnStep(item.id, "Đề nghị bổ sung, làm rõ.")
        try:
            self.engine.execute(command, actor=actor, key=f"simulated:{item.id}:return")
        except Rejected:  # there is no step before it, or it was another agency's
            return False
        self.done["returned"] += 1
        return True

    def _give_up(self, duty: Duty, error: Rejected) -> None:
        del self.open[duty.id]
        self._given_up.add(duty.id)
        with self.engine.read() as session:
            row = _row(session, duty.id, duty.awaited)
            case = session.get_one(Case, row.case_id)
            told = f"{error.code} {_detail(error)}".strip()
            self.stuck.append(Stuck(case.code, case.procedure_id, row.element_id, row.agency_id, told))

    def _rng(self, duty: Duty, salt: int = 0) -> Random:
        return Random(f"{self.seed}:{duty.place}:{salt}")


def _row(session: Session, id_: str, awaited: bool) -> Work:
    return session.get_one(AwaitedMessage, id_) if awaited else session.get_one(WorkItem, id_)


def _is_unasked(element: Element) -> bool:
    """Whether a case goes on without the message: it is drawn at the edge of a step, or begins an event sub-process."""
    return element.attached_to is not None or element.kind == "startEvent"


def _detail(error: Rejected) -> str:
    fields: dict[str, Any] = getattr(error, "fields", {})
    wrong = ", ".join(f"{name}: {one.code}" for name, errors in fields.items() for one in errors)
    return wrong or str(error.params or "")


_OPEN_ITEMS = Prepared(select(WorkItem.id).where(WorkItem.closed_at.is_(None), WorkItem.suspended_at.is_(None)))
_AWAITED = Prepared(select(AwaitedMessage.id).where(AwaitedMessage.closed_at.is_(None)))

"""The days of a simulated year: what people begin, what the calendar begins, what falls due, and who works when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import SPECIALIST
from engine.clock import ZONE, ManualClock, local_date
from engine.commands import StartCase
from engine.core import Engine
from engine.tables import Case
from workflows.agencies.facts import COMMUNE
from workflows.agencies.tables import Agency
from workflows.calendar import store as calendar
from workflows.scenarios import world
from workflows.simulation.openings import openings
from workflows.simulation.staff import Roster, Staff

DAYS_IN_A_YEAR: Final = 365
ONE_DAY: Final = timedelta(days=1)
RUN_OFF: Final = timedelta(days=120)
"""So long people may still finish, once nothing new begins."""
OFFICE_HOURS: Final = (8 * 60, 16 * 60)

Progress = Callable[[date, Mapping[str, int]], None]


@dataclass(frozen=True)
class Plan:
    """What is simulated.

    Args:
        first, last: days in Vietnam on which cases begin, both included.
        scale: how many times as many cases as `data/openings.yaml` says.
        seed: of all chance.
        procedures: only these are begun, by people or by the calendar; all where empty.
    """

    first: date
    last: date
    scale: float = 1.0
    seed: int = 1
    procedures: frozenset[str] = frozenset()


@dataclass(frozen=True, order=True)
class Opening:
    """Somebody begins a case at a moment."""

    at: datetime
    procedure: str
    agency: str


@dataclass
class Year:
    """One simulated stretch of time, in the engine's store."""

    engine: Engine
    plan: Plan
    tell: Progress
    staff: Staff = field(init=False)
    clock: ManualClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = cast(ManualClock, self.engine.clock)
        with self.engine.read() as session:
            roster = Roster.of(session, self.plan.first)
            days = calendar.load(session)
            chosen = _departments(session, roster)
        self.staff = Staff(self.engine, roster, days, self.plan.seed, chosen)

    def run(self) -> Staff:
        """Let the time pass; answers with the staff, who know what they have done and what they could not do."""
        self._begun = _openings(self.plan, self._leads(), self.staff.chosen, self.staff.calendar.is_working)
        day = self.plan.first
        while day <= self.plan.last or (self._is_open() and day <= self.plan.last + RUN_OFF):
            self._day(day, opening=day <= self.plan.last)
            day += ONE_DAY
        return self.staff

    def _day(self, day: date, *, opening: bool) -> None:
        self.clock.set(_midnight(day))
        if opening:
            self.engine.start_due_cases()
        self._settle()
        until = _midnight(day + ONE_DAY)
        while (moment := self._next(until)) is not None:
            self.clock.set(moment)
            self._settle()
        if local_date(until).day == 1 or local_date(until).weekday() == 0:
            self.tell(day, self._counts())

    def _settle(self) -> None:
        """All that is due at this moment: what the program does, what people begin, and what they do."""
        while self._begun and self._begun[0].at <= self.clock.now():
            self._begin(self._begun.pop(0))
        self.engine.drain()
        self.staff.look()
        while self.staff.work():
            self.engine.drain()
            self.staff.look()

    def _next(self, until: datetime) -> datetime | None:
        now = self.clock.now()
        soon = now + timedelta(minutes=1)  # people work by the minute, the program at each moment
        with self.engine.read() as session:
            due = world.next_event_at(session, now)
        opening = self._begun[0].at if self._begun else None
        coming = [max(moment, soon) for moment in (opening, self.staff.next_at()) if moment is not None]
        found = min([*coming, *filter(None, [due])], default=until)
        return found if found < until else None

    def _begin(self, opening: Opening) -> None:
        actor = self.staff.roster.holding(opening.agency, SPECIALIST, local_date(opening.at))[0]
        key = f"simulated:{opening.at:%Y%m%d%H%M%S}:{opening.procedure}:{opening.agency}"
        self.engine.execute(StartCase(opening.procedure), actor=actor, key=key)

    def _leads(self) -> dict[str, str]:
        """The agency that leads each procedure on the first day."""
        found, now = {}, self.clock.now()
        with self.engine.read() as session:
            for procedure in openings():
                role = str(self.engine.versions.in_force(session, procedure, now).bundle.description["lead"])
                binding = self.engine.ports.directory.binding(session, role, self.plan.first)
                found[procedure] = binding.agency_id
        return found

    def _is_open(self) -> bool:
        with self.engine.read() as session:
            return session.scalar(select(Case.id).where(Case.status == "running").limit(1)) is not None

    def _counts(self) -> dict[str, int]:
        return {**self.staff.done, "open": len(self.staff.open), "stuck": len(self.staff.stuck)}


def _openings(
    plan: Plan, leads: Mapping[str, str], agencies: list[str], works: Callable[[date], bool]
) -> list[Opening]:
    """All that people will begin, spread over the working days at random, in order."""
    rng = Random(f"{plan.seed}:openings")
    span = (plan.last - plan.first).days + 1
    days = [day for day in (plan.first + timedelta(days=n) for n in range(span)) if works(day)]
    found = []
    for procedure, told in openings().items():
        wanted = told["in_a_year"] * plan.scale * span / DAYS_IN_A_YEAR
        number = int(wanted) + (rng.random() < wanted % 1)
        for _ in range(number if procedure in (plan.procedures or openings()) else 0):
            at = datetime.combine(rng.choice(days), time(), ZONE) + timedelta(minutes=rng.randrange(*OFFICE_HOURS))
            found.append(Opening(at, procedure, leads[procedure] if told["by"] == "lead" else rng.choice(agencies)))
    return sorted(found)


def _departments(session: Session, roster: Roster) -> list[str]:
    """Agencies with officers, but for the communes: among them forms choose, and from them cases come."""
    query = select(Agency.id).where(Agency.id.in_(roster.agencies), Agency.kind != COMMUNE)
    return list(session.scalars(query.order_by(Agency.id)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)

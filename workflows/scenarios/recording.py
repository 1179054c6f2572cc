"""A scenario in the making: each step is played as it is added, and what came of it becomes what it expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from engine import events
from engine.actors import Actor
from engine.clock import ZONE, local_date
from engine.services import Stream
from workflows.calendar import store as calendar
from workflows.calendar.days import add_working_days
from workflows.scenarios import world
from workflows.scenarios.format import Step, load_scenario, written_span
from workflows.scenarios.runner import Run, ScenarioEngine, shown

MINUTES: Final = "%Y-%m-%d %H:%M"
EMPTY: Final[tuple[Any, ...]] = ("", [], {}, None)
Written = Mapping[str, Any]
"""A step or a start as the scenario's file says it."""


class Recorder:
    """Plays the steps of one scenario and keeps what each brought about.

    Args:
        engine: with a `ManualClock` as its clock, on a store that nobody else uses.
        actor_of: the acting person by user name, with the duties of the day that the clock shows.
        start: when and by whom the case is opened, as the file says it.

    Raises:
        Stopped: the case cannot be opened.
        DefinitionError: the start cannot be read.
    """

    def __init__(
        self, engine: ScenarioEngine, actor_of: Callable[[str], Actor], procedure_id: str, start: Written
    ) -> None:
        self.engine, self.start = engine, start
        self.steps: list[Written] = []
        self.moments: list[datetime] = []  # what the clock showed after each step
        self._expected: list[dict[str, Any]] = []
        self._due: dict[str, Mapping[str, str]] = {}
        self.run = Run(engine, actor_of, load_scenario({"start": start, "steps": [], "expect": {}}))
        self.run.start(procedure_id)

    @property
    def case_id(self) -> str:
        """The case of the scenario."""
        assert self.run.case is not None
        return self.run.case.case_id

    def play(self, step: Written) -> None:
        """Do one step.

        Raises:
            Stopped: it was refused; what was done on the way to it may remain.
            DefinitionError: it cannot be read.
        """
        self.run.step(len(self.steps), read_step(step))
        self.steps.append(step)
        self.moments.append(self.engine.clock.now())
        self._expected.append(self._note())

    def play_new(self, step: Written) -> Written:
        """Do a step that somebody has just filled in. Returns it with its values as they were read, without empty ones.

        Raises:
            Stopped, DefinitionError: as `play`.
        """
        self.play(step)
        element = step.get("do") or step.get("record")
        if element:
            values = self._values(str(element))
            ordered = [*(name for name in step.get("data") or {} if name in values), *values]
            data = {name: values[name] for name in ordered if values[name] not in EMPTY}
            self.steps[-1] = {**step, "data": data}
        return self.steps[-1]

    def next_moment(self) -> datetime | None:
        """The next moment (UTC) at which something happens by itself or work is due; None where nothing is to come."""
        now = self.engine.clock.now()
        with self.engine.read() as session:
            due = (one.due_at for one in world.open_work(session, self.case_id) if one.due_at and one.due_at > now)
            return min(filter(None, (world.next_event_at(session, now), *due)), default=None)

    def next_working_day(self) -> datetime:
        """The same time on the next working day (UTC).

        Raises:
            YearUnknown: the calendar does not reach so far.
        """
        now = self.engine.clock.now()
        with self.engine.read() as session:
            day = add_working_days(calendar.load(session), local_date(now), 1)
        return now + (day - local_date(now))

    def opened_by(self, number: int) -> list[str]:
        """Ids of the elements at which work was open after a step, counted from 0, in the case that it was about."""
        return list(self._expected[number]["open"])

    def written(self, title: str) -> dict[str, Any]:
        """The scenario as its file says it, with what is expected after each step and at the end."""
        steps = [{**step, **_if_any(expect=found)} for step, found in zip(self.steps, self._expected, strict=True)]
        with self.engine.read() as session:
            outcome = world.outcome(session, self.case_id)
            documents = [dict(one) for one in world.issued_documents(session, self.case_id)]
            opened = _open(world.open_work(session, self.case_id))
        end = {"outcome": outcome} if outcome else {"open": opened}
        return {
            "title": {"vi": title},
            "start": dict(self.start),
            "steps": steps,
            "expect": {**end, "documents": documents},
        }

    def _note(self) -> dict[str, Any]:
        """What is open now in the case that the step was about, and the deadlines that are new."""
        case_id = self.run.case_id
        with self.engine.read() as session:
            items = world.open_work(session, case_id)
        due = _due(items)
        known, self._due[case_id] = self._due.get(case_id, {}), due
        new = {element: at for element, at in due.items() if known.get(element) != at}
        return {"open": _open(items), **_if_any(due=new)}

    def _values(self, element: str) -> Mapping[str, Any]:
        """What was read from the form that was handed in last at an element."""
        with self.engine.read() as session:
            found = _handed_in(session, self.run.case_id, element)
        return found[-1] if found else {}


def read_step(step: Written) -> Step:
    """One step, read.

    Raises:
        DefinitionError: with what is wrong.
    """
    start = {"at": "2026-01-01 08:00", "by": ""}
    return load_scenario({"start": start, "steps": [dict(step)], "expect": {}}).steps[0]


def waiting(until: datetime, now: datetime) -> Written:
    """The step in which time passes until a moment.

    Raises:
        ValueError: it lies in the past or farther away than scenarios can say.
    """
    if until <= now:
        raise ValueError(until)
    return {"wait": written_span(until - now)}


def moment_text(moment: datetime) -> str:
    """A moment as scenarios write it: in Vietnam, to the minute."""
    return moment.astimezone(ZONE).strftime(MINUTES)


def _handed_in(session: Session, case_id: str, element: str) -> list[Mapping[str, Any]]:
    return [
        event.payload["values"]
        for event in events.read(session, Stream("case", case_id))
        if event.payload and "values" in event.payload and event.envelope["origin"]["element_id"] == element
    ]


def _open(items: Sequence[world.OpenWork]) -> list[str]:
    return sorted(item.element_id for item in items)


def _due(items: Sequence[world.OpenWork]) -> dict[str, str]:
    """Until when the work at each element is due, where all of it is due at the same moment."""
    found: dict[str, set[str]] = {}
    for item in items:
        found.setdefault(item.element_id, set()).add(_due_text(item.due_at))
    return {element: at for element, moments in found.items() for at in moments if len(moments) == 1 and at}


def _due_text(moment: datetime | None) -> str:
    if moment is None:
        return ""
    whole = moment - timedelta(seconds=moment.second, microseconds=moment.microsecond)
    return shown(moment, None if whole == moment else moment_text(moment) + ":00") or ""


def _if_any(**found: Any) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value}

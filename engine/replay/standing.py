"""How a case stood at one event of its log, made again from the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import events
from engine.events.store import RecordedEvent
from engine.procedures.versions import LoadedVersion, Versions
from engine.replay import finder
from engine.replay.again import Again, follow
from engine.replay.limits import Limit, Place
from engine.replay.marks import nearest
from engine.replay.verdict import Verdict
from engine.services import Stream
from engine.tables import Case


@dataclass(frozen=True)
class OpenThen:
    """A step that was open.

    Args:
        around: the call activities it stands in, outermost first.
        agency_id: for whom it waited; empty for a timer.
        due_at: until when; None without end.
    """

    element_id: str
    occurrence: int
    around: tuple[str, ...]
    agency_id: str
    due_at: datetime | None

    @property
    def place(self) -> Place:
        """Which step it is, whenever it is due."""
        return self.element_id, self.occurrence, self.around


@dataclass(frozen=True)
class Standing:
    """The case around one event.

    Args:
        version: by which the case ran then; None where nothing could be run.
        states: "open", "overdue" or "done" by element of the case's own diagram, after the event.
        opened_before, opened: the open steps.
        before, after: the case's variables.
        facts: what the engine knows of the case after the event.
        closed: for the events that were run here, what each brought to an end.
        verdict: whether everything from `since` on agrees; where it does not, the rest stands still there.
        since: the event after which it was run now; what lies before was run when the mark there was made.
    """

    version: LoadedVersion | None
    states: Mapping[str, str]
    opened_before: tuple[OpenThen, ...]
    opened: tuple[OpenThen, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    facts: Mapping[str, Any]
    closed: Mapping[int, Limit]
    verdict: Verdict
    since: int


def standing(session: Session, versions: Versions, case: Case, seq: int, *, start: int | None = None) -> Standing:
    """Run the log again up to one event and look around.

    Args:
        seq: number of the event in the case's stream, from 1.
        start: the first event whose limit is wanted; `seq` itself where None.
    """
    again, since = nearest(session, finder(session, versions), case.id, min(start or seq, seq))
    walk = _Walk(again, seq)
    log = events.read(session, Stream("case", case.id), after=since, limit=seq - since)
    verdict = follow(again, walk.watched(log))
    walk.look_back()
    opened = _open_steps(again)
    return Standing(
        version=again.stood_by,
        states=_states(again, opened, walk.at),
        opened_before=walk.opened_before,
        opened=opened,
        before=walk.before,
        after=again.variables(),
        facts=again.facts(),
        closed=walk.closed,
        verdict=verdict,
        since=since,
    )


class _Walk:
    """Watches a re-execution on its way to one event."""

    def __init__(self, again: Again, seq: int) -> None:
        self._again, self._seq = again, seq
        self._last: int | None = None
        self.before: Mapping[str, Any] = {}
        self.opened_before: tuple[OpenThen, ...] = ()
        self.closed: dict[int, Limit] = {}
        self.at: datetime | None = None

    def watched(self, log: Iterator[RecordedEvent]) -> Iterator[RecordedEvent]:
        """The same events; between two of them what the one before has closed is noted."""
        for event in log:
            self.look_back()
            if event.seq == self._seq:
                self.before, self.opened_before = self._again.variables(), _open_steps(self._again)
            self._last, self.at = event.seq, event.envelope["recorded_at"]
            yield event

    def look_back(self) -> None:
        """Note what the last event closed."""
        if self._last is not None and self._again.closed is not None:
            self.closed[self._last] = self._again.closed


def _open_steps(again: Again) -> tuple[OpenThen, ...]:
    waiting = (again.limits.at(place) for place in again.standing_on())
    return tuple(OpenThen(*one.place, one.agency_id, one.due_at) for one in waiting)


def _states(again: Again, opened: tuple[OpenThen, ...], at: datetime | None) -> dict[str, str]:
    """Nested steps stand for the call activity around them."""
    own = again.stood_by.bundle.process.elements if again.stood_by else {}
    states = {id_: "done" for id_ in again.passed if id_ in own}
    for step in opened:
        element = step.around[0] if step.around else step.element_id
        late = at is not None and step.due_at is not None and step.due_at < at
        if element in own and states.get(element) != "overdue":
            states[element] = "overdue" if late else "open"
    return states

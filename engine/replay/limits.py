"""What waits at each event of a case: for which agency, until when; followed from event to event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.clock import from_text, to_text
from engine.events.store import RecordedEvent

OPENS = {"WorkItemCreated": "work_item_id", "TimerScheduled": "timer_id", "MessageAwaited": "awaited_id"}
SETS = {**OPENS, "DeadlineSet": "work_item_id"}
CHANGES = frozenset({"DeadlineRecomputed", "DeadlineExtended"})
CLOSES = {
    "WorkItemCompleted": "work_item_id",
    "AnswerRecorded": "work_item_id",
    "WorkItemCancelled": "work_item_id",
    "StepReturned": "work_item_id",
    "TimerFired": "timer_id",
    "TimerCancelled": "timer_id",
    "MessageRecorded": "awaited_id",
    "AwaitedMessageCancelled": "awaited_id",
}
Place = tuple[str, int, tuple[str, ...]]
"""A step: its element, how often that was entered, and the call activities around it."""


@dataclass(frozen=True)
class Limit:
    """A step that waits: for which agency (empty: for none), until when (None: without end)."""

    place: Place
    agency_id: str
    due_at: datetime | None


@dataclass
class Limits:
    """What waits, by the id of the work item, timer or awaited message."""

    open: dict[str, Limit] = field(default_factory=dict)

    def follow(self, event: RecordedEvent) -> Limit | None:
        """Take in what an event says; returns what it closed."""
        told = event.payload or {}
        if event.type in OPENS:
            self.open[str(told.get(OPENS[event.type]))] = _limit(event, told)
        elif event.type == "DeadlineSet":
            self._move(str(told.get("work_item_id")), (told.get("deadline") or {}).get("due_at"))
        elif event.type in CHANGES:
            self._move(str(told.get("target_id")), told.get("after"))
        elif event.type in CLOSES:
            return self.open.pop(str(told.get(CLOSES[event.type])), None)
        return None

    def rename(self, mapping: Mapping[str, str]) -> None:
        """The case goes on by another version: new id by old one."""
        for id_, one in self.open.items():
            element, occurrence, around = one.place
            named = mapping.get(element, element), occurrence, tuple(mapping.get(outer, outer) for outer in around)
            self.open[id_] = replace(one, place=named)

    def due(self, id_: str) -> datetime | None:
        """When that is due."""
        return self.open[id_].due_at if id_ in self.open else None

    def at(self, place: Place) -> Limit:
        """What waits at that step."""
        return next((one for one in self.open.values() if one.place == place), Limit(place, "", None))

    def as_data(self) -> dict[str, Any]:
        """All of them as JSON."""
        return {id_: [*one.place, one.agency_id, one.due_at and to_text(one.due_at)] for id_, one in self.open.items()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Limits:
        """What `as_data` wrote."""
        found = {}
        for id_, (element, occurrence, around, agency_id, due_at) in data.items():
            place = (element, occurrence, tuple(around))
            found[id_] = Limit(place, agency_id, from_text(due_at) if due_at else None)
        return cls(found)

    def _move(self, id_: str, due_at: str | None) -> None:
        if id_ in self.open:
            self.open[id_] = replace(self.open[id_], due_at=from_text(due_at) if due_at else None)


def _limit(event: RecordedEvent, told: Mapping[str, Any]) -> Limit:
    origin, due_at = event.envelope["origin"], told.get("due_at") or (told.get("deadline") or {}).get("due_at")
    place = (origin["element_id"], origin["occurrence"], tuple(told.get("around") or ()))
    return Limit(place, str(told.get("agency_id") or ""), from_text(due_at) if due_at else None)

"""What happened in a case, as its events tell it: read as far as somebody asks, since a long case has thousands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import events
from engine.actors import SYSTEM
from engine.commands.migrating import MIGRATED
from engine.events.store import RecordedEvent
from engine.procedures.versions import LoadedVersion, Versions
from engine.replay import finder
from engine.replay.marks import nearest
from engine.services import Stream
from engine.tables import Case, EventStream

GONE = "PayloadGone"
"""Instead of the type of an event whose payload was lawfully deleted: what it said cannot be told any more."""


@dataclass(frozen=True)
class HistoryRow:
    """One event of the case. `erased`: what it said was lawfully deleted; `envelope`: all that was hashed."""

    seq: int
    type: str
    at: datetime
    actor_name: str
    actor_agency: str
    element_id: str
    element_name: str
    occurrence: int
    payload: Mapping[str, Any]
    version_hash: str = ""
    erased: bool = False
    hash: str = ""
    envelope: Mapping[str, Any] = field(default_factory=dict)

    @property
    def by_program(self) -> bool:
        """Whether no person did it; a case that the program opens for an agency bears that agency's name."""
        return self.actor_name == SYSTEM.name or self.actor_agency in ("", SYSTEM.agency_name)


@dataclass(frozen=True)
class History:
    """The events of one case, which whoever asks reads in a session of their own."""

    versions: Versions
    case: Case

    def length(self, session: Session) -> int:
        """How many there are."""
        return session.get_one(EventStream, {"kind": "case", "id": self.case.id}).length

    def all(self, session: Session) -> list[HistoryRow]:
        """All of them."""
        return events_of(session, self.versions, self.case)

    def stretch(self, session: Session, first: int, last: int) -> list[HistoryRow]:
        """From number `first`, counted from 1, to number `last`, both included."""
        return events_of(session, self.versions, self.case, after=first - 1, limit=last - first + 1)

    def of(self, session: Session, *types: str) -> list[HistoryRow]:
        """Those of some types, in order."""
        return events_of(session, self.versions, self.case, types=types)

    def passed(self, session: Session) -> set[str]:
        """Ids of the elements behind the case: those that its last mark remembers, and those passed since."""
        last = self.length(session)
        again, since = nearest(session, finder(session, self.versions), self.case.id, last + 1)
        passed = again.passed
        for row in self.stretch(session, since + 1, last):
            renamed = row.payload.get("mapping", {}) if row.type == MIGRATED else {}
            passed = {renamed.get(element, element) for element in passed}
            passed |= {element for element, _ in row.payload.get("path", [])}
        return passed


def events_of(
    session: Session,
    versions: Versions,
    case: Case,
    *,
    after: int = 0,
    limit: int | None = None,
    types: Collection[str] = (),
) -> list[HistoryRow]:
    """The case's events in order, from `after` (exclusive), their elements named by the version of their day.

    Args:
        types: only events of these; of all where none is named.
    """

    def named(event: RecordedEvent) -> str:
        """What tells nothing of the state names no version."""
        origin = event.envelope["origin"]
        version = versions.get(session, origin["version_hash"] or case.version_hash)
        return element_name(version, origin["element_id"])

    return [
        HistoryRow(
            seq=event.seq,
            type=event.type if event.payload is not None else GONE,
            at=event.envelope["recorded_at"],
            actor_name=event.envelope["actor"]["name"],
            actor_agency=event.envelope["actor"]["agency_name"],
            element_id=event.envelope["origin"]["element_id"],
            element_name=named(event),
            occurrence=event.envelope["origin"]["occurrence"],
            payload=event.payload or {},
            version_hash=event.envelope["origin"]["version_hash"],
            erased=event.payload is None,
            hash=event.hash,
            envelope=event.envelope,
        )
        for event in events.read(session, Stream("case", case.id), after=after, limit=limit, types=types)
    ]


def element_name(version: LoadedVersion, element_id: str) -> str:
    """The element's name as drawn, wherever in the version it stands."""
    for bundle in version.parts.values():
        if element_id in bundle.process.elements:
            return bundle.process.elements[element_id].name
    return element_id

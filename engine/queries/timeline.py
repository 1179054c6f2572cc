"""A case as its timeline shows it: any stretch of its events, without reading the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.procedures.versions import LoadedVersion, Versions
from engine.queries.cases import CaseRow, case_row, visible
from engine.queries.history import HistoryRow, events_of
from engine.replay.standing import Standing, standing
from engine.tables import Case, EventStream


@dataclass(frozen=True)
class Timeline:
    """A case and how long its log is; the events are read piece by piece."""

    row: Case
    case: CaseRow
    version: LoadedVersion
    length: int


def timeline(session: Session, actor: Actor, versions: Versions, code: str) -> Timeline:
    """The timeline of the case with that code.

    Raises:
        CaseNotFound: none, or not this person's to see.
    """
    row = visible(session, actor, code)
    length = session.get_one(EventStream, {"kind": "case", "id": row.id}).length
    return Timeline(row, case_row(session, versions, row), versions.get(session, row.version_hash), length)


def stretch(session: Session, versions: Versions, whole: Timeline, first: int, last: int) -> Sequence[HistoryRow]:
    """The events from number `first` to number `last`, both included."""
    return events_of(session, versions, whole.row, after=first - 1, limit=last - first + 1)


def standing_at(
    session: Session, versions: Versions, whole: Timeline, seq: int, *, start: int | None = None
) -> Standing:
    """How the case stood at that event (see `engine.replay.standing`)."""
    return standing(session, versions, whole.row, seq, start=start)

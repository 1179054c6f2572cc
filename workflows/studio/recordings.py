"""Scenarios that process owners are recording: one for each person and draft, begun, gone on with, stepped back, saved.

Only what was done is kept, as the scenario's file will say it. Each change names how many steps its author saw, so that
two windows never record into one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from engine.actors import Actor
from workflows.studio import drafts, paths, yaml_text
from workflows.studio.errors import NameTaken, NothingRecorded, RecordedMeanwhile, TooLong
from workflows.studio.tables import LIVING, Draft, DraftRecording

MOST_STEPS: Final = 300


def begin(session: Session, actor: Actor, draft_id: str, start: Mapping[str, Any], now: datetime) -> None:
    """Begin a recording, in place of the one that the person had on this draft.

    Args:
        start: as the scenario's file will say it.

    Raises:
        UnknownDraft, Closed: as `drafts.save`.
    """
    draft = drafts.locked(session, actor, draft_id)
    drafts.require_living(draft)
    content = {"start": dict(start), "steps": []}
    session.merge(DraftRecording(draft_id=draft.id, person_id=actor.person_id, content=content, changed_at=now))


def find(session: Session, actor: Actor, draft: Draft) -> DraftRecording | None:
    """What the person is recording on a draft that can still be changed."""
    row = session.get(DraftRecording, (draft.id, actor.person_id))
    return row if row is not None and draft.status in LIVING else None


def steps_of(recording: DraftRecording) -> list[Mapping[str, Any]]:
    """The steps recorded so far."""
    return list(recording.content["steps"])


def append(session: Session, actor: Actor, draft_id: str, step: Mapping[str, Any], *, seen: int, now: datetime) -> None:
    """Add a step.

    Args:
        seen: how many steps there were when the person did it.

    Raises:
        UnknownDraft, Closed: as `drafts.save`.
        NothingRecorded, RecordedMeanwhile, TooLong: see there.
    """
    row = _locked(session, actor, draft_id, seen)
    if seen >= MOST_STEPS:
        raise TooLong(most=MOST_STEPS)
    _set(row, [*steps_of(row), dict(step)], now)


def cut(session: Session, actor: Actor, draft_id: str, to: int, *, seen: int, now: datetime) -> None:
    """Take back all steps but the first `to`. Raises as `append`."""
    row = _locked(session, actor, draft_id, seen)
    _set(row, steps_of(row)[: max(0, to)], now)


def give_up(session: Session, actor: Actor, draft_id: str) -> None:
    """Throw the recording away; where there is none, nothing happens. Raises `UnknownDraft`."""
    draft = drafts.locked(session, actor, draft_id)
    row = session.get(DraftRecording, (draft.id, actor.person_id))
    if row is not None:
        session.delete(row)


def save(
    session: Session,
    actor: Actor,
    draft_id: str,
    name: str,
    scenario: Mapping[str, Any],
    *,
    seen: int,
    note: str,
    now: datetime,
) -> None:
    """Make the recording a scenario of the draft; the recording is over.

    Args:
        name: of the file, without folder and ending.
        scenario: what the file says.
        note: comment at the beginning of the file, one line.

    Raises:
        UnknownDraft, Closed, BadPath, TooLarge, DefinitionError: as `drafts.save`.
        NothingRecorded, RecordedMeanwhile, NameTaken: see there.
    """
    row = _locked(session, actor, draft_id, seen)
    path = paths.check_path(f"{paths.SCENARIOS}{name}.yaml")
    draft = drafts.read(session, actor, draft_id)
    if path in drafts.files(session, draft):
        raise NameTaken(name=name)
    content = yaml_text.dump(scenario, f"# {note}\n".encode())
    drafts.save(session, actor, draft_id, {path: content}, seen=draft.revision, now=now)
    session.delete(row)


def _locked(session: Session, actor: Actor, draft_id: str, seen: int) -> DraftRecording:
    """The recording, with its draft locked for this transaction."""
    draft = drafts.locked(session, actor, draft_id)
    drafts.require_living(draft)
    row = session.get(DraftRecording, (draft.id, actor.person_id), populate_existing=True)
    if row is None:
        raise NothingRecorded()
    if len(row.content["steps"]) != seen:
        raise RecordedMeanwhile()
    return row


def _set(row: DraftRecording, steps: Sequence[Mapping[str, Any]], now: datetime) -> None:
    row.content, row.changed_at = {**row.content, "steps": list(steps)}, now

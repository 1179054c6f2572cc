"""What the pages of a recording share: draft and recording, one step done and kept, what went wrong in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.actors import Actor
from engine.clock import local_date
from engine.procedures.bundle import Bundle
from web.current import actor, current_container, now, reading, writing
from web.formatting import nfc
from web.studio.recording.dry_runs import DryRun, Recorded
from web.wiring import Container
from workflows.studio import drafts, findings, paths, recordings, trials
from workflows.studio.errors import NothingRecorded, NotRunnable, RecordedMeanwhile
from workflows.studio.tables import Draft
from workflows.studio.trials import Piece


@dataclass(frozen=True)
class Opened:
    """A draft with what its reader records on it; `recorded` is None where that is nothing."""

    draft: Draft
    bundle: Bundle
    recorded: Recorded | None


def opened_at(draft_id: str) -> Opened:
    """The draft and what the person records on it. Raises `UnknownDraft`."""
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        bundle = Bundle(paths.of_version(drafts.files(session, draft)))
        row = recordings.find(session, actor(), draft)
        recorded = recorded_by(draft, row.content["start"], recordings.steps_of(row)) if row else None
    return Opened(draft, bundle, recorded)


def required(draft_id: str) -> tuple[Opened, Recorded]:
    """The same where something is recorded. Raises `UnknownDraft`, `NothingRecorded`."""
    opened = opened_at(draft_id)
    if opened.recorded is None:
        raise NothingRecorded()
    return opened, opened.recorded


def recorded_by(draft: Draft, start: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> Recorded:
    """What dry runs need to know of a recording of this person on a draft."""
    state = (draft.revision, sorted(draft.pins.items()), dict(start))
    content = partial(_content, current_container(), draft.id, actor())
    return Recorded(f"{draft.id}:{actor().person_id}", state, start, steps, content)


def _content(container: Container, draft_id: str, owner: Actor) -> list[Piece]:
    """What is played: only what could be published. Raises `NotRunnable`."""
    with container.read() as session:
        draft = drafts.read(session, owner, draft_id)
        pieces = trials.of_draft(session, draft)
        on = local_date(container.engine.clock.now())
        found = findings.examine(session, paths.of_version(pieces[-1].files), draft.pins, container.checks, on)
    if found.faults:
        raise NotRunnable(count=len(found.faults))
    return pieces


def check_seen(recorded: Recorded) -> None:
    """Refuse what was filled in before somebody went on elsewhere. Raises `RecordedMeanwhile`."""
    if seen_steps() != len(recorded.steps):
        raise RecordedMeanwhile()


def seen_steps() -> int:
    """How many steps there were when the page was drawn."""
    return request.form.get("_seen", -1, type=int)


def typed_text(name: str) -> str:
    """What stands in a box of the sent form."""
    return nfc(request.form.get(name, "")).strip()


def keep(draft_id: str, run: DryRun, step: Mapping[str, Any]) -> None:
    """Do a step and record it.

    Raises:
        Stopped: it is refused; the store is then of no more use.
        Broken: what was recorded before can no longer be done.
        Rejected: see `recordings.append`.
    """
    seen = len(run.recorder.steps)
    run.require_whole()
    try:
        done = run.recorder.play_new(step)
        with writing() as session:
            recordings.append(session, actor(), draft_id, done, seen=seen, now=now())
    except BaseException:
        run.spoiled = True
        raise


def back(draft_id: str) -> ResponseReturnValue:
    """To the page of the dry run, as it is now."""
    return redirect(url_for("studio_recording.show", draft_id=draft_id), 303)

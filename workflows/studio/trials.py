"""Runs of a draft's scenarios: what is asked of the process that runs them, how far it is, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.procedures.versions import manifest_of, stored_bundle
from workflows.studio import drafts
from workflows.studio.errors import Running
from workflows.studio.tables import Draft, DraftTrial

RUNNING, DONE, FAILED = "running", "done", "failed"
SILENCE: Final = timedelta(minutes=3)
"""After so long without a word a run is taken to be lost, with the process that ran it."""
Files = Mapping[str, bytes]


def begin(session: Session, actor: Actor, draft_id: str, now: datetime) -> DraftTrial:
    """Write down that the scenarios of a draft are run.

    Raises:
        UnknownDraft: as `drafts.read`.
        Closed: the draft was published or discarded.
        Running: they are being run.
    """
    draft = drafts.locked(session, actor, draft_id)
    drafts.require_living(draft)
    last = latest(session, draft)
    if last is not None and is_running(last, now):
        raise Running()
    trial = DraftTrial(
        id=str(uuid4()), draft_id=draft.id, revision=draft.revision, status=RUNNING, done=0, total=0, results={},
        started_by=actor.person_id, started_at=now, heard_at=now,
    )  # fmt: skip
    session.add(trial)
    session.flush()
    return trial


def hear(session: Session, trial_id: str, said: Mapping[str, Any], now: datetime) -> None:
    """Keep what the running process says."""
    trial = session.get_one(DraftTrial, trial_id, with_for_update=True)
    trial.heard_at = now
    if "results" in said:
        trial.status, trial.results = DONE, dict(said)
    else:
        trial.done, trial.total = int(said["done"]), int(said["total"])


def fail(session: Session, trial_id: str, now: datetime) -> None:
    """Keep that the process ended without a result; one that is done stays so."""
    trial = session.get_one(DraftTrial, trial_id, with_for_update=True)
    if trial.status == RUNNING:
        trial.status, trial.heard_at = FAILED, now


def latest(session: Session, draft: Draft) -> DraftTrial | None:
    """The last run of a draft's scenarios."""
    of_draft = select(DraftTrial).where(DraftTrial.draft_id == draft.id)
    return session.scalars(of_draft.order_by(DraftTrial.started_at.desc(), DraftTrial.id).limit(1)).first()


def is_running(trial: DraftTrial, now: datetime) -> bool:
    """Whether somebody can still wait for it."""
    return trial.status == RUNNING and now - trial.heard_at < SILENCE


def sides(session: Session, draft: Draft) -> tuple[list[Files], list[Files]]:
    """What to run: the shared parts that are called, callees first, and the procedure; for base and draft."""
    before = []
    if draft.base_hash is not None:
        before = [
            *_parts(session, manifest_of(session, draft.base_hash).shared),
            drafts.whole(session, draft.base_hash),
        ]
    return before, [*_parts(session, draft.pins), drafts.files(session, draft)]


def _parts(session: Session, pins: Mapping[str, str]) -> list[Files]:
    """The pinned parts and those that they call, each once, callees before their callers."""
    found: dict[str, Files] = {}

    def visit(hash_: str) -> None:
        if hash_ not in found:
            for called in manifest_of(session, hash_).shared.values():
                visit(called)
            found[hash_] = stored_bundle(session, hash_).files

    for hash_ in pins.values():
        visit(hash_)
    return list(found.values())

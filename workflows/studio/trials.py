"""Runs of a draft's scenarios: what is asked of the process that runs them, how far it is, what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.errors import DefinitionError
from engine.procedures.bundle import PROCEDURE, SHARED, Bundle
from engine.procedures.versions import manifest_of, newest, stored_bundle
from engine.tables import ProcedureVersion, VersionEffect
from workflows.studio import drafts, paths, scenarios
from workflows.studio.errors import Running
from workflows.studio.tables import Draft, DraftTrial

RUNNING, DONE, FAILED = "running", "done", "failed"
SILENCE: Final = timedelta(minutes=3)
"""After so long without a word a run is taken to be lost, with the process that ran it."""
Files = Mapping[str, bytes]
DRAFT: Final = "draft"
"""Address of the draft itself; versions are found under their hash."""


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


@dataclass(frozen=True)
class Piece:
    """The files of a procedure or shared part, and the addresses of the parts that it calls, by id."""

    address: str
    files: Files
    calls: Mapping[str, str]


@dataclass(frozen=True)
class Subject:
    """A procedure whose scenarios are run: the parts that it calls, callees first, and itself; before and after."""

    procedure_id: str
    title: Mapping[str, str]
    before: list[Piece]
    after: list[Piece]


def subjects(session: Session, draft: Draft) -> list[Subject]:
    """Whose scenarios try a draft: its own; those of every procedure that calls it, where it is a shared part.

    A caller is taken as it is in force last; after the change it calls the draft, as it would once it chooses it.
    """
    after = of_draft(session, draft)
    said = _description(after[-1].files)
    if said.get("kind") == SHARED:
        return [_caller(session, version, draft, after) for version in callers(session, draft.procedure_id)]
    before = list(_Collector(session).version(draft.base_hash)) if draft.base_hash else []
    return [Subject(draft.procedure_id, said.get("title") or {"vi": draft.procedure_id}, before, after)]


def of_draft(session: Session, draft: Draft) -> list[Piece]:
    """The parts that a draft calls, callees first, and the draft itself."""
    collector = _Collector(session)
    calls = {id_: collector.visit(hash_) for id_, hash_ in draft.pins.items()}
    return [*collector.pieces.values(), Piece(DRAFT, drafts.files(session, draft), calls)]


def callers(session: Session, part_id: str) -> list[ProcedureVersion]:
    """The procedures, as put in force last, that call a shared part, themselves or through another part."""
    ids = session.scalars(select(VersionEffect.procedure_id).distinct())
    latest_ones = [session.get_one(ProcedureVersion, newest(session, id_)) for id_ in sorted(ids)]
    return [one for one in latest_ones if one.kind == PROCEDURE and part_id in _called(session, one.hash)]


def _called(session: Session, hash_: str) -> set[str]:
    shared = manifest_of(session, hash_).shared
    return set(shared).union(*(_called(session, part) for part in shared.values()))


def _caller(session: Session, version: ProcedureVersion, draft: Draft, changed: list[Piece]) -> Subject:
    before = _Collector(session).version(version.hash)
    after = _Collector(session, draft.procedure_id, changed).version(version.hash)
    return Subject(version.procedure_id, version.title, before, after)


def _description(files: Files) -> Mapping[str, Any]:
    """What a procedure says of itself; nothing where that cannot be read."""
    try:
        return Bundle(paths.of_version(files)).description
    except DefinitionError:
        return {}


class _Collector:
    """Gathers a version and all that it calls, callees first; a part may be replaced by a draft of it.

    Args:
        replaced: id of that part.
        by: the draft, after the parts that it calls.
    """

    def __init__(self, session: Session, replaced: str = "", by: Sequence[Piece] = ()) -> None:
        self.session, self.replaced = session, replaced
        self.pieces: dict[str, Piece] = {piece.address: piece for piece in by}

    def version(self, hash_: str) -> list[Piece]:
        """The version's pieces, itself last and with its scenarios."""
        address = self.visit(hash_)
        piece = self.pieces.pop(address)
        beside = scenarios.of_version(self.session, hash_)
        return [*self.pieces.values(), Piece(address, {**piece.files, **beside}, piece.calls)]

    def visit(self, hash_: str) -> str:
        """Gather a version. Returns the address under which it is found."""
        if hash_ in self.pieces:
            return hash_
        pinned = manifest_of(self.session, hash_).shared
        calls = {id_: DRAFT if id_ == self.replaced else self.visit(called) for id_, called in pinned.items()}
        address = hash_ if calls == pinned else f"{hash_}-{DRAFT}"
        if address not in self.pieces:
            self.pieces[address] = Piece(address, stored_bundle(self.session, hash_).files, calls)
        return address

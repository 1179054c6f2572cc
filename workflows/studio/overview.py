"""The state of each procedure at a glance: what is in force, what is to come, who works on what, who waits for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import events
from engine.commands.case_run import RUNNING
from engine.errors import DefinitionError
from engine.events.store import RecordedEvent
from engine.procedures.bundle import DESCRIPTION, Bundle
from engine.procedures.versions import effect_at, manifest_of, newest
from engine.services import Stream
from engine.tables import Case, ProcedureVersion, VersionEffect
from workflows.studio import drafts
from workflows.studio.batch_tables import UNSETTLED, MigrationBatch
from workflows.studio.errors import UnknownFile
from workflows.studio.tables import LIVING, Draft


@dataclass(frozen=True)
class Standing:
    """A version and from when it is in force."""

    hash: str
    number: int
    effective_from: datetime


@dataclass(frozen=True)
class State:
    """One procedure; `current` is None for one that only drafts speak of.

    `outdated` are the shared parts of which something newer was published than the newest version calls. `running`
    counts the running cases by the number of their version; `batches` are the migrations that have not come to an end.
    """

    id: str
    kind: str
    title: Mapping[str, str]
    current: Standing | None
    coming: tuple[Standing, ...]
    drafts: tuple[Draft, ...]
    outdated: tuple[str, ...]
    running: Mapping[int, int]
    batches: tuple[MigrationBatch, ...]


def states(session: Session, now: datetime) -> list[State]:
    """Every procedure that was published or is being drafted; those with drafts first, then by id."""
    living = session.scalars(select(Draft).where(Draft.status.in_(LIVING)).order_by(Draft.changed_at.desc())).all()
    published = session.scalars(select(VersionEffect.procedure_id).distinct()).all()
    ids = sorted({*published, *(draft.procedure_id for draft in living)})
    running, begun = running_cases(session), _batches(session)
    found = [
        _state(session, id_, tuple(d for d in living if d.procedure_id == id_), running[id_], begun[id_], now)
        for id_ in ids
    ]
    return sorted(found, key=lambda state: (not state.drafts, state.kind == "shared", state.id))


def outdated_parts(session: Session, version_hash: str) -> tuple[str, ...]:
    """The shared parts that a version calls in a state that is no longer the newest."""
    shared = manifest_of(session, version_hash).shared
    return tuple(id_ for id_, hash_ in shared.items() if newest(session, id_) not in (hash_, None))


def effects(session: Session, procedure_id: str) -> list[tuple[VersionEffect, ProcedureVersion]]:
    """Which version was decided to be in force from when, the latest decision first."""
    decided = (
        select(VersionEffect, ProcedureVersion)
        .join(ProcedureVersion, ProcedureVersion.hash == VersionEffect.version_hash)
        .where(VersionEffect.procedure_id == procedure_id)
        .order_by(VersionEffect.id.desc())
    )
    return [(effect, version) for effect, version in session.execute(decided)]


def log(session: Session, procedure_id: str) -> list[RecordedEvent]:
    """Who did what with a procedure, the latest first."""
    return list(events.read(session, Stream("procedure", procedure_id)))[::-1]


def running_cases(session: Session) -> Mapping[str, Mapping[int, int]]:
    """How many cases run, by procedure and number of their version, the lowest first."""
    by = (Case.procedure_id, ProcedureVersion.number)
    running = select(*by, func.count()).join(ProcedureVersion, ProcedureVersion.hash == Case.version_hash)
    query = running.where(Case.status == RUNNING).group_by(*by).order_by(ProcedureVersion.number)
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for id_, number, count in session.execute(query):
        found[id_][number] = count
    return found


def _batches(session: Session) -> Mapping[str, tuple[MigrationBatch, ...]]:
    query = select(MigrationBatch).where(MigrationBatch.status.in_(UNSETTLED)).order_by(MigrationBatch.created_at)
    found: dict[str, tuple[MigrationBatch, ...]] = defaultdict(tuple)
    for batch in session.scalars(query):
        found[batch.procedure_id] += (batch,)
    return found


def _state(
    session: Session,
    id_: str,
    of_it: tuple[Draft, ...],
    running: Mapping[int, int],
    begun: tuple[MigrationBatch, ...],
    now: datetime,
) -> State:
    decided = effects(session, id_)
    effect = effect_at(session, id_, now)
    current = next((_standing(e, v) for e, v in decided if effect is not None and e.id == effect.id), None)
    version = decided[0][1] if decided else None
    kind, title = (version.kind, version.title) if version else _drafted(session, of_it[0])
    return State(
        id=id_,
        kind=kind,
        title=title,
        current=current,
        coming=_coming(decided, now),
        drafts=of_it,
        outdated=outdated_parts(session, version.hash) if version else (),
        running=running,
        batches=begun,
    )


def _drafted(session: Session, draft: Draft) -> tuple[str, Mapping[str, str]]:
    """Kind and title of a procedure that nobody has published, as far as its draft can be read."""
    try:
        bundle = Bundle({DESCRIPTION: drafts.file(session, draft, DESCRIPTION)})
        return bundle.kind, bundle.title
    except (DefinitionError, UnknownFile, KeyError, TypeError, ValueError):
        return "", {"vi": draft.name or draft.procedure_id}


def _coming(decided: list[tuple[VersionEffect, ProcedureVersion]], now: datetime) -> tuple[Standing, ...]:
    """What is in force later, in the order of the days; of several with the same moment the one decided last."""
    found: dict[datetime, Standing] = {}
    for effect, version in decided:
        if effect.effective_from > now:
            found.setdefault(effect.effective_from, _standing(effect, version))
    return tuple(found[moment] for moment in sorted(found))


def _standing(effect: VersionEffect, version: ProcedureVersion) -> Standing:
    return Standing(version.hash, version.number, effect.effective_from)

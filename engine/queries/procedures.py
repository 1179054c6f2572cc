"""Procedures as people see them: which ones they may start, and which version is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.commands.lifecycle import may_start
from engine.procedures.bundle import PROCEDURE
from engine.procedures.versions import LoadedVersion, UnknownProcedure, Versions, effect_at
from engine.tables import ProcedureVersion, VersionEffect


@dataclass(frozen=True)
class ProcedureRow:
    """A procedure in a list, by its version in force.

    `lead` is the role of the agency that leads its cases; `recurs` whether the calendar begins cases of it.
    """

    id: str
    kind: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    version_hash: str
    number: int
    effective_from: datetime
    may_start: bool
    lead: str
    recurs: bool


def in_force(session: Session, actor: Actor, versions: Versions, now: datetime) -> list[ProcedureRow]:
    """Every procedure by the version in force now, shared parts included."""
    ids = session.scalars(select(VersionEffect.procedure_id).where(VersionEffect.effective_from <= now).distinct())
    effects = [effect_at(session, id_, now) for id_ in sorted(ids)]
    return [_row(session, actor, versions, effect) for effect in effects if effect is not None]


def startable(session: Session, actor: Actor, versions: Versions, now: datetime) -> list[ProcedureRow]:
    """The procedures that the person may start."""
    return [row for row in in_force(session, actor, versions, now) if row.may_start]


def current(session: Session, versions: Versions, procedure_id: str, now: datetime) -> LoadedVersion:
    """The version in force.

    Raises:
        UnknownProcedure: there is none.
    """
    return versions.in_force(session, procedure_id, now)


def _row(session: Session, actor: Actor, versions: Versions, effect: VersionEffect) -> ProcedureRow:
    version = versions.get(session, effect.version_hash)
    stored = session.get(ProcedureVersion, version.hash)
    if stored is None:
        raise UnknownProcedure(procedure=version.bundle.id)
    return ProcedureRow(
        id=version.bundle.id,
        kind=version.bundle.kind,
        title=version.bundle.title,
        summary=version.bundle.description.get("summary") or {},
        version_hash=version.hash,
        number=stored.number,
        effective_from=effect.effective_from,
        may_start=version.bundle.kind == PROCEDURE and may_start(version, actor),
        lead=str(version.bundle.description.get("lead") or ""),
        recurs=bool((version.bundle.description.get("start") or {}).get("timer")),
    )

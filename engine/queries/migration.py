"""What would become of running cases on another version: read, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import SYSTEM
from engine.commands.case_run import RUNNING
from engine.commands.migrating import assess, foresee
from engine.procedures.renaming import GONE, Obstacle
from engine.procedures.versions import LoadedVersion, Versions
from engine.rows import Rows
from engine.spiff.codec import State, unpack
from engine.spiff.transfer import standing
from engine.tables import Case, CaseState
from engine.unit_of_work import Ports, UnitOfWork

SAFE, NEEDS_MAPPING, STAYS = "safe", "mapping", "stays"
SUSPENDED = Obstacle("migration.suspended")


@dataclass(frozen=True)
class Assessed:
    """One running case held against another version.

    Args:
        version_hash: by which it runs.
        standing: (process, element id, name) of what waits for somebody, in order.
        obstacles: what is in the way; none where it is safe.
    """

    case_id: str
    code: str
    title: str
    lead_agency: str
    version_hash: str
    standing: tuple[tuple[str, str, str], ...]
    obstacles: tuple[Obstacle, ...]

    @property
    def verdict(self) -> str:
        """`SAFE`, `NEEDS_MAPPING` where a mapping alone is missing, else `STAYS`."""
        if not self.obstacles:
            return SAFE
        return NEEDS_MAPPING if all(one.code == GONE for one in self.obstacles) else STAYS


def assessed(
    session: Session, versions: Versions, procedure_id: str, to: LoadedVersion, mapping: Mapping[str, str]
) -> Iterator[Assessed]:
    """Every running case of a procedure that runs by another version than `to`, oldest first."""
    running = (Case.procedure_id == procedure_id, Case.status == RUNNING, Case.version_hash != to.hash)
    query = select(Case, CaseState.state).join(CaseState, CaseState.case_id == Case.id).where(*running)
    for case, stored in session.execute(query.order_by(Case.started_at, Case.id)):
        old, state = versions.get(session, case.version_hash), unpack(stored)
        obstacles = list(assess(old, to, state, mapping).obstacles)
        if case.suspended_at:
            obstacles.append(SUSPENDED)
        places = waiting_at(old, state)
        about = (case.id, case.code, case.title, case.lead_agency, case.version_hash)
        yield Assessed(*about, places, tuple(obstacles))


def foreseen(
    session: Session, versions: Versions, ports: Ports, case_id: str, to: LoadedVersion, now: datetime
) -> dict[str, Any]:
    """What would be different in the open work of a running case: `changed`, `added`, `removed` as in `CaseMigrated`.

    Raises:
        Blocked: it could not go on by `to`.
    """
    uow = UnitOfWork(session, now, SYSTEM, "", ports, Rows(session.connection()))
    return foresee(uow, versions, session.get_one(Case, case_id), session.get_one(CaseState, case_id), to, {})


def waiting_at(version: LoadedVersion, state: State) -> tuple[tuple[str, str, str], ...]:
    """(process, element id, name) of what waits for a person, a moment or a message, each once.

    Events at a border are left out: they only stand beside it.
    """
    return tuple(dict.fromkeys(_waiting(version, state)))


def _waiting(version: LoadedVersion, state: State) -> Iterator[tuple[str, str, str]]:
    for process_id, element_id in standing(version.program, state):
        element = version.program.processes[process_id].elements[element_id]
        if element.kind != "boundaryEvent" and (element.is_person_task or element.is_timer or element.is_message):
            yield process_id, element_id, element.name or element_id

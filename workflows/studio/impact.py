"""What a draft would mean for those who work: running cases, new work and deadlines, agencies and officers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.commands.case_run import LIVE
from engine.commands.migrating import Blocked
from engine.procedures.bundle import Bundle
from engine.procedures.versions import LoadedVersion, Versions, unpublished
from engine.queries.migration import SAFE, STAYS, Assessed, assessed, foreseen
from engine.tables import ProcedureVersion, WorkItem
from engine.unit_of_work import Ports
from workflows.studio import batches, drafts, paths, trials
from workflows.studio.obligations import Limit, Obligation, changed_limits, obligations
from workflows.studio.tables import DraftTrial

NO_MAPPING: Mapping[str, str] = {}
PORTION = 500  # case ids in one query
PAGE = 50


@dataclass(frozen=True)
class Place:
    """Running cases of one version that stand at the same place, and whether they could go on by the draft."""

    number: int
    standing: str
    verdict: str
    reasons: tuple[Mapping[str, Any], ...]
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Foreseen:
    """One running case, whether it could go on by the draft, and what would be different in its open work.

    `changes` as in the event of a migration (`changed`, `added`, `removed`); empty where the case cannot go on.
    """

    code: str
    number: int
    standing: str
    verdict: str
    reasons: tuple[Mapping[str, Any], ...]
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Working:
    """An agency with open work in the running cases, and the ids of its officers who hold some of it."""

    agency_id: str
    items: int
    officers: tuple[str, ...]


@dataclass(frozen=True)
class Changed:
    """A scenario that goes another way, with its outcomes before and after, empty for none."""

    title: Mapping[str, str]
    outcomes: tuple[str, str]


@dataclass(frozen=True)
class Impact:
    """All of it. `verdicts` counts the running cases by what could become of them, `cases` is one page of them.

    `scenarios` are those that the last run found otherwise than on the version before; None where none was done.
    `outcomes` are the titles of outcomes by code. `version` is what the draft would make.
    """

    places: list[Place]
    verdicts: Counter[str]
    cases: list[Foreseen]
    obligations: list[Obligation]
    limits: list[Limit]
    working: list[Working]
    scenarios: list[Changed] | None
    outcomes: Mapping[str, Mapping[str, str]]
    version: LoadedVersion


def of_draft(
    session: Session, versions: Versions, ports: Ports, actor: Actor, draft_id: str, *, page: int, now: datetime
) -> Impact:
    """The impact of a draft as it is stored.

    Args:
        page: which page of the running cases, from 1.

    Raises:
        UnknownDraft: there is none, or the person is no process owner.
        DefinitionError: its files do not make a runnable process yet.
    """
    draft = drafts.read(session, actor, draft_id)
    bundle = Bundle(paths.of_version(drafts.files(session, draft)))
    new = unpublished(session, bundle, {id_: str(pin) for id_, pin in draft.pins.items()})
    old = versions.get(session, draft.base_hash) if draft.base_hash else None
    cases = list(assessed(session, versions, draft.procedure_id, new, NO_MAPPING))
    numbers = _numbers(session, draft.procedure_id)
    shown = cases[(page - 1) * PAGE : page * PAGE]

    def look(case: Assessed) -> Mapping[str, Any]:
        return foreseen(session, versions, ports, case.case_id, new, now)

    return Impact(
        places=_places(cases, numbers),
        verdicts=Counter(case.verdict for case in cases),
        cases=[_foreseen(case, numbers[case.version_hash], look) for case in shown],
        obligations=list(obligations(old, new)),
        limits=list(changed_limits(old, new)),
        working=_working(session, [case.case_id for case in cases]),
        scenarios=_scenarios(trials.latest(session, draft)),
        outcomes={code: one.title for side in (old, new) if side for code, one in side.bundle.outcomes.items()},
        version=new,
    )


def _scenarios(trial: DraftTrial | None) -> list[Changed] | None:
    found = (trial.results or {}).get("results") if trial else None
    if not found:
        return None
    pairs = [(one["title"], one.get("before") or {}, one.get("after") or {}) for one in found.values()]
    return [
        Changed(title, (str(before.get("outcome") or ""), str(after.get("outcome") or "")))
        for title, before, after in pairs
        if before != after
    ]


def _numbers(session: Session, procedure_id: str) -> Mapping[str, int]:
    """Numbers of the versions by hash."""
    query = select(ProcedureVersion.hash, ProcedureVersion.number)
    rows = session.execute(query.where(ProcedureVersion.procedure_id == procedure_id))
    return {row.hash: row.number for row in rows}


def _foreseen(case: Assessed, number: int, look: Callable[[Assessed], Mapping[str, Any]]) -> Foreseen:
    verdict, obstacles, changes = case.verdict, case.obstacles, dict[str, Any]()
    if verdict == SAFE:
        try:
            changes = dict(look(case))
        except Blocked as blocked:  # a date or an agency that the new version cannot tell
            verdict, obstacles = STAYS, blocked.obstacles
    reasons = tuple(map(batches.reason, obstacles))
    return Foreseen(case.code, number, _standing(case), verdict, reasons, changes)


def _standing(case: Assessed) -> str:
    return "; ".join(dict.fromkeys(name for _, _, name in case.standing))


def _places(cases: Iterable[Assessed], numbers: Mapping[str, int]) -> list[Place]:
    found: dict[tuple[Any, ...], list[Assessed]] = {}
    for case in cases:
        where = tuple(name for _, _, name in case.standing)
        why = tuple((one.code, one.element_id) for one in case.obstacles)
        found.setdefault((case.version_hash, where, why), []).append(case)
    places = [_place(numbers[key[0]], group) for key, group in found.items()]
    return sorted(places, key=lambda one: (-len(one.codes), one.number, one.standing))


def _place(number: int, cases: list[Assessed]) -> Place:
    first = cases[0]
    reasons = tuple(map(batches.reason, first.obstacles))
    return Place(number, _standing(first), first.verdict, reasons, tuple(case.code for case in cases))


# Who works on it now --------------------------------------------------------------------------------------------------


def _working(session: Session, case_ids: list[str]) -> list[Working]:
    items, officers = Counter[str](), defaultdict[str, set[str]](set)
    for first in range(0, len(case_ids), PORTION):
        chosen = WorkItem.case_id.in_(case_ids[first : first + PORTION])
        query = select(WorkItem.agency_id, WorkItem.assignee_id, func.count()).where(chosen, WorkItem.status.in_(LIVE))
        for agency_id, assignee_id, count in session.execute(query.group_by(WorkItem.agency_id, WorkItem.assignee_id)):
            items[agency_id] += count
            officers[agency_id] |= {assignee_id} if assignee_id else set()
    return [Working(agency_id, count, tuple(sorted(officers[agency_id]))) for agency_id, count in items.most_common()]

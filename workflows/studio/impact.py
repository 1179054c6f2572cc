"""What a draft would mean for those who work: running cases, new work and deadlines, agencies and officers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.commands.case_run import LIVE
from engine.procedures.bundle import Bundle
from engine.procedures.model import Element, Lane
from engine.procedures.versions import LoadedVersion, Versions, unpublished
from engine.queries.migration import Assessed, assessed
from engine.tables import ProcedureVersion, WorkItem
from workflows.studio import batches, drafts, paths, trials
from workflows.studio.tables import DraftTrial

NO_MAPPING: Mapping[str, str] = {}
PORTION = 500  # case ids in one query


@dataclass(frozen=True)
class Place:
    """Running cases of one version that stand at the same place, and whether they could go on by the draft."""

    number: int
    standing: str
    verdict: str
    reasons: tuple[Mapping[str, Any], ...]
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Obligation:
    """Work that the draft adds, takes away, or gives to somebody else; `who` as before and after."""

    kind: str
    name: str
    element_id: str
    who: tuple[str, str]
    deadline: str = ""


@dataclass(frozen=True)
class Limit:
    """A deadline rule that is otherwise, with its regimes before and after; empty where there was or is none."""

    id: str
    name: Mapping[str, str]
    before: tuple[Mapping[str, Any], ...]
    after: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Working:
    """An agency with open work in the running cases, and how many of its officers hold some of it."""

    agency_id: str
    items: int
    officers: int


@dataclass(frozen=True)
class Changed:
    """A scenario that goes another way, with its outcomes before and after, empty for none."""

    title: Mapping[str, str]
    outcomes: tuple[str, str]


@dataclass(frozen=True)
class Impact:
    """All of it. `verdicts` counts the running cases by what could become of them.

    `scenarios` are those that the last run found otherwise than on the version before; None where none was done.
    """

    places: list[Place]
    verdicts: Counter[str]
    obligations: list[Obligation]
    limits: list[Limit]
    working: list[Working]
    scenarios: list[Changed] | None


def of_draft(session: Session, versions: Versions, actor: Actor, draft_id: str) -> Impact:
    """The impact of a draft as it is stored.

    Raises:
        UnknownDraft: there is none, or the person is no process owner.
        DefinitionError: its files do not make a runnable process yet.
    """
    draft = drafts.read(session, actor, draft_id)
    bundle = Bundle(paths.of_version(drafts.files(session, draft)))
    new = unpublished(session, bundle, {id_: str(pin) for id_, pin in draft.pins.items()})
    old = versions.get(session, draft.base_hash) if draft.base_hash else None
    cases = list(assessed(session, versions, draft.procedure_id, new, NO_MAPPING))
    return Impact(
        places=_places(session, cases),
        verdicts=Counter(case.verdict for case in cases),
        obligations=list(_obligations(old, new)),
        limits=list(_limits(old, new)),
        working=_working(session, [case.case_id for case in cases]),
        scenarios=_scenarios(trials.latest(session, draft)),
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


def _places(session: Session, cases: Iterable[Assessed]) -> list[Place]:
    found: dict[tuple[Any, ...], list[Assessed]] = {}
    for case in cases:
        where = tuple(name for _, _, name in case.standing)
        why = tuple((one.code, one.element_id) for one in case.obstacles)
        found.setdefault((case.version_hash, where, why), []).append(case)
    hashes = {key[0] for key in found}
    query = select(ProcedureVersion.hash, ProcedureVersion.number).where(ProcedureVersion.hash.in_(hashes))
    numbers = {row.hash: row.number for row in session.execute(query)}
    places = [_place(numbers[key[0]], group) for key, group in found.items()]
    return sorted(places, key=lambda one: (-len(one.codes), one.number, one.standing))


def _place(number: int, cases: list[Assessed]) -> Place:
    first = cases[0]
    standing = "; ".join(dict.fromkeys(name for _, _, name in first.standing))
    reasons = tuple(batches.reason(one) for one in first.obstacles)
    return Place(number, standing, first.verdict, reasons, tuple(case.code for case in cases))


# What the files say ---------------------------------------------------------------------------------------------------


def _obligations(old: LoadedVersion | None, new: LoadedVersion) -> Iterator[Obligation]:
    """Steps at which people work or record something, over the procedure and its shared parts."""
    before = _worked_at(old) if old else {}
    after = _worked_at(new)
    for key, element in after.items():
        earlier = before.get(key)
        if earlier is None:
            yield Obligation("added", _name(element), element.id, ("", _who(element)), element.deadline or "")
        elif _who(earlier) != _who(element):
            yield Obligation("moved", _name(element), element.id, (_who(earlier), _who(element)))
    for key, element in before.items():
        if key not in after:
            yield Obligation("removed", _name(element), element.id, (_who(element), ""))


def _worked_at(version: LoadedVersion) -> dict[tuple[str, str], Element]:
    own = version.program.main
    found: dict[tuple[str, str], Element] = {}
    for process_id, part in version.parts.items():
        key = "" if process_id == own else process_id
        found |= {(key, e.id): e for e in part.process.elements.values() if e.asked_form is not None}
    return found


def _name(element: Element) -> str:
    return element.name or element.id


def _who(element: Element) -> str:
    """Whose work it is, as the diagram says it."""
    own = element.incoming.agency if element.incoming else element.agency
    lane: Lane | None = element.lane
    return own or (lane.name or lane.role or lane.agency or "" if lane else "")


def _limits(old: LoadedVersion | None, new: LoadedVersion) -> Iterator[Limit]:
    before, after = _rules(old) if old else {}, _rules(new)
    for id_ in [*after, *(one for one in before if one not in after)]:
        was, now = before.get(id_, {}), after.get(id_, {})
        if was.get("regimes") != now.get("regimes"):
            yield Limit(id_, (now or was).get("name") or {"vi": id_}, _regimes(was), _regimes(now))


def _rules(version: LoadedVersion) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for part in version.parts.values():
        found |= part.deadlines
    return found | dict(version.bundle.deadlines)


def _regimes(rule: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple(rule.get("regimes") or ())


# Who works on it now --------------------------------------------------------------------------------------------------


def _working(session: Session, case_ids: list[str]) -> list[Working]:
    items, officers = Counter[str](), Counter[str]()
    for first in range(0, len(case_ids), PORTION):
        chosen = WorkItem.case_id.in_(case_ids[first : first + PORTION])
        query = select(WorkItem.agency_id, WorkItem.assignee_id, func.count()).where(chosen, WorkItem.status.in_(LIVE))
        for agency_id, assignee_id, count in session.execute(query.group_by(WorkItem.agency_id, WorkItem.assignee_id)):
            items[agency_id] += count
            officers[agency_id] += assignee_id is not None
    return [Working(agency_id, count, officers[agency_id]) for agency_id, count in items.most_common()]

"""Quarterly tracking of the yearly plan: the tasks that agencies have planned, and how far they say they are.

Articles 13.2 and 26.1 want the plan followed and urged; that it happens by the quarter is a choice of design.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.queries.variables import variables_of
from engine.services import ServiceCall
from engine.tables import Case, ChildCase
from workflows.campaigns.respondents import heir

PLAN, ISSUED = "annual-plan", "DA_BAN_HANH"
TRACKING, TRACKED = "plan-tracking", "DA_THEO_DOI"
SERVICE = "campaigns.task_progress"
DONE = 100
Task = dict[str, Any]


def plans(call: ServiceCall) -> Mapping[str, Any]:
    """Service `campaigns.plans`: who has tasks in the plan of a year, and which.

    Inputs: `year`, `quarter` (0: those of the quarter that ended last).
    Result: `year`, `quarter`; `respondents`, ids of the agencies that handed in a plan, or of their successors; `own`,
        for each of them `planned`: its tasks with `content`, `percent` and `evidence` as last told.
    """
    today = local_date(call.now)
    year, quarter = _quarter(int(call.inputs.get("year") or 0), int(call.inputs.get("quarter") or 0), today)
    planned: dict[str, list[Task]] = {}
    for respondent, known in _handed_in(call.session, PLAN, ISSUED, year):
        agency = heir(call.session, respondent, today, call.case.lead_agency)
        if agency is not None:
            planned.setdefault(agency, []).extend(_begun(task) for task in known.get("tasks") or ())
    for respondent, known in _handed_in(call.session, TRACKING, TRACKED, year):
        agency = heir(call.session, respondent, today, call.case.lead_agency)
        if agency in planned:
            planned[agency] = _updated(planned[agency], known.get("progress") or ())
    own = {agency: {"planned": tasks} for agency, tasks in sorted(planned.items())}
    return {"year": year, "quarter": quarter, "respondents": sorted(planned), "own": own}


def task_progress(call: ServiceCall) -> Mapping[str, Any]:
    """Service `campaigns.task_progress`: what the children have told of their tasks, read at this moment.

    Result: `lines` for each agency (`agency`, `total`, `done`, `untouched`, `average` in percent, rounded down),
        `totals` of the same over all tasks, `tasks` by agency.
    """
    told = {agency: known["progress"] for agency, known in _children(call.session, call.case.id) if "progress" in known}
    lines = [{"agency": agency, **_sums(tasks)} for agency, tasks in sorted(told.items())]
    return {"lines": lines, "totals": _sums([task for tasks in told.values() for task in tasks]), "tasks": told}


def _sums(tasks: Sequence[Task]) -> dict[str, int]:
    percents = [int(task["percent"]) for task in tasks]
    return {
        "total": len(percents),
        "done": sum(one == DONE for one in percents),
        "untouched": sum(one == 0 for one in percents),
        "average": sum(percents) // len(percents) if percents else 0,
    }


def _quarter(year: int, quarter: int, today: date) -> tuple[int, int]:
    """The year and quarter that are meant: where none is named, the quarter before that of today."""
    if year and quarter:
        return year, quarter
    current = (today.month - 1) // 3
    return (today.year, current) if current else (today.year - 1, 4)


def _handed_in(session: Session, procedure: str, outcome: str, year: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Who answered in the latest campaign of that kind for the year, with what its case knows."""
    query = select(Case.id).where(Case.procedure_id == procedure, Case.outcome == outcome)
    ids = list(session.scalars(query.order_by(Case.ended_at.desc(), Case.id)))
    for id_ in ids:
        if variables_of(session, [id_])[id_].get("year") == year:
            yield from _children(session, id_)
            return


def _children(session: Session, parent_id: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The agency that answered, and what is known, of each child that has sent its paper; by key."""
    query = select(ChildCase.child_id).where(ChildCase.parent_id == parent_id).order_by(ChildCase.key)
    ids = [str(id_) for id_ in session.scalars(query) if id_]
    known = variables_of(session, ids)
    return [(str(known[id_]["respondent"]), known[id_]) for id_ in ids if known[id_].get("submitted_on")]


def _begun(task: Mapping[str, Any]) -> Task:
    return {"content": task["content"], "percent": 0, "evidence": ""}


def _updated(planned: Sequence[Task], told: Sequence[Task]) -> list[Task]:
    """The planned tasks as last told, and those that were added then."""
    return list((_numbered(planned) | _numbered(told)).values())


def _numbered(tasks: Sequence[Task]) -> dict[tuple[str, int], Task]:
    """Tasks by their words; of those with the same words the first, the second and so on."""
    seen: Counter[str] = Counter()
    found: dict[tuple[str, int], Task] = {}
    for task in tasks:
        seen[task["content"]] += 1
        found[task["content"], seen[task["content"]]] = task
    return found

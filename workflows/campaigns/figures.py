"""Figures of the yearly report that come from the cases themselves, each with the cases behind it.

`data/figures.yaml` says what counts. The count of a moment is the result of a service, so it stands in the report's
history with the code of every case; whoever reads it sees links to those cases only that are theirs to see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.clock import ZONE, to_text
from engine.errors import IncidentError
from engine.services import ServiceCall
from engine.tables import Case, CaseAgency

DATA = Path(__file__).parent / "data" / "figures.yaml"
SERVICE = "campaigns.count_cases"


class BadPeriod(IncidentError):
    """The period of a count cannot be read, or ends before it begins."""

    code = "campaign.bad_period"


@dataclass(frozen=True)
class Figure:
    """One figure: cases of a procedure that ended in one of these ways.

    Args:
        id: by which forms and notices name it.
        title: what it is called in the report (Vietnamese).
        basis: clause of the regulation that the work rests on.
    """

    id: str
    title: str
    procedure: str
    outcomes: frozenset[str]
    basis: str


@cache
def figures() -> tuple[Figure, ...]:
    """The figures as they ship, in the order of the report."""
    with DATA.open(encoding="utf-8") as file:
        return tuple(Figure(**{**entry, "outcomes": frozenset(entry["outcomes"])}) for entry in yaml.safe_load(file))


def count(session: Session, first: date, last: date, agencies: Collection[str] = ()) -> dict[str, list[str]]:
    """Codes of the cases behind each figure, by figure, in order.

    Args:
        first, last: days in Vietnam on which a case may have ended, both included.
        agencies: only cases that one of these agencies takes part in; all cases of the province where empty.
    """
    wanted: dict[tuple[str, str | None], str] = {
        (figure.procedure, outcome): figure.id for figure in figures() for outcome in figure.outcomes
    }
    query = select(Case.procedure_id, Case.outcome, Case.code).where(
        Case.status == "ended",
        Case.procedure_id.in_({procedure for procedure, _ in wanted}),
        Case.ended_at >= _midnight(first),
        Case.ended_at < _midnight(last + timedelta(days=1)),
    )
    if agencies:
        query = query.where(exists().where(CaseAgency.case_id == Case.id, CaseAgency.agency_id.in_(agencies)))
    found: dict[str, list[str]] = defaultdict(list)
    for procedure, outcome, code in session.execute(query.order_by(Case.code)):
        if (procedure, outcome) in wanted:
            found[wanted[procedure, outcome]].append(code)
    return {figure.id: found[figure.id] for figure in figures()}


def count_cases(call: ServiceCall) -> Mapping[str, Any]:
    """Service `campaigns.count_cases`: how many cases of each kind ended in a period, and which.

    Inputs: `period` (mapping with the ISO days `from` and `to`; empty: nothing is asked for), `agencies` (ids; only
    cases in which one of them takes part; the whole province where empty).
    Result: `lines` (`id`, `title`, `count`) for tables, `counts` and `cases` (codes) by figure, `counted_at`,
        `period` in words.

    Raises:
        BadPeriod: see there.
    """
    period = call.inputs.get("period") or {}
    cases: Mapping[str, Sequence[str]] = {}
    if period:
        first, last = _days(period)
        cases = count(call.session, first, last, call.inputs.get("agencies") or ())
    lines = [{"id": one.id, "title": one.title, "count": len(cases[one.id])} for one in figures() if one.id in cases]
    return {
        "lines": lines,
        "counts": {line["id"]: line["count"] for line in lines},
        "cases": cases,
        "counted_at": to_text(call.now),
        "period": f"{first:%d/%m/%Y} – {last:%d/%m/%Y}" if period else "",
    }


def _days(period: Mapping[str, Any]) -> tuple[date, date]:
    try:
        first, last = (date.fromisoformat(str(period[key])) for key in ("from", "to"))
    except (KeyError, ValueError) as error:
        raise BadPeriod() from error
    if last < first:
        raise BadPeriod()
    return first, last


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)

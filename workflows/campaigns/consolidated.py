"""The consolidated table of a campaign, and the cases behind its figures, as its history keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.forms import Field
from engine.procedures.versions import Versions
from engine.queries.visibility import may_see_case
from engine.tables import Case, ChildCase
from workflows.campaigns import figures, tracking
from workflows.campaigns.recorded import latest
from workflows.campaigns.services import BATCH, CONSOLIDATE

AT_ONCE = 500


@dataclass(frozen=True)
class Table:
    """What the respondents handed in, put together at one moment (UTC).

    Args:
        sums: the fields that are added up, in the order of the table; `texts` those whose words are kept.
        rows: one for each respondent, as `campaigns.consolidate` describes them.
        totals: by field.
        missing: ids of the agencies that handed in nothing.
    """

    at: datetime
    sums: Sequence[Field]
    texts: Sequence[Field]
    rows: Sequence[Mapping[str, Any]]
    totals: Mapping[str, int]
    missing: Sequence[str]


@dataclass(frozen=True)
class Counted:
    """One figure with the cases behind it that the person may open: (code, title)."""

    title: str
    count: int
    cases: Sequence[tuple[str, str]]

    @property
    def hidden(self) -> int:
        """How many of its cases are not this person's to see."""
        return self.count - len(self.cases)


@dataclass(frozen=True)
class Figures:
    """What was counted from cases at one moment (UTC), for a period in words."""

    at: datetime
    period: str
    lines: Sequence[Counted]


@dataclass(frozen=True)
class Progress:
    """How far the tasks of the yearly plan are, as told at one moment (UTC).

    Args:
        lines: sums for each agency, as `campaigns.task_progress` describes them; `totals` over all.
        tasks: `content`, `percent` and `evidence` of each task, by agency.
    """

    at: datetime
    lines: Sequence[Mapping[str, Any]]
    totals: Mapping[str, int]
    tasks: Mapping[str, Sequence[Mapping[str, Any]]]


def task_progress(session: Session, case_id: str) -> Progress | None:
    """The progress of tasks that a campaign has summed up; None where it tracks none, or not yet."""
    recorded = latest(session, case_id, tracking.SERVICE)
    if recorded is None:
        return None
    return Progress(recorded.at, recorded.result["lines"], recorded.result["totals"], recorded.result["tasks"])


def table(session: Session, versions: Versions, case_id: str) -> Table | None:
    """The consolidated table of a campaign whose case the caller has found to be visible; None before it was made."""
    recorded = latest(session, case_id, CONSOLIDATE)
    if recorded is None:
        return None
    told = recorded.result
    fields = _fields(session, versions, case_id)
    kept = {name for row in told["rows"] for name in row["values"]} - set(told["totals"])
    return Table(
        at=recorded.at,
        sums=[field for name, field in fields.items() if name in told["totals"]],
        texts=[field for name, field in fields.items() if name in kept],
        rows=told["rows"],
        totals=told["totals"],
        missing=told["missing"],
    )


def counted(session: Session, actor: Actor, case_id: str) -> Figures | None:
    """The figures that were counted from cases; None where the campaign counts none, or not yet."""
    recorded = latest(session, case_id, figures.SERVICE)
    if recorded is None:
        return None
    cases: Mapping[str, Sequence[str]] = recorded.result["cases"]
    titles = dict(_visible(session, actor, sorted({code for codes in cases.values() for code in codes})))
    lines = [
        Counted(line["title"], line["count"], [(code, titles[code]) for code in cases[line["id"]] if code in titles])
        for line in recorded.result["lines"]
    ]
    return Figures(recorded.at, recorded.result["period"], lines)


def _visible(session: Session, actor: Actor, codes: Sequence[str]) -> Iterator[tuple[str, str]]:
    for first in range(0, len(codes), AT_ONCE):
        among = Case.code.in_(codes[first : first + AT_ONCE])
        query = select(Case.code, Case.title).where(among, may_see_case(actor))
        yield from ((code, title) for code, title in session.execute(query))


def _fields(session: Session, versions: Versions, case_id: str) -> dict[str, Field]:
    """The fields of the forms that respondents filled in, by name."""
    query = (
        select(Case.version_hash)
        .join(ChildCase, ChildCase.child_id == Case.id)
        .where(ChildCase.parent_id == case_id, ChildCase.batch == BATCH)
    )
    version = session.scalars(query.limit(1)).first()
    forms = versions.get(session, version).bundle.forms.values() if version else ()
    return {field.name: field for form in forms for field in form.fields}

"""What a reader of a report chose: period, procedure, agency and what the report itself lets choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.errors import Rejected
from engine.tables import ProcedureVersion
from web.current import actor, now
from web.formatting import in_language, typed_day
from web.language import current
from workflows.agencies.queries import agency_names
from workflows.oversight.scope import Scope, scope_of

PAGE = 50
MOST_EXPORTED = 200_000
SINCE, UNTIL, PROCEDURE, AGENCY = "tu", "den", "quy_trinh", "co_quan"


class BadPeriod(Rejected):
    """A day that is none, or a period that ends before it begins."""

    code = "oversight.bad_period"


@dataclass(frozen=True)
class Asked:
    """One question to a report.

    Args:
        report: its name in addresses.
        names: of agencies; titles: of procedures and shared parts, by id.
        limit, offset: which rows of long tables are wanted.
    """

    session: Session
    scope: Scope
    report: str
    names: Mapping[str, str]
    titles: Mapping[str, str]
    limit: int
    offset: int

    def chosen(self, name: str, among: Any = None) -> str | None:
        """A choice of the report's own; None where nothing was chosen, or nothing that it knows."""
        value = request.args.get(name) or None
        return value if among is None or value in among else None

    def agency(self, agency_id: str) -> str:
        """The agency's name."""
        return self.names.get(agency_id, agency_id)

    def title(self, procedure_id: str) -> str:
        """The procedure's title."""
        return self.titles.get(procedure_id, procedure_id)

    def link(self, **changed: str | None) -> str:
        """This report with some choices changed; None takes a choice away. Begins at the first page."""
        return _address(self.report, {**request.args.to_dict(), **changed})

    def report_link(self, report: str, **chosen: str | None) -> str:
        """Another report for the same period and agency, with choices of its own."""
        shared = {name: request.args.get(name) for name in (SINCE, UNTIL, PROCEDURE, AGENCY)}
        return _address(report, {**shared, **chosen})


def asked(session: Session, report: str, *, whole: bool = False) -> Asked:
    """The question of this request.

    Args:
        whole: all rows are wanted, for a file.

    Raises:
        NotFound: the person oversees nothing.
        BadPeriod: see there.
    """
    since, until = _day(SINCE), _day(UNTIL)
    chosen = {name: request.args.get(name) or None for name in (PROCEDURE, AGENCY)}
    scope = scope_of(actor(), now(), since=since, until=until, procedure=chosen[PROCEDURE], agency=chosen[AGENCY])
    if since and until and until < since:
        raise BadPeriod(since=request.args[SINCE], until=request.args[UNTIL])
    names = agency_names(session, local_date(now()))
    limit, offset = (MOST_EXPORTED, 0) if whole else (PAGE + 1, (page_number() - 1) * PAGE)
    return Asked(session, scope, report, names, procedure_titles(session, parts=True), limit, offset)


def page_number() -> int:
    """Which page of the long table is wanted, from 1."""
    typed = request.args.get("trang", "")
    return max(1, int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 1


def procedure_titles(session: Session, *, parts: bool = False) -> dict[str, str]:
    """Title by id of every procedure that people start, as of its newest version; of shared `parts` too."""
    query = select(ProcedureVersion.procedure_id, ProcedureVersion.title).order_by(ProcedureVersion.number)
    rows = session.execute(query if parts else query.where(ProcedureVersion.kind == "procedure"))
    return {procedure_id: in_language(title, current()) for procedure_id, title in rows}


def _address(report: str, values: Mapping[str, str | None]) -> str:
    kept: dict[str, Any] = {name: value for name, value in values.items() if value and name not in ("trang", "bang")}
    return url_for("oversight.show", report=report, **kept)


def _day(name: str) -> date | None:
    typed = request.args.get(name, "").strip()
    day = typed_day(typed)
    if typed and day is None:
        raise BadPeriod(since=request.args.get(SINCE, ""), until=request.args.get(UNTIL, ""))
    return day

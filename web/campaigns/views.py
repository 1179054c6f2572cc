"""How far a campaign is, agency by agency, and what it has put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.queries import cases
from engine.tables import Case
from engine.text import search_key
from web.campaigns import sheets
from web.campaigns.words import Say, standing
from web.current import actor, now, reading, versions
from web.formatting import nfc
from workflows.agencies.collation import sort_key
from workflows.agencies.queries import agency_names
from workflows.campaigns import consolidated, progress
from workflows.campaigns.progress import Line
from workflows.campaigns.workbook import workbook

pages = Blueprint("campaigns", __name__, url_prefix="/dot")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Campaign:
    """What the pages are about: the case, its respondents, and the names that agencies had meanwhile."""

    code: str
    title: str
    lines: list[Line]
    names: dict[str, str]
    table: consolidated.Table | None
    figures: consolidated.Figures | None
    progress: consolidated.Progress | None
    standing: Say

    @property
    def open_to_reader(self) -> frozenset[str]:
        """Codes of the respondents' cases that the person may open."""
        return frozenset(line.code for line in self.lines if line.visible)


@pages.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """The respondents of a campaign: all, of one standing, or those whose names have certain words."""
    chosen, text = request.args.get("tinh-trang", ""), nfc(request.args.get("tim", "")).strip()
    with reading() as session:
        case = cases.visible(session, actor(), code)
        names = _names(session, case)
        found, say = _lines(session, case, names), _say(session, case)
        last_day = progress.last_day(session, case.id)
    wanted = search_key(text).split()
    return render_template(
        "campaigns/show.html",
        case=case,
        lines=[
            line
            for line in found
            if chosen in ("", line.standing)
            and all(word in search_key(names.get(line.agency_id, "")) for word in wanted)
        ],
        total=len(found),
        last_day=last_day,
        counts=progress.counts(found),
        names=names,
        chosen=chosen,
        text=text,
        standing=say,
    )


@pages.get("/<code>/tong-hop")
def table(code: str) -> ResponseReturnValue:
    """The consolidated table, with the cases behind the figures that were counted."""
    with reading() as session:
        campaign = _campaign(session, code)
    return render_template("campaigns/table.html", campaign=campaign, standing=campaign.standing)


@pages.get("/<code>.xlsx")
def export(code: str) -> ResponseReturnValue:
    """Progress, consolidated table and counted cases as a spreadsheet."""
    with reading() as session:
        campaign = _campaign(session, code)
    found = [sheets.progress(campaign.lines, campaign.names, campaign.standing)]
    if campaign.table:
        found.append(sheets.consolidated(campaign.table, campaign.names, campaign.standing))
    if campaign.figures:
        found.append(sheets.cases(campaign.figures))
    if campaign.progress:
        found.append(sheets.tasks(campaign.progress, campaign.names))
    return send_file(BytesIO(workbook(found)), XLSX, as_attachment=True, download_name=f"{campaign.code}.xlsx")


def _campaign(session: Session, code: str) -> Campaign:
    """All about a campaign.

    Raises:
        CaseNotFound: no such case, or not this person's to see.
    """
    case = cases.visible(session, actor(), code)
    names = _names(session, case)
    return Campaign(
        code=case.code,
        title=case.title,
        lines=_lines(session, case, names),
        names=names,
        table=consolidated.table(session, versions(), case.id),
        figures=consolidated.counted(session, actor(), case.id),
        progress=consolidated.task_progress(session, case.id),
        standing=_say(session, case),
    )


def _say(session: Session, case: Case) -> Say:
    return standing(progress.outcomes(session, versions(), case.id))


def _lines(session: Session, case: Case, names: Mapping[str, str]) -> list[Line]:
    """The respondents, in Vietnamese order of their names."""
    found = progress.lines(session, actor(), case.id, now())
    return sorted(found, key=lambda line: sort_key(names.get(line.agency_id, line.agency_id)))


def _names(session: Session, case: Case) -> dict[str, str]:
    """Names of agencies as of the day on which the campaign began."""
    return agency_names(session, local_date(case.started_at))

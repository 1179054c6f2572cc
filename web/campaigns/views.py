"""How far a campaign is: who has sent, who is late, who got it back, who owes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.queries import cases
from web import formatting
from web.current import actor, now, reading
from web.language import _
from workflows.agencies.queries import agency_names
from workflows.campaigns import progress
from workflows.campaigns.progress import Line

pages = Blueprint("campaigns", __name__, url_prefix="/dot")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Heading:
    """What the page is about."""

    code: str
    title: str


@pages.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """The respondents of a campaign, all or of one standing."""
    chosen = request.args.get("tinh-trang", "")
    with reading() as session:
        case, found, names = _campaign(session, code)
    return render_template(
        "campaigns/show.html",
        case=case,
        lines=[line for line in found if chosen in ("", line.standing)],
        total=len(found),
        counts=progress.counts(found),
        names=names,
        chosen=chosen,
        standing=standing,
    )


@pages.get("/<code>.xlsx")
def export(code: str) -> ResponseReturnValue:
    """The same as a spreadsheet."""
    with reading() as session:
        case, found, names = _campaign(session, code)
    header = [_("Cơ quan"), _("Tình trạng"), _("Đang ở bước"), _("Hạn"), _("Vụ việc")]
    rows = [
        [names.get(line.agency_id, line.agency_id), standing(line.standing), line.step, _moment(line), line.code]
        for line in found
    ]
    content = BytesIO(progress.workbook(header, rows))
    return send_file(content, XLSX, as_attachment=True, download_name=f"{case.code}.xlsx")


def standing(value: str) -> str:
    """How a respondent stands, in words."""
    words = {
        progress.WORKING: _("Đang lập"),
        progress.OVERDUE: _("Quá hạn"),
        progress.RETURNED: _("Đang bổ sung"),
        progress.ANSWERED: _("Đã gửi, chờ xử lý"),
        "DA_NHAN_DUNG_HAN": _("Đã nhận đúng hạn"),
        "DA_NHAN_TRE": _("Đã nhận, trễ hạn"),
        "KHONG_NOP": _("Không nộp"),
        "MIEN_NOP": _("Miễn nộp"),
    }
    return words.get(value, value)


def _campaign(session: Session, code: str) -> tuple[Heading, list[Line], dict[str, str]]:
    """The case, its respondents and the names that agencies had when it began.

    Raises:
        CaseNotFound: no such case, or not this person's to see.
    """
    case = cases.visible(session, actor(), code)
    found = progress.lines(session, actor(), case.id, now())
    return Heading(case.code, case.title), found, agency_names(session, local_date(case.started_at))


def _moment(line: Line) -> str:
    return formatting.moment(line.due_at) if line.due_at else ""

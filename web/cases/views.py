"""Pages of cases: search, opening a new one, the case itself, its attachments."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.clock import from_text, local_date
from engine.commands import StartCase
from engine.errors import IncidentError
from engine.forms import typed
from engine.queries import acts, cases, procedures
from engine.services import Binding
from web.acts.on_case import PATHS
from web.auth import resume
from web.cases.diagram import diagram
from web.cases.reading import history_page
from web.current import actor, current_container, directory, now, reading, versions
from web.formatting import nfc
from web.keys import execute
from web.language import _
from web.oversight import reads
from web.paging import after, next_page
from web.tasks.typed import Typed
from workflows.campaigns import progress
from workflows.documents import arrivals
from workflows.documents.lists import of_case
from workflows.oversight.reads import ATTACHMENT

pages = Blueprint("cases", __name__)
PAGE = 50
LED_HERE, LED_ELSEWHERE, RECURRING = "here", "elsewhere", "recurring"
"""Groups of procedures that a person may start: led by the own agency, by another one, begun by the calendar."""
STATUSES = ("running", "ended", "cancelled")


@pages.record_once
def _register(state: Any) -> None:
    resume.shows("cases.start", state.app, show_again)


@pages.get("/vu-viec")
def search() -> ResponseReturnValue:
    """Find cases of one's agency, finished ones too."""
    filters: dict[str, Any] = {
        "text": nfc(request.args.get("tim", "")).strip(),
        "status": request.args.get("trang_thai") or None,
        "procedure": request.args.get("quy_trinh") or None,
    }
    with reading() as session:
        rows = cases.find(session, actor(), versions(), **filters, limit=PAGE, after=after())
        page: dict[str, Any] = {"procedures": procedures.in_force(session, actor(), versions(), now())}
    page["next_page"] = next_page("cases.search", [row.id for row in rows], PAGE)
    return render_template("cases/search.html", rows=rows, filters=filters, statuses=STATUSES, **page)


@pages.get("/vu-viec/moi")
def new() -> ResponseReturnValue:
    """The procedures that the person may start."""
    return _new_page()


def show_again(fields: Typed, notice: str) -> ResponseReturnValue:
    """The same page with what had been typed before the session or the page expired."""
    return _new_page(fields, notice=notice)


def _new_page(fields: Typed | None = None, notice: str = "", error: str = "") -> str:
    with reading() as session:
        startable = procedures.startable(session, actor(), versions(), now())
        leads = {row.lead: _agency_of(session, row.lead) for row in startable}
    ours = {role for role, bound in leads.items() if bound and bound.agency_id == actor().agency_id}
    return render_template(
        "cases/new.html",
        groups=[
            (LED_HERE, [row for row in startable if row.lead in ours and not row.recurs]),
            (LED_ELSEWHERE, [row for row in startable if row.lead not in ours and not row.recurs]),
            (RECURRING, [row for row in startable if row.recurs]),
        ],
        lead_names={role: bound.agency_name for role, bound in leads.items() if bound},
        typed=fields or {},
        notice=notice,
        error=error,
    )


def _agency_of(session: Session, role: str) -> Binding | None:
    try:
        return directory().binding(session, role, local_date(now()))
    except IncidentError:  # nobody carries the role today; opening a case says so
        return None


@pages.post("/vu-viec/moi")
def start() -> ResponseReturnValue:
    """Open a case and go to its first task where that is the person's own."""
    try:
        received_at = _received_at(request.form.get("received_at", ""))
    except ValueError:
        error = _("Thời điểm tiếp nhận phải có dạng ngày/tháng/năm giờ:phút và không ở tương lai.")
        return _new_page(request.form, error=error), 422
    receipt = execute(StartCase(request.form.get("procedure", ""), received_at))
    flash(_("Đã mở vụ việc %(code)s.", code=receipt.case_code), "success")
    mine = [item.id for item in receipt.open_items if item.assignee_id == actor().person_id]
    if mine:
        return redirect(url_for("tasks.show", work_item_id=mine[0]), 303)
    return redirect(url_for("cases.show", code=receipt.case_code), 303)


def _received_at(text: str) -> datetime | None:
    if not text.strip():
        return None
    received = from_text(typed.moment(text))
    if received > now():
        raise ValueError(text)
    return received


@pages.get("/vu-viec/<code>")
def show(code: str) -> ResponseReturnValue:
    """The case: who does what now, where it stands, what happened (up to event `den`), its files."""
    with reading() as session:
        view = cases.view(session, actor(), versions(), directory(), code)
        page: dict[str, Any] = {
            "told": history_page(session, view, request.args.get("den", type=int)),
            "documents": of_case(session, actor(), view.case.id),
            "arrivals": arrivals.of_case(session, actor(), view.case.id),
            "awaited": acts.awaited_in(session, actor(), directory(), view.case.id),
            "on_paper": acts.paper_items(session, actor(), view),
            "correctable": acts.correctable(session, actor(), view),
            "links": acts.links(session, actor(), view.case.id),
            "is_campaign": progress.is_campaign(session, view.case.id),
        }
        may = acts.possible(session, actor(), view)
    page["may_act"] = [(path, name) for path, name in PATHS.items() if name in may]
    return render_template("cases/show.html", view=view, diagram=diagram(view), **page)


@pages.get("/tep/<attachment_id>")
def attachment(attachment_id: str) -> ResponseReturnValue:
    """An attachment, always as a download and never as what its sender claimed it to be."""
    with reading() as session:
        found = cases.attachment(session, actor(), attachment_id)
    reads.note(found.case_id, ATTACHMENT, found.id)
    content = current_container().engine.ports.blobs.get(found.sha256)
    return send_file(
        BytesIO(content), mimetype="application/octet-stream", as_attachment=True, download_name=found.filename
    )

"""Pages of auditors' remarks and agencies' replies."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import AUDITOR
from engine.clock import local_date
from engine.errors import NotFound, Rejected
from engine.queries.cases import visible
from engine.tables import CaseAgency
from web.current import actor, now, reading, writing
from web.errors import status_of
from web.formatting import nfc, typed_day
from web.language import _, current
from web.messages import sentence
from web.oversight.asking import PAGE, page_number
from workflows.agencies.collation import sort_key
from workflows.agencies.queries import agency_names
from workflows.oversight import findings
from workflows.oversight.findings import BadFinding

pages = Blueprint("findings", __name__, url_prefix="/giam-sat/phat-hien")


def state(code: str) -> str:
    """How a remark stands."""
    words = {
        findings.SENT: _("Chờ cơ quan trả lời"),
        findings.REPLIED: _("Cơ quan đã trả lời"),
        findings.CLOSED: _("Đã đóng"),
        findings.COMMENT: _("Nhận xét"),
    }
    return words.get(code, code)


def happened(type_: str) -> str:
    """What an event of a remark is."""
    words = {
        "AuditCommentWritten": _("Nhận xét"),
        "FindingSent": _("Phát hiện"),
        "FindingReplied": _("Trả lời"),
        "FindingReturned": _("Yêu cầu trả lời lại"),
        "FindingClosed": _("Kết luận"),
    }
    return words.get(type_, type_)


@pages.get("")
def show() -> ResponseReturnValue:
    """The remarks that concern the person; for an auditor the form to write one on a case (`vu_viec`)."""
    return _page(request.args.get("vu_viec", ""))


@pages.post("")
def write() -> ResponseReturnValue:
    """Write a comment or a finding."""
    code, agency = _typed("vu_viec"), _typed("agency_id") or None
    day = typed_day(_typed("due_on"))
    return _done(
        code,
        lambda session: findings.write(session, actor(), now(), code, _typed("text"), agency, day),
        _("Đã ghi."),
    )


@pages.post("/<finding_id>/tra-loi")
def reply(finding_id: str) -> ResponseReturnValue:
    """The agency's reply."""
    return _done("", lambda s: findings.reply(s, actor(), now(), finding_id, _typed("text")), _("Đã trả lời."))


@pages.post("/<finding_id>/dong")
def close(finding_id: str) -> ResponseReturnValue:
    """The auditor closes it."""
    return _done("", lambda s: findings.close(s, actor(), now(), finding_id, _typed("text")), _("Đã đóng phát hiện."))


@pages.post("/<finding_id>/tra-lai")
def send_back(finding_id: str) -> ResponseReturnValue:
    """The auditor wants another reply."""
    day = typed_day(_typed("due_on"))
    return _done(
        "",
        lambda s: findings.send_back(s, actor(), now(), finding_id, _typed("text"), day),
        _("Đã yêu cầu trả lời lại."),
    )


def _done(code: str, act: Callable[[Session], object], told: str) -> ResponseReturnValue:
    try:
        with writing() as session:
            act(session)
    except Rejected as error:
        if not isinstance(error, BadFinding) and error.code != "secrecy.mark_found":
            raise
        return _page(code, sentence(error.code, error.params, current())), status_of(error)
    flash(told, "success")
    return redirect(url_for("findings.show", vu_viec=code or None), 303)


def _page(code: str, problem: str = "") -> str:
    with reading() as session:
        offset = (page_number() - 1) * PAGE
        rows = findings.findings(session, actor(), now(), code, limit=PAGE + 1, offset=offset)
        names = agency_names(session, local_date(now()))
        agencies = _agencies(session, code, names)
    return render_template(
        "oversight/findings.html",
        rows=rows[:PAGE],
        older=url_for("findings.show", vu_viec=code or None, trang=page_number() + 1) if len(rows) > PAGE else None,
        names=names,
        code=code,
        agencies=agencies,
        state=state,
        happened=happened,
        problem=problem,
        typed=request.form,
    )


def _agencies(session: Session, code: str, names: dict[str, str]) -> list[tuple[str, str]]:
    """The agencies that take part in the case on which an auditor is about to remark."""
    if not code or not actor().has(AUDITOR):
        return []
    try:
        case = visible(session, actor(), code)
    except NotFound:
        return []
    ids = session.scalars(select(CaseAgency.agency_id).where(CaseAgency.case_id == case.id))
    return sorted(((id_, names.get(id_, id_)) for id_ in ids), key=lambda one: sort_key(one[1]))


def _typed(name: str) -> str:
    return nfc(request.form.get(name, "")).strip()

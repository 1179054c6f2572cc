"""Pages on which documents are taken back or replaced, and requests to give one back are answered."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.clock import local_date
from web.current import actor, current_container, now, reading, writing
from web.documents.slips import checkpoint_line, send
from web.formatting import nfc
from web.language import _
from workflows.documents import register_files
from workflows.documents.dispatch import paper
from workflows.documents.recall import queries
from workflows.documents.recall.answering import Answers
from workflows.documents.recall.deciding import Recalls
from workflows.documents.recall.tables import PROPOSED
from workflows.secrecy import refuse_marked_data

pages = Blueprint("recalls", __name__)


@pages.get("/van-ban/thu-hoi")
def index() -> ResponseReturnValue:
    """What waits: for the head's decision, for the agency's answer, and for the answers of others."""
    with reading() as session:
        return render_template(
            "documents/recalls.html",
            proposals=queries.proposals(session, actor()),
            to_answer=queries.to_answer(session, actor()),
            unanswered=queries.unanswered(session, actor()),
        )


@pages.post("/van-ban/<document_id>/thu-hoi")
def propose(document_id: str) -> ResponseReturnValue:
    """Propose to take a document back; a head decides by it."""
    reason, replacement = _typed("reason"), request.form.get("replacement", "")
    refuse_marked_data({"reason": reason})
    with writing() as session:
        recall = Recalls(session, now(), actor()).propose(document_id, reason, replacement)
        waits = recall.status == PROPOSED
    if waits:
        flash(_("Đã trình lãnh đạo đề nghị thu hồi, thay thế văn bản."), "success")
    else:
        flash(_("Đã thu hồi, thay thế văn bản. Các nơi đã nhận được thông báo và trả lời."), "success")
    return _to(document_id)


@pages.post("/van-ban/thu-hoi/<recall_id>/duyet")
def decide(recall_id: str) -> ResponseReturnValue:
    """The head's decision."""
    agree, answer = request.form.get("decision") == "agree", _typed("reason")
    refuse_marked_data({"reason": answer})
    with writing() as session:
        document_id = Recalls(session, now(), actor()).decide(recall_id, agree, answer).document_id
    flash(_("Đã duyệt. Các nơi đã nhận được thông báo và trả lời.") if agree else _("Đã ghi không duyệt."), "success")
    return _to(document_id)


@pages.post("/van-ban/thu-hoi/yeu-cau/<request_id>/tra-loi")
def answer(request_id: str) -> ResponseReturnValue:
    """Answer a request, or enter the answer that came by mail or on paper."""
    agree, words = request.form.get("decision") == "agree", _typed("reason")
    refuse_marked_data({"reason": words})
    with writing() as session:
        Answers(session, now(), actor(), current_container().blobs).give(request_id, agree, words)
    flash(_("Đã ghi trả lời về việc thu hồi văn bản."), "success")
    return redirect(url_for("recalls.index"), 303)


@pages.post("/van-ban/thu-hoi/yeu-cau/<request_id>/da-chuyen")
def carried(request_id: str) -> ResponseReturnValue:
    """Note that a notice on paper was carried."""
    with writing() as session:
        paper.carry_notice(session, now(), actor(), request_id)
    flash(_("Đã ghi chuyển thông báo thu hồi."), "success")
    return redirect(url_for("paper.carriage"), 303)


@pages.get("/van-ban-di/ban-giay/thu-hoi.pdf")
def printed() -> ResponseReturnValue:
    """The notices to be carried, on paper, with room for signatures."""
    today = local_date(now())
    with reading() as session:
        rows, foot = queries.on_paper(session, actor()), checkpoint_line(session)
    sheet = register_files.notices(today, actor().agency_name, rows, foot)
    return send(sheet, f"thong-bao-thu-hoi-{today.isoformat()}.pdf")


def _typed(name: str) -> str:
    return nfc(request.form.get(name, "")).strip()


def _to(document_id: str) -> ResponseReturnValue:
    return redirect(url_for("documents.show", document_id=document_id), 303)

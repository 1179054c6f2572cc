"""Carrying papers: the list of a day, what was carried, and who signed for it."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.actors import CLERK
from engine.clock import local_date
from web.current import actor, now, reading, writing
from web.documents.slips import checkpoint_line, send
from web.formatting import nfc, typed_day
from web.language import _, ngettext
from workflows.documents import register_files
from workflows.documents.dispatch import paper
from workflows.documents.dispatch.receipts import Receipt
from workflows.documents.recall import queries as recalls

pages = Blueprint("paper", __name__, url_prefix="/van-ban-di/ban-giay")


@pages.get("")
def carriage() -> ResponseReturnValue:
    """The papers of a day, today's where none is asked for."""
    today = local_date(now())
    day, wrong = _asked(today)
    with reading() as session:
        rows = paper.day_list(session, actor(), day, today)
        notices = recalls.on_paper(session, actor()) if day == today else []
    may = actor().has(CLERK)
    return render_template(
        "documents/paper.html", rows=rows, notices=notices, day=day, today=today, wrong=wrong, may=may
    )


@pages.get("/in.pdf")
def printed() -> ResponseReturnValue:
    """The same list on paper, with room for the signatures."""
    today = local_date(now())
    day = _asked(today)[0]
    with reading() as session:
        rows = paper.day_list(session, actor(), day, today)
        foot = checkpoint_line(session)
    sheet = register_files.carriage(day, actor().agency_name, rows, foot)
    return send(sheet, f"chuyen-ban-giay-{day.isoformat()}.pdf")


@pages.post("/da-chuyen")
def carried() -> ResponseReturnValue:
    """Note that the chosen papers were carried."""
    chosen = request.form.getlist("dispatch")
    with writing() as session:
        count = paper.carry(session, now(), actor(), chosen)
    if chosen:
        flash(ngettext("Đã ghi chuyển %(num)d bản giấy.", "Đã ghi chuyển %(num)d bản giấy.", count), "success")
    else:
        flash(_("Chưa chọn bản giấy nào. Hãy đánh dấu những bản đã chuyển rồi ghi lại."), "warning")
    return redirect(url_for("paper.carriage"), 303)


@pages.post("/<dispatch_id>/ky-nhan")
def signed_for(dispatch_id: str) -> ResponseReturnValue:
    """Note who signed for a paper."""
    name, day = (nfc(request.form.get(field, "")).strip() for field in ("name", "day"))
    with writing() as session:
        paper.sign_for(session, now(), actor(), dispatch_id, Receipt(name, typed_day(day)))
    flash(_("Đã ghi người ký nhận."), "success")
    return redirect(url_for("paper.carriage"), 303)


def _asked(today: date) -> tuple[date, bool]:
    """The day in the address, and whether it was no day."""
    typed = nfc(request.args.get("ngay", "")).strip()
    day = typed_day(typed)
    return day or today, bool(typed and day is None)

"""Pages of official documents."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine.actors import CLERK, SPECIALIST
from web.current import actor, current_container, now, reading, writing
from web.documents.page import document_page
from web.formatting import nfc, typed_day
from web.language import _
from web.oversight import reads
from web.paging import after, next_page
from workflows.agencies.channels import route
from workflows.agencies.queries import issuer
from workflows.documents import arrivals, lists, queries
from workflows.documents.dispatch.receipts import Receipt, confirm_receipt, note, refuse
from workflows.documents.dispatch.resending import let_be, resend
from workflows.documents.docx import MIMETYPE
from workflows.documents.lists import IncomingRow, OutgoingRow
from workflows.documents.registers import Clerk
from workflows.documents.search import Wanted, find
from workflows.documents.tables import INCOMING, OUTGOING
from workflows.oversight.reads import DOCUMENT
from workflows.secrecy import refuse_marked_data

pages = Blueprint("documents", __name__)
PAGE = 50
MAX_DIGITS = 9


@pages.get("/van-ban-den")
def incoming() -> ResponseReturnValue:
    """What the agency received, with confirmation of receipt."""
    with reading() as session:
        rows = lists.incoming(session, actor(), text=_text(), limit=PAGE, after=after())
        entered = {"mine": arrivals.routed_to(session, actor()), "unrouted": arrivals.unrouted(session, actor())}
    may_confirm = bool(actor().duties & {CLERK, SPECIALIST})
    following = next_page("documents.incoming", [row.dispatch_id for row in rows], PAGE)
    return _list("incoming", rows, following, may_confirm=may_confirm, may_enter=actor().has(CLERK), **entered)


@pages.get("/van-ban-di")
def outgoing() -> ResponseReturnValue:
    """What the agency drafted and issued."""
    with reading() as session:
        waiting = bool(request.args.get("cho-ky"))
        missing, stranded = bool(request.args.get("chua-nhan")), bool(request.args.get("khong-den"))
        rows = lists.outgoing(
            session,
            actor(),
            text=_text(),
            waiting=waiting,
            missing=missing,
            stranded=stranded,
            limit=PAGE,
            after=after(),
        )
    following = next_page("documents.outgoing", [row.document_id for row in rows], PAGE)
    return _list("outgoing", rows, following)


@pages.get("/van-ban/tim")
def search() -> ResponseReturnValue:
    """Search over what the agency sent and received."""
    asked, wrong = _wanted()
    with reading() as session:
        rows = [] if wrong else find(session, actor(), asked, limit=PAGE, after=request.args.get("sau", type=int))
    following = next_page("documents.search", [str(row.id) for row in rows], PAGE)
    return render_template(
        "documents/search.html", rows=rows, asked=bool(asked != Wanted()), wrong=wrong, next_page=following
    )


def _wanted() -> tuple[Wanted, str]:
    """What the form asks for, and what is wrong with it."""
    typed = {
        name: nfc(request.args.get(name, "")).strip()
        for name in ("tim", "so", "so-den", "tu", "den", "chieu", "co-quan")
    }
    days = {name: typed_day(typed[name]) for name in ("tu", "den")}
    numbers = {name: _number(typed[name]) for name in ("so", "so-den")}
    if any(typed[name] and value is None for name, value in {**days, **numbers}.items()):
        return Wanted(), _("Số phải là chữ số, ngày viết dạng dd/mm/yyyy.")
    direction = typed["chieu"] if typed["chieu"] in (INCOMING, OUTGOING) else ""
    return Wanted(
        words=typed["tim"],
        body=typed["co-quan"],
        number=numbers["so"],
        arrival=numbers["so-den"],
        direction=direction,
        since=days["tu"],
        until=days["den"],
    ), ""


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= MAX_DIGITS else None


def _text() -> str:
    return nfc(request.args.get("tim", "")).strip()


def _list(direction: str, rows: Sequence[IncomingRow | OutgoingRow], following: str | None, **page: Any) -> str:
    return render_template(
        "documents/list.html", direction=direction, rows=rows, text=_text(), next_page=following, **page
    )


@pages.get("/van-ban/<document_id>")
def show(document_id: str) -> ResponseReturnValue:
    """A document: its facts and its text, its signing, and where it went."""
    return document_page(document_id)


@pages.get("/van-ban/<document_id>.pdf")
def pdf(document_id: str) -> ResponseReturnValue:
    """The PDF: the issued one, or a preview of the draft for its issuer."""
    container = current_container()
    blobs = container.engine.ports.blobs
    with reading() as session:
        document = queries.document(session, actor(), document_id)
        content = queries.pdf(session, blobs, container.renderer, actor(), document_id)
    reads.note(document.case_id, DOCUMENT, document_id)
    name = f"{(document.symbol or 'du-thao').replace('/', '-')}.pdf"
    return send_file(BytesIO(content), mimetype="application/pdf", download_name=name)


@pages.get("/van-ban/<document_id>/tep/<int:index>")
def enclosed_file(document_id: str, index: int) -> ResponseReturnValue:
    """A file that goes with the document, always as a download."""
    with reading() as session:
        document = queries.document(session, actor(), document_id)
        name, content = queries.enclosed_file(session, current_container().blobs, actor(), document_id, index)
    reads.note(document.case_id, DOCUMENT, document_id)
    return send_file(BytesIO(content), mimetype="application/octet-stream", as_attachment=True, download_name=name)


@pages.get("/van-ban/<document_id>.docx")
def docx(document_id: str) -> ResponseReturnValue:
    """The document as an editable file, for its issuer."""
    with reading() as session:
        document = queries.document(session, actor(), document_id)
        content = queries.docx(session, actor(), document_id)
    name = f"{(document.symbol or 'du-thao').replace('/', '-')}.docx"
    return send_file(BytesIO(content), mimetype=MIMETYPE, download_name=name)


@pages.post("/van-ban/<document_id>/huy-so")
def void(document_id: str) -> ResponseReturnValue:
    """Void the number of an issued document."""
    with writing() as session:
        Clerk(session, now(), actor()).void(document_id, nfc(request.form.get("reason", "")))
    flash(_("Đã hủy số; dòng trong sổ được giữ kèm lý do."), "success")
    return redirect(url_for("documents.show", document_id=document_id), 303)


@pages.post("/van-ban-den/<dispatch_id>/xac-nhan")
def confirm(dispatch_id: str) -> ResponseReturnValue:
    """Confirm that the agency received a document."""
    with writing() as session:
        number = confirm_receipt(session, now(), actor(), dispatch_id, issuer)
    flash(_("Đã xác nhận nhận văn bản, số đến %(number)s.", number=f"{number:02d}"), "success")
    return redirect(url_for("documents.incoming"), 303)


@pages.post("/van-ban-den/<dispatch_id>/tra-lai")
def send_back(dispatch_id: str) -> ResponseReturnValue:
    """Send a document back to who sent it."""
    with writing() as session:
        refuse(session, now(), actor(), dispatch_id, nfc(request.form.get("reason", "")))
    flash(_("Đã trả lại văn bản kèm lý do."), "success")
    return redirect(url_for("documents.incoming"), 303)


@pages.post("/van-ban-di/<dispatch_id>/da-nhan")
def received_outside(dispatch_id: str) -> ResponseReturnValue:
    """Note that a receiver outside the program said that it has a document."""
    typed = {name: nfc(request.form.get(name, "")).strip() for name in ("name", "how", "day")}
    refuse_marked_data(typed)
    with writing() as session:
        receipt = Receipt(typed["name"], typed_day(typed["day"]), typed["how"])
        document_id = note(session, now(), actor(), dispatch_id, receipt)
    flash(_("Đã ghi xác nhận của nơi nhận."), "success")
    return redirect(url_for("documents.show", document_id=document_id), 303)


@pages.post("/van-ban-di/<dispatch_id>/khong-gui-lai")
def let_it_be(dispatch_id: str) -> ResponseReturnValue:
    """Note that a document is not sent again to a receiver whom it did not reach."""
    reason = nfc(request.form.get("reason", "")).strip()
    refuse_marked_data({"reason": reason})
    with writing() as session:
        document_id = let_be(session, now(), actor(), dispatch_id, reason)
    flash(_("Đã ghi không gửi lại, kèm lý do."), "success")
    return redirect(url_for("documents.show", document_id=document_id), 303)


@pages.post("/van-ban-di/<dispatch_id>/gui-lai")
def send_again(dispatch_id: str) -> ResponseReturnValue:
    """Send a document again to a receiver whom it did not reach."""
    with writing() as session:
        document_id = resend(session, now(), actor(), dispatch_id, route)
    flash(_("Đã cho gửi lại văn bản."), "success")
    return redirect(url_for("documents.show", document_id=document_id), 303)

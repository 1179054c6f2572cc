"""Pages of lawful deletion: what is due, proposals, and the second person's decision."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.clock import local_date
from engine.errors import NotFound, Rejected
from web.current import actor, now, reading, writing
from web.errors import status_of
from web.formatting import nfc, typed_day
from web.language import _, current
from web.legal import cited
from web.messages import sentence
from web.oversight.asking import procedure_titles
from workflows.retention import deletion
from workflows.retention.classes import class_of, own_classes
from workflows.retention.deletion import Proposal
from workflows.retention.due import DEFAULT, due, proposals

pages = Blueprint("deletions", __name__, url_prefix="/giam-sat/xoa-noi-dung")


def kind(code: str) -> str:
    """Why content is deleted."""
    words = {
        deletion.RETENTION: _("Hết thời hạn bảo quản"),
        deletion.PERSONAL: _("Dữ liệu cá nhân phải xóa"),
        deletion.SECRET: _("Lộ bí mật nhà nước"),
    }
    return words.get(code, code)


@pages.get("")
def show() -> ResponseReturnValue:
    """What is due, what was proposed, and the form for a proposal."""
    return _page()


@pages.post("")
def propose() -> ResponseReturnValue:
    """Propose a deletion; what was typed stays where it cannot be."""
    texts = {name: _typed(name) for name in ("case_code", "kind", "reason", "basis", "decision")}
    try:
        with writing() as session:
            deletion.propose(session, actor(), now(), Proposal(**texts, decided_on=typed_day(_typed("decided_on"))))
    except Rejected as error:
        if isinstance(error, NotFound) and not deletion.may_delete(actor()):
            raise
        return _page(sentence(error.code, error.params, current())), status_of(error)
    flash(_("Đã ghi đề nghị xóa. Một người khác phải quyết định."), "success")
    return redirect(url_for("deletions.show"), 303)


@pages.post("/<deletion_id>/xoa")
def approve(deletion_id: str) -> ResponseReturnValue:
    """Delete the content."""
    with writing() as session:
        deletion.approve(session, actor(), now(), deletion_id)
    flash(_("Đã xóa nội dung; các tệp được xóa trong ít phút. Lịch sử vẫn chứng minh được."), "success")
    return redirect(url_for("deletions.show"), 303)


@pages.post("/<deletion_id>/khong-dong-y")
def refuse(deletion_id: str) -> ResponseReturnValue:
    """Let the content stay."""
    with writing() as session:
        deletion.refuse(session, actor(), now(), deletion_id)
    flash(_("Đã ghi: không xóa."), "success")
    return redirect(url_for("deletions.show"), 303)


def _page(problem: str = "") -> str:
    with reading() as session:
        rows, found = proposals(session, actor()), due(session, actor(), local_date(now()))
        titles = procedure_titles(session)
    classes = [(titles.get(id_, id_), one) for id_, one in own_classes().items()]
    return render_template(
        "oversight/deletions.html",
        rows=rows,
        due=found,
        titles=titles,
        classes=[*classes, (_("Các quy trình khác"), class_of(DEFAULT))],
        kinds=[(one, kind(one)) for one in deletion.KINDS],
        kind=kind,
        cited=cited,
        problem=problem,
        typed=request.form or request.args,
    )


def _typed(name: str) -> str:
    return nfc(request.form.get(name, "")).strip()

"""Pages of the studio: the state of each procedure, a draft at a glance, and its way to a version in force."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.errors import Rejected
from web.current import actor, current_container, now, reading, versions, writing
from web.errors import status_of
from web.formatting import clock, nfc, typed_day
from web.language import _, current
from web.messages import sentence
from web.studio import draft_page, wording
from web.studio.comparing import compared
from web.studio.editing import Opened, opened, store
from workflows.documents.layout import LAYOUT_VERSION
from workflows.law import instruments
from workflows.studio import clauses, comments, drafts, overview, publishing
from workflows.studio.errors import UnknownFile
from workflows.studio.form_changes import orphaned

pages = Blueprint("studio", __name__, url_prefix="/xuong")


@pages.get("")
def index() -> ResponseReturnValue:
    """Each procedure at a glance."""
    drafts.require_owner(actor())
    with reading() as session:
        states = overview.states(session, now())
        names = draft_page.names(session, (d for state in states for d in state.drafts))
        law_tasks, law_proposals = clauses.waiting(session, versions(), now())
        mine = {d.id for state in states for d in state.drafts if publishing.may_approve(session, actor(), d)}
    return render_template(
        "studio/index.html",
        states=states, names=names, mine=mine, law_tasks=law_tasks, law_proposals=law_proposals,
    )  # fmt: skip


@pages.post("")
def begin() -> ResponseReturnValue:
    """Begin a draft of a procedure, from the newest version or the one that is named."""
    with writing() as session:
        draft = drafts.begin(
            session,
            actor(),
            _typed("procedure"),
            now=now(),
            version_hash=_typed("version") or None,
            name=_typed("name"),
        )
        target = url_for("studio.show", draft_id=draft.id)
    flash(_("Đã mở bản nháp. Quy trình đang áp dụng không thay đổi cho đến khi bản nháp được phê duyệt."), "success")
    return redirect(target, 303)


@pages.get("/<draft_id>")
def show(draft_id: str) -> ResponseReturnValue:
    """One draft at a glance."""
    return _page(draft_id)


@pages.post("/<draft_id>/trinh")
def submit(draft_id: str) -> ResponseReturnValue:
    """Submit for approval by a second person."""
    checks = current_container().checks
    _look_ahead(draft_id)

    def act(session: Session) -> None:
        publishing.submit(session, actor(), draft_id, _reason(), checks=checks, now=now())

    return _change(draft_id, act, _("Đã trình. Một chủ quy trình khác cần phê duyệt."))


@pages.post("/<draft_id>/tra-lai")
def give_back(draft_id: str) -> ResponseReturnValue:
    """Return a submitted draft with the reason."""
    return _change(
        draft_id,
        lambda session: publishing.give_back(session, actor(), draft_id, _typed("reason"), now()),
        _("Đã trả lại bản nháp cho người soạn."),
    )


@pages.post("/<draft_id>/phe-duyet")
def approve(draft_id: str) -> ResponseReturnValue:
    """Approve and publish."""
    _look_ahead(draft_id)

    def act(session: Session) -> None:
        publishing.approve(
            session,
            actor(),
            draft_id,
            digest=_typed("digest"),
            checks=current_container().checks,
            document_templates=LAYOUT_VERSION,
            now=now(),
        )

    return _change(draft_id, act, _("Đã ban hành. Vụ việc mở từ ngày áp dụng dùng phiên bản này."))


@pages.post("/<draft_id>/bo")
def discard(draft_id: str) -> ResponseReturnValue:
    """Give the draft up."""
    return _change(draft_id, lambda session: drafts.discard(session, actor(), draft_id, now()), _("Đã bỏ bản nháp."))


@pages.post("/<draft_id>/bo-tep")
def remove(draft_id: str) -> ResponseReturnValue:
    """Take a form, table or text out of the draft."""
    path = _typed("path")
    if not path.startswith(("forms/", "notices/")) and not path.endswith(".dmn"):
        raise UnknownFile(path=path[:200])
    at = opened(draft_id)
    problem = store(draft_id, path, None)
    if problem is not None:
        return _page(draft_id, problem), 409
    flash(_("Đã bỏ %(file)s khỏi bản nháp.", file=path), "success")
    for told in _left_behind(at, path):
        flash(told, "warning")
    return redirect(url_for("studio.show", draft_id=draft_id), 303)


@pages.post("/<draft_id>/lay-moi")
def rebase(draft_id: str) -> ResponseReturnValue:
    """Take over what was published meanwhile."""
    with writing() as session:
        conflicts = drafts.rebase(session, actor(), draft_id, now())
    if conflicts:
        told = _(
            "Cả hai bên cùng sửa các tệp: %(files)s. Bản nháp giữ nội dung của mình; hãy xem lại phần so sánh.",
            files=", ".join(conflicts),
        )
        flash(told, "warning")
    else:
        flash(_("Đã lấy thay đổi của phiên bản mới."), "success")
    return redirect(url_for("studio.show", draft_id=draft_id), 303)


@pages.post("/<draft_id>/phan-dung-chung")
def repin(draft_id: str) -> ResponseReturnValue:
    """Call a shared part in its newest version."""
    return _change(
        draft_id,
        lambda session: drafts.repin(session, actor(), draft_id, _typed("part"), now()),
        _("Bản nháp dùng phiên bản mới nhất của phần dùng chung."),
    )


@pages.post("/<draft_id>/gop-y")
def comment(draft_id: str) -> ResponseReturnValue:
    """Remark something on the draft or on an element."""

    def act(session: Session) -> None:
        file, _sign, element = _typed("about").partition("#")
        comments.add(session, actor(), draft_id, _typed("text"), now=now(), file=file, element=element)

    return _change(draft_id, act, _("Đã ghi góp ý."))


@pages.post("/<draft_id>/gop-y/<comment_id>/xong")
def settle(draft_id: str, comment_id: str) -> ResponseReturnValue:
    """Mark a remark as settled."""
    return _change(
        draft_id,
        lambda session: comments.settle(session, actor(), draft_id, comment_id, now()),
        _("Đã đánh dấu góp ý là đã xử lý."),
    )


def _left_behind(at: Opened, path: str) -> list[str]:
    if not path.startswith("forms/"):
        return []
    form_id = PurePosixPath(path).stem
    with reading() as session:
        return [wording.orphaned(one) for one in orphaned(session, at.draft.procedure_id, form_id, None)]


def _look_ahead(draft_id: str) -> None:
    with reading() as session:
        publishing.look_ahead(session, actor(), draft_id, checks=current_container().checks, now=now())


def _change(draft_id: str, act: Callable[[Session], object], done: str) -> ResponseReturnValue:
    """Carry out an act on the draft; what is refused is told on the draft's page, with what was typed."""
    try:
        with writing() as session:
            act(session)
    except Rejected as error:
        if status_of(error) == 404:
            raise
        return _page(draft_id, sentence(error.code, _shown(error.params), current())), status_of(error)
    flash(done, "success")
    return redirect(url_for("studio.show", draft_id=draft_id), 303)


def _page(draft_id: str, problem: str = "") -> str:
    with reading() as session:
        view = draft_page.view(session, actor(), draft_id, current_container().checks, now())
    return render_template(
        "studio/draft.html",
        view=view,
        draft=view.draft,
        problem=problem,
        typed=request.form,
        instruments=sorted(instruments().values(), key=lambda one: one.short),
        doors=_doors(draft_id),
        comparison=compared(*view.sides) if view.sides else None,
        told=lambda finding: sentence(finding.code, finding.params, current()),
        present=[(view.names[one.person_id], clock(one.since, now())) for one in view.present],
    )


def _doors(draft_id: str) -> dict[str, str]:
    """Addresses of the editors of a draft, by endpoint: those that this program has."""
    drawn = ("studio_editor.diagram", "studio_editor.table", "studio_impact.show")
    listed = ("studio_forms.index", "studio_tables.index", "studio_notices.index")
    endpoints = (*drawn, "studio_description.show", "studio_deadlines.show", *listed)
    known = [endpoint for endpoint in endpoints if endpoint in current_app.view_functions]
    return {endpoint: url_for(endpoint, draft_id=draft_id) for endpoint in known}


def _reason() -> publishing.Reason:
    chosen = instruments().get(_typed("instrument"))
    number, issued = _typed("instrument_number"), _typed("instrument_date")
    written = chosen.short if chosen else f"{number}, {issued}" if number and issued else ""
    return publishing.Reason(_typed("note"), written, typed_day(_typed("effective_on")))


def _shown(params: dict[str, Any]) -> dict[str, Any]:
    """What is missing, in words."""
    names = {
        "note": _("nội dung thay đổi"),
        "instrument": _("văn bản làm căn cứ (số và ngày)"),
        "effective_on": _("ngày áp dụng (từ hôm nay trở đi)"),
        "reason": _("lý do"),
        "text": _("nội dung góp ý"),
    }
    missing = params.get("missing")
    return {**params, "missing": [names.get(one, one) for one in missing]} if isinstance(missing, list) else params


def _typed(name: str) -> str:
    return nfc(request.form.get(name, "")).strip()

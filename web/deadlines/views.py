"""The page of a case's deadlines, extending one, and choosing another regime."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.actors import HEAD
from engine.clock import from_text
from engine.commands import ChooseRegime, ExtendDeadline
from engine.commands.case_run import RUNNING
from engine.commands.deadlines import NotLater, open_choices
from engine.errors import Rejected
from engine.forms import typed
from engine.queries import cases
from web.current import actor, directory, now, reading, versions
from web.deadlines.reading import deadlines_of
from web.errors import status_of
from web.formatting import nfc
from web.keys import execute
from web.language import _, current
from web.legal import cited
from web.messages import sentence

pages = Blueprint("deadlines", __name__, url_prefix="/vu-viec")


@pages.get("/<code>/thoi-han")
def show(code: str) -> ResponseReturnValue:
    """Each deadline of the case: from when, how it was counted day by day, by which clause, what moved it."""
    return _page(code)


@pages.post("/<code>/thoi-han/gia-han")
def extend(code: str) -> ResponseReturnValue:
    """Give an open step more time (a head of the leading agency)."""
    try:
        due_at = from_text(typed.moment(_typed("due_at")))
    except ValueError:
        return _page(code, sentence(NotLater.code, {}, current())), 422
    command = ExtendDeadline(_case_id(code), _typed("target"), due_at, _typed("reason"), _typed("document"))
    return _do(code, command, _("Đã gia hạn."))


@pages.post("/<code>/thoi-han/che-do")
def choose(code: str) -> ResponseReturnValue:
    """Have the case go by the law of another day."""
    command = ChooseRegime(_case_id(code), _typed("choice"), _typed("reason"))
    return _do(code, command, _("Đã chọn chế độ pháp luật; các hạn đang mở đã được tính lại."))


def _do(code: str, command: ExtendDeadline | ChooseRegime, done: str) -> ResponseReturnValue:
    try:
        execute(command)
    except Rejected as error:
        if status_of(error) == 404:
            raise
        return _page(code, sentence(error.code, error.params, current())), status_of(error)
    flash(done, "success")
    return redirect(url_for("deadlines.show", code=code), 303)


def _page(code: str, problem: str = "") -> str:
    with reading() as session:
        view = cases.view(session, actor(), versions(), directory(), code)
        leads = actor().agency_id == view.case.lead_agency
        found = deadlines_of(session, view, now(), is_head=leads and actor().has(HEAD))
    bundle, running = view.version.bundle, view.case.status == RUNNING
    choices = open_choices(view.facts, bundle.choices, view.variables) if running and leads else []
    return render_template(
        "deadlines/show.html",
        view=view,
        deadlines=found,
        choices=[one for one in choices if actor().has(one.duty) or actor().has(HEAD)],
        chosen=bundle.choices.get(str(view.facts.get("regime") or "")),
        may_go_back=running and leads and bool(view.facts.get("regime")),
        cited=cited,
        problem=problem,
        typed=request.form,
    )


def _case_id(code: str) -> str:
    with reading() as session:
        return cases.visible(session, actor(), code).id


def _typed(name: str) -> str:
    return nfc(request.form.get(name, "")).strip()

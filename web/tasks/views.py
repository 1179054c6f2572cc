"""The task page and its buttons: claim, give back, assign, complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.commands import (
    AssignWorkItem,
    ClaimWorkItem,
    CompleteWorkItem,
    ReleaseWorkItem,
    Upload,
)
from engine.errors import Conflict, InvalidForm, Rejected
from engine.queries import work_items
from engine.queries.work_items import WorkItemView
from engine.unit_of_work import Receipt
from web.auth import resume
from web.current import actor, directory, now, reading, versions
from web.documents import composer
from web.errors import status_of
from web.keys import execute
from web.language import _, current
from web.messages import sentence
from web.tasks.page import task_page
from web.tasks.typed import Typed, submitted, typed_from, without_empty_rows
from web.tasks.uploads import read_uploads
from workflows.documents.arrivals import opening_facts

pages = Blueprint("tasks", __name__, url_prefix="/viec")


@pages.record_once
def _register(state: Any) -> None:
    app: Flask = state.app
    resume.shows("tasks.complete", app, show_again)


@pages.get("/<work_item_id>")
def show(work_item_id: str) -> ResponseReturnValue:
    """The task page."""
    view = _view(work_item_id)
    return task_page(view, typed_from(view.form.fields, {**_from_arrival(view), **view.values}))


def show_again(typed: Typed, notice: str, work_item_id: str) -> ResponseReturnValue:
    """The task page with what had been typed before the session or the page expired."""
    return task_page(_view(work_item_id), typed, notice=notice)


@pages.post("/<work_item_id>/nhan")
def claim(work_item_id: str) -> ResponseReturnValue:
    """Take a work item."""
    execute(ClaimWorkItem(work_item_id))
    flash(_("Đã nhận việc."), "success")
    return redirect(url_for("tasks.show", work_item_id=work_item_id), 303)


@pages.post("/<work_item_id>/tra")
def release(work_item_id: str) -> ResponseReturnValue:
    """Give a work item back to the agency."""
    execute(ReleaseWorkItem(work_item_id))
    flash(_("Đã trả việc về danh sách chung của cơ quan."), "success")
    return redirect(url_for("inbox.show"), 303)


@pages.post("/<work_item_id>/giao")
def assign(work_item_id: str) -> ResponseReturnValue:
    """Assign a work item to an officer of the agency (heads only; the core checks)."""
    execute(AssignWorkItem(work_item_id, request.form.get("person_id", "")))
    flash(_("Đã giao việc."), "success")
    return redirect(url_for("inbox.show"), 303)


@pages.post("/<work_item_id>/hoan-thanh")
def complete(work_item_id: str) -> ResponseReturnValue:
    """Complete a work item with its form; whatever goes wrong, the typed values are shown again."""
    view = _view(work_item_id)
    typed = without_empty_rows(view.form, request.form)
    if "_more" in typed:
        return task_page(view, typed, more=typed["_more"])
    if "_edit" in typed or "_preview" in typed:
        return _rewritten(view, typed)
    try:
        receipt = _complete(view, typed)
    except InvalidForm as error:
        return task_page(view, typed, errors=error.fields, files_lost=_files_chosen()), 422
    except Conflict as error:
        # Read again: the page must show the state that the officer ran into.
        return task_page(_view(work_item_id), typed, conflict=sentence(error.code, error.params, current())), 409
    except Rejected as error:
        text = sentence(error.code, error.params, current())
        return task_page(view, typed, refusal=text, files_lost=_files_chosen()), status_of(error)
    flash(_("Đã hoàn thành bước “%(step)s”.", step=view.row.element_name), "success")
    return redirect(url_for("cases.show", code=receipt.case_code), 303)


def _rewritten(view: WorkItemView, typed: Typed) -> ResponseReturnValue:
    """The page with the rows of its text moved, or with the pages as they would be printed; nothing is stored."""
    name, _sign, action = typed.get("_edit", "").partition(":")
    known = {field.name for field in view.form.fields if field.editor == composer.EDITOR}
    if name in known:
        typed = composer.edit(typed, name, action)
    lost = _files_chosen()
    if "_preview" not in typed:
        return task_page(view, typed, files_lost=lost)
    try:
        return task_page(view, typed, preview=True, files_lost=lost)
    except Rejected as error:
        text = sentence(error.code, error.params, current())
        return task_page(view, typed, refusal=text, files_lost=lost), status_of(error)


def _complete(view: WorkItemView, typed: Typed) -> Receipt:
    data = submitted(view.form, typed)
    uploads: Mapping[str, Sequence[Upload]] = read_uploads(view.form, request.files)
    return execute(CompleteWorkItem(view.row.work_item_id, data, uploads, _lock_version(typed)))


def _lock_version(typed: Typed) -> int | None:
    text = typed.get("_version", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _view(work_item_id: str) -> WorkItemView:
    with reading() as session:
        return work_items.view(session, actor(), versions(), directory(), work_item_id, now())


def _from_arrival(view: WorkItemView) -> Mapping[str, Any]:
    """What the paper that opened the case tells and the case itself does not know yet."""
    if not view.may_complete:
        return {}
    with reading() as session:
        told = opening_facts(session, actor(), view.case.case.id)
    return {name: value for name, value in told.items() if name not in view.variables}


def _files_chosen() -> bool:
    return any(one.filename for one in request.files.values())

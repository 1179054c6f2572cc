"""The forms of a draft: their fields one by one, with the very form that officers will see beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from engine.clock import local_date
from engine.errors import DefinitionError, Finding
from engine.forms import Form, load_form
from engine.forms.definition import COLUMN_TYPES, TYPES
from web import words
from web.current import now, reading
from web.formatting import nfc
from web.language import _
from web.legal import cited
from web.studio import conditions, form_text, vocabulary, wording
from web.studio.editing import Opened, found, opened, store, told
from web.tasks.fields import FormView, Surroundings, form_view
from workflows.studio import beginning, form_changes

pages = Blueprint("studio_forms", __name__, url_prefix="/xuong")


@pages.get("/<draft_id>/bieu-mau")
def index(draft_id: str) -> ResponseReturnValue:
    """The forms of a draft."""
    at = opened(draft_id)
    forms = {id_: form_text.read(at.files, id_) for id_ in form_text.ids(at.files)}
    return render_template("studio/forms.html", draft=at.draft, title=at.title, forms=forms)


@pages.post("/<draft_id>/bieu-mau")
def create(draft_id: str) -> ResponseReturnValue:
    """A new form with one field, to be changed."""
    title = _typed("title")
    id_ = _typed("id") or beginning.id_from(title)
    at = opened(draft_id)
    content = form_text.write(beginning.new_form(id_, title))
    if f"forms/{id_}.json" in at.files or _findings(content, id_):
        flash(_("Mã biểu mẫu gồm chữ thường không dấu, số, gạch; chưa được dùng; và có tên."), "danger")
        return redirect(url_for("studio_forms.index", draft_id=draft_id), 303)
    return _stored(at, id_, content) or redirect(url_for("studio_forms.index", draft_id=draft_id), 303)


@pages.get("/<draft_id>/bieu-mau/<form_id>")
def show(draft_id: str, form_id: str) -> ResponseReturnValue:
    """One form: its fields in order, what must be repaired, and how it looks."""
    at = opened(draft_id)
    return _page(at, form_id, _existing(at, form_id))


@pages.post("/<draft_id>/bieu-mau/<form_id>")
def change(draft_id: str, form_id: str) -> ResponseReturnValue:
    """Title and introduction; fields moved, taken away or added."""
    at = opened(draft_id)
    data = _existing(at, form_id)
    form_text.describe(data, {key: _typed(key) for key in ("title.vi", "title.en", "intro.vi", "intro.en")})
    act, _colon, name = request.form.get("act", "").partition(":")
    if act == "add":
        return redirect(url_for("studio_forms.field", draft_id=draft_id, form_id=form_id, name="+"), 303)
    form_text.arrange(data["fields"], act, name)
    content = form_text.write(data)
    problems = _findings(content, form_id)
    if problems:
        return _page(at, form_id, data, told(problems)), 422
    return _stored(at, form_id, content) or (_page(at, form_id, data, [_conflict()]), 409)


@pages.route("/<draft_id>/bieu-mau/<form_id>/<name>", methods=["GET", "POST"])
def field(draft_id: str, form_id: str, name: str) -> ResponseReturnValue:
    """One field, or one column of a table (`table.column`); `+` and `table.+` are new ones."""
    at = opened(draft_id)
    data = _existing(at, form_id)
    one, siblings = form_text.find(data, name)
    if siblings is None or (one is None and not name.endswith("+")):
        abort(404)
    if request.method == "GET":
        return _field_page(at, form_id, name, one or form_text.NEW_FIELD, [])
    typed = form_text.typed_field(request.form, one or {}, column="." in name)
    if one is None:
        siblings.append(typed)
    else:
        siblings[siblings.index(one)] = typed
    content = form_text.write(data)
    problems = _findings(content, form_id) or _reused(at, content, form_id)
    if problems:
        return _field_page(at, form_id, name, typed, told(problems)), 422
    return _stored(at, form_id, content) or (_field_page(at, form_id, name, typed, [_conflict()]), 409)


def _existing(at: Opened, form_id: str) -> dict[str, Any]:
    data = form_text.read(at.files, form_id)
    if data is None:
        abort(404)
    return data


def _findings(content: bytes, form_id: str) -> list[Finding]:
    try:
        load_form(content, f"forms/{form_id}.json")
    except DefinitionError as error:
        return error.findings
    return []


def _reused(at: Opened, content: bytes, form_id: str) -> list[Finding]:
    file = f"forms/{form_id}.json"
    with reading() as session:
        return form_changes.reused(session, at.draft.procedure_id, load_form(content, file), file)


def _stored(at: Opened, form_id: str, content: bytes) -> ResponseReturnValue | None:
    """The way back to the form once it is stored; None where somebody else stored it meanwhile."""
    problem = store(at.draft.id, f"forms/{form_id}.json", content)
    if problem is not None:
        flash(problem, "danger")
        return None
    flash(_("Đã lưu biểu mẫu vào bản nháp."), "success")
    return redirect(url_for("studio_forms.show", draft_id=at.draft.id, form_id=form_id), 303)


def _conflict() -> str:
    return _("Chưa lưu: hãy chép nội dung vừa nhập, tải lại trang rồi nhập lại.")


def _typed(key: str) -> str:
    return nfc(request.form.get(key, "")).strip()


def _page(at: Opened, form_id: str, data: Mapping[str, Any], problems: list[str] | None = None) -> str:
    form, preview = _preview(data, form_id)
    lost: list[form_changes.Orphaned] = []
    if form is not None:
        with reading() as session:
            lost = form_changes.orphaned(session, at.draft.procedure_id, form_id, form)
    return render_template(
        "studio/form.html",
        draft=at.draft,
        title=at.title,
        id=form_id,
        data=data,
        problems=told(found(at, f"forms/{form_id}.json")) if problems is None else problems,
        preview=preview,
        lost=[wording.orphaned(one) for one in lost],
    )


def _preview(data: Mapping[str, Any], form_id: str) -> tuple[Form | None, FormView | None]:
    """The form and how officers see it; nothing while it cannot be read."""
    try:
        form = load_form(form_text.write(data), f"forms/{form_id}.json")
    except DefinitionError:
        return None, None
    notes = {one.name: one.text for one in form.fields if one.type == "note"}
    idle = frozenset(one.name for one in form.fields if one.when)
    return form, form_view(form, MultiDict(), Surroundings(notes=notes, idle=idle))


def _field_page(at: Opened, form_id: str, name: str, one: Mapping[str, Any], problems: list[str]) -> str:
    column = "." in name
    with reading() as session:
        register = list(vocabulary.clause_register(session, at.bundle, local_date(now())))
    return render_template(
        "studio/field.html",
        draft=at.draft,
        title=at.title,
        id=form_id,
        name=name,
        field=form_text.shown(one),
        problems=problems,
        kinds=[(kind, words.field_type(kind)) for kind in sorted(COLUMN_TYPES if column else TYPES)],
        column=column,
        condition=conditions.read(str(one.get("when") or "")),
        readable=conditions.offered(_existing(at, form_id)["fields"], name),
        clauses=register,
        cited=cited,
    )

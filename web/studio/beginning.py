"""A new procedure: named, then begun with nothing, as a copy of another one, or from a BPMN file."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.clock import local_date
from engine.errors import DefinitionError, Finding
from engine.procedures.bundle import PROCEDURE, SHARED
from web.current import actor, current_container, now, reading, writing
from web.formatting import nfc
from web.language import _
from web.studio import vocabulary
from web.studio.editing import told
from workflows.studio import beginning, drafts, importing, overview
from workflows.studio.beginning import Identity
from workflows.studio.importing import Incoming

pages = Blueprint("studio_beginning", __name__, url_prefix="/xuong/moi")
NOTHING, COPY, DRAWING = "nothing", "copy", "drawing"
ORIGINS: Final = (NOTHING, COPY, DRAWING)


@pages.get("")
def ask() -> ResponseReturnValue:
    """What the new procedure is called, and with what it begins."""
    drafts.require_owner(actor())
    return _form([])


@pages.post("")
def begin() -> ResponseReturnValue:
    """Begin its draft; what cannot be used is told and nothing is kept."""
    drafts.require_owner(actor())
    identity = _typed_identity()
    try:
        incoming = _incoming(identity)
    except DefinitionError as error:
        return _form(error.findings), 422
    with writing() as session:
        draft = importing.keep(session, actor(), incoming, "", now())
        target = url_for("studio_description.show", draft_id=draft.id)
    flash(_("Đã mở bản nháp của quy trình mới. Điền tiếp mô tả rồi sửa sơ đồ."), "success")
    return redirect(target, 303)


def _incoming(identity: Identity) -> Incoming:
    checks = current_container().checks
    origin = request.form.get("origin", NOTHING)
    with reading() as session:
        if origin == COPY:
            return beginning.from_copy(session, actor(), identity, _typed("copied"))
        if origin == DRAWING:
            handed = request.files.get("file")
            if handed is None or not handed.filename:
                raise DefinitionError([Finding("studio.no_file", "")])
            return beginning.from_drawing(session, actor(), identity, handed.read(), checks=checks, now=now())
        return beginning.from_nothing(session, actor(), identity, checks)


def _typed_identity() -> Identity:
    title = {language: _typed(f"title.{language}") for language in ("vi", "en")}
    return Identity(
        id=_typed("id") or beginning.id_from(title["vi"]),
        title=title,
        code=_typed("code").upper() or beginning.code_from(title["vi"]),
        lead=_typed("lead"),
        basis=_typed("basis"),
        kind=SHARED if _typed("kind") == SHARED else PROCEDURE,
    )


def _typed(key: str) -> str:
    return nfc(request.form.get(key, "")).strip()


def _form(findings: list[Finding]) -> str:
    with reading() as session:
        known = [state for state in overview.states(session, now()) if state.current or state.coming]
        roles = vocabulary.roles(session)
        register = list(vocabulary.clause_register(session, None, local_date(now())))
    return render_template(
        "studio/new.html",
        problems=told(findings),
        typed=request.form,
        known=known,
        roles=[(role["id"], role["name"]) for role in roles],
        clauses=register,
        origins=ORIGINS,
    )

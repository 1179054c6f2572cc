"""Bringing procedures in and taking them out as files."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import DefinitionError, Finding
from engine.procedures import drawing
from engine.procedures.bundle import DIAGRAM
from engine.queries import procedures
from engine.tables import ProcedureVersion
from web.current import actor, current_container, now, reading, versions, writing
from web.formatting import nfc
from web.language import _, current
from web.messages import sentence
from workflows.studio import archive, drafts, importing
from workflows.studio.errors import UnknownDraft

pages = Blueprint("studio_exchange", __name__, url_prefix="/xuong")


@pages.get("/nhap")
def ask() -> ResponseReturnValue:
    """The form on which a file is handed in."""
    drafts.require_owner(actor())
    return _form([])


@pages.post("/nhap")
def bring_in() -> ResponseReturnValue:
    """Begin a draft with a file; what nobody may keep is told and not kept."""
    drafts.require_owner(actor())
    handed = request.files.get("file")
    name = nfc(handed.filename or "") if handed else ""
    if handed is None or not name:
        return _form([Finding("studio.no_file", "")]), 422
    wanted = request.form.get("procedure", "")
    checks = current_container().checks
    try:
        with reading() as session:
            incoming = importing.examined(
                session, actor(), name[:200], handed.read(), procedure_id=wanted, checks=checks, now=now()
            )
    except DefinitionError as error:
        return _form(error.findings), 422
    with writing() as session:
        target = url_for("studio.show", draft_id=importing.keep(session, actor(), incoming, name, now()).id)
    flash(_("Đã nhập thành bản nháp. Xem phần Kiểm tra để biết còn phải sửa gì."), "success")
    return redirect(target, 303)


@pages.get("/<draft_id>/xuat.zip")
def whole(draft_id: str) -> ResponseReturnValue:
    """The whole draft as a zip."""
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        files = drafts.files(session, draft)
    return _download(archive.packed(files, draft.procedure_id), f"{draft.procedure_id}.zip", "application/zip")


@pages.get("/<draft_id>/xuat.bpmn")
def diagram(draft_id: str) -> ResponseReturnValue:
    """The draft's diagram."""
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        content = drafts.file(session, draft, DIAGRAM)
    return _download(content, f"{draft.procedure_id}.bpmn", "application/xml")


@pages.get("/<draft_id>/xuat.svg")
def picture(draft_id: str) -> ResponseReturnValue:
    """The draft's diagram as a picture."""
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        content = drafts.file(session, draft, DIAGRAM)
    return _download(drawing.svg(content).encode(), f"{draft.procedure_id}.svg", "image/svg+xml")


@pages.get("/phien-ban/<version_hash>.zip")
def version(version_hash: str) -> ResponseReturnValue:
    """A published version, with its scenarios, as a zip."""
    drafts.require_owner(actor())
    with reading() as session:
        row = session.get(ProcedureVersion, version_hash)
        if row is None:
            raise UnknownDraft()
        files = drafts.whole(session, version_hash)
    return _download(archive.packed(files, row.procedure_id), f"{row.procedure_id}-{row.number}.zip", "application/zip")


def _form(findings: list[Finding]) -> str:
    with reading() as session:
        rows = procedures.in_force(session, actor(), versions(), now())
    return render_template(
        "studio/import.html",
        procedures=rows,
        findings=findings,
        typed=request.form,
        told=lambda finding: sentence(finding.code, finding.params, current()),
    )


def _download(content: bytes, name: str, kind: str) -> Response:
    answer = Response(content, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

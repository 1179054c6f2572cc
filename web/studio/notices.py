"""The texts of a draft's official documents: what they may read where they are written, and how a paper will look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from engine.clock import local_date
from engine.errors import DefinitionError, PhoiHopError
from engine.procedures.bundle import Bundle
from engine.procedures.versions import shared_bundles
from web.current import actor, current_container, directory, now, reading
from web.documents import composer
from web.formatting import day, nfc, typed_day
from web.language import _, current
from web.messages import sentence
from web.studio import notice_form, vocabulary
from web.studio.editing import Opened, opened, store, told
from workflows.documents import samples
from workflows.documents.kinds import KINDS, URGENCY
from workflows.documents.model import DocumentModel
from workflows.documents.templates import NoticeTemplate, check_template, fill, read_template, variables
from workflows.documents.text import read_blocks, tidy_body, tidy_subject
from workflows.studio import findings, notice_text, paths, yaml_text
from workflows.studio.notice_sample import sample
from workflows.studio.notice_text import Past, Use

pages = Blueprint("studio_notices", __name__, url_prefix="/xuong")
EMPTY: Final = {"type": "CV", "subject": "…", "body": ["…"]}


@pages.get("/<draft_id>/van-ban")
def index(draft_id: str) -> ResponseReturnValue:
    """The notices of a draft."""
    at = opened(draft_id)
    ids = [p.removeprefix("notices/").removesuffix(".yaml") for p in sorted(at.files) if p.startswith("notices/")]
    subjects = {id_: str(notice_form.read(at.files[_path(id_)]).get("subject", "")) for id_ in ids}
    return render_template("studio/notices.html", draft=at.draft, title=at.title, subjects=subjects)


@pages.post("/<draft_id>/van-ban")
def create(draft_id: str) -> ResponseReturnValue:
    """A new notice, to be written."""
    at = opened(draft_id)
    id_ = nfc(request.form.get("id", "")).strip()
    problem = sentence("studio.path", {"path": _path(id_)}, current()) if _path(id_) in at.files or not id_ else None
    problem = problem or store(draft_id, _path(id_), yaml_text.dump(EMPTY))
    if problem is not None:
        flash(problem, "danger")
        return redirect(url_for("studio_notices.index", draft_id=draft_id), 303)
    return redirect(url_for("studio_notices.show", draft_id=draft_id, notice=id_), 303)


@pages.get("/<draft_id>/van-ban/<notice>")
def show(draft_id: str, notice: str) -> ResponseReturnValue:
    """One notice."""
    at = opened(draft_id)
    return _page(at, notice, notice_form.read(_content(at, notice)))


@pages.post("/<draft_id>/van-ban/<notice>")
def save(draft_id: str, notice: str) -> ResponseReturnValue:
    """Store what was typed, after the act of the button; text that cannot be used is told and not stored."""
    at = opened(draft_id)
    before = _content(at, notice)
    data = notice_form.typed(request.form, notice_form.read(before))
    notice_form.act(data, asked := request.form.get("act", ""), _since(asked))
    content = yaml_text.dump(data, before)
    problems = told(check_template(_path(notice), content))
    if problems:
        return _page(at, notice, data, problems), 422
    problem = store(draft_id, _path(notice), content)
    if problem is not None:
        return _page(at, notice, data, [problem]), 409
    flash(_("Đã lưu văn bản vào bản nháp."), "success")
    return redirect(url_for("studio_notices.show", draft_id=draft_id, notice=notice), 303)


@pages.get("/<draft_id>/van-ban/<notice>/xem-truoc.pdf")
def paper(draft_id: str, notice: str) -> ResponseReturnValue:
    """The notice on paper, with the values of a case or made-up ones."""
    at = opened(draft_id)
    content = _content(at, notice)
    with reading() as session:
        cases = notice_text.past(session, actor(), at.draft.procedure_id, _path(notice))
    try:
        filled = _filled(notice, content, _chosen(cases))
        printed = current_container().renderer.pdf(_model(filled))
    except PhoiHopError as error:
        return _page(at, notice, notice_form.read(content), [sentence(error.code, error.params, current())]), 422
    return send_file(BytesIO(printed), mimetype="application/pdf", download_name=f"{notice}.pdf")


def _since(asked: str) -> date:
    """The day beside the button of a regime; today where none was typed."""
    typed = request.form.get(f"regimes.{asked.partition(':')[2]}.since", "").strip()
    return typed_day(typed) or local_date(now())


def _path(notice: str) -> str:
    return f"notices/{notice}.yaml"


def _content(at: Opened, notice: str) -> bytes:
    if _path(notice) not in at.files:
        abort(404)
    return at.files[_path(notice)]


def _chosen(cases: list[Past]) -> Past | None:
    wanted = request.args.get("vu-viec", "")
    return next((one for one in cases if one.code == wanted), None)


def _page(at: Opened, notice: str, data: dict[str, Any], problems: list[str] | None = None) -> str:
    content, today = yaml_text.dump(data), local_date(now())
    with reading() as session:
        cases = notice_text.past(session, actor(), at.draft.procedure_id, _path(notice))
        used = _uses(at, [*_shared(session, at)], notice)
        register = list(vocabulary.clause_register(session, at.bundle, today))
    chosen = _chosen(cases)
    preview, rows, failed, missing = None, [], "", {}
    if not check_template(_path(notice), content):
        missing = notice_text.undeclared(variables(content), used)
        try:
            preview = _filled(notice, content, chosen)
            rows = composer.rows(MultiDict({"body": tidy_body("\n\n".join(preview.body))}), "body")
        except PhoiHopError as error:
            failed = sentence(error.code, error.params, current())
    return render_template(
        "studio/notice.html",
        draft=at.draft, title=at.title, id=notice, data=notice_form.shown(data), kinds=KINDS.values(), urgency=URGENCY,
        problems=problems or [], uses=used, missing=missing, labels=_labels(at), cases=cases, chosen=chosen,
        preview=preview, rows=rows, failed=failed, today=day(today),
        clauses=register,
    )  # fmt: skip


def _labels(at: Opened) -> dict[str, Mapping[str, str]]:
    """What the fields of the forms are called, by the variable that each writes."""
    try:
        return {field.name: field.label for form in at.bundle.forms.values() for field in form.fields}
    except DefinitionError:
        return {}


def _shared(session: Any, at: Opened) -> list[Bundle]:
    hashes, _missing = findings.pinned(session, at.files, at.draft.pins)
    return list(shared_bundles(session, hashes).values())


def _uses(at: Opened, shared: list[Bundle], notice: str) -> list[Use]:
    try:
        return notice_text.uses([Bundle(paths.of_version(at.files)), *shared], _path(notice))
    except DefinitionError:
        return []


def _filled(notice: str, content: bytes, chosen: Past | None) -> NoticeTemplate:
    """The notice filled with what a case gave it, or with made-up values."""
    template = read_template(_path(notice), content)
    values = chosen.values if chosen else sample(list(template.sources()))
    today = local_date(now())

    def name(agency: str) -> str:
        with reading() as session:
            return directory().agency_name(session, agency, today)

    return fill(_path(notice), template, values, name if chosen else str, chosen.law_on if chosen else today)


def _model(text: NoticeTemplate) -> DocumentModel:
    """The sample of its type with this text in place of its own; issuer and signature are the sample's."""
    return replace(
        samples.sample(text.type),
        subject=tidy_subject(text.subject),
        body=read_blocks(tidy_body("\n\n".join(text.body))),
        legal=tuple(map(tidy_subject, text.legal)),
        urgency=text.urgency,
    )

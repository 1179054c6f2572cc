"""The scenarios of a draft as text: read, changed, copied, removed; what cannot be read is told with its place."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import DefinitionError, Rejected
from web.current import actor, directory, now, reading, writing
from web.errors import status_of
from web.formatting import nfc
from web.language import _, current
from web.messages import sentence
from workflows.studio import drafts, findings, paths
from workflows.studio.errors import MovedOn
from workflows.studio.tables import LIVING

pages = Blueprint("studio_scenarios", __name__, url_prefix="/xuong")


@pages.get("/<draft_id>/kich-ban/<name>")
def show(draft_id: str, name: str) -> ResponseReturnValue:
    """One scenario."""
    return _page(draft_id, name)


@pages.post("/<draft_id>/kich-ban/<name>")
def save(draft_id: str, name: str) -> ResponseReturnValue:
    """Save it, or remove it; a text that cannot be kept stays before its author."""
    path, text = _path(name), nfc(request.form.get("text", ""))
    removed = request.form.get("act") == "remove"
    try:
        with writing() as session:
            changes = {path: None if removed else text.encode()}
            drafts.save(session, actor(), draft_id, changes, seen=_seen(), now=now())
    except DefinitionError as error:
        told = "; ".join(sentence(one.code, one.params, current()) for one in error.findings)
        return _page(draft_id, name, told, text), 422
    except Rejected as error:
        if status_of(error) == 404:
            raise
        return _page(draft_id, name, _told(error), text), status_of(error)
    if removed:
        flash(_("Đã bỏ kịch bản."), "success")
        return redirect(url_for("studio_trials.show", draft_id=draft_id), 303)
    flash(_("Đã lưu kịch bản."), "success")
    return redirect(url_for("studio_scenarios.show", draft_id=draft_id, name=name), 303)


@pages.post("/<draft_id>/kich-ban-moi")
def copy(draft_id: str) -> ResponseReturnValue:
    """A new scenario that begins as a copy of another."""
    name = nfc(request.form.get("name", "")).strip()
    with writing() as session:
        draft = drafts.read(session, actor(), draft_id)
        content = drafts.file(session, draft, _path(request.form.get("of", "")))
        drafts.save(session, actor(), draft_id, {_path(name): content}, seen=_seen(), now=now())
    return redirect(url_for("studio_scenarios.show", draft_id=draft_id, name=name), 303)


def _page(draft_id: str, name: str, problem: str = "", typed: str | None = None) -> str:
    path = _path(name)
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        content = drafts.file(session, draft, path)
    text = content.decode("utf-8", "replace") if typed is None else typed
    return render_template(
        "studio/scenario.html",
        draft=draft,
        name=name,
        text=text,
        problem=problem,
        living=draft.status in LIVING,
        seen=draft.revision if typed is None else _seen(),
        found=[sentence(one.code, one.params, current()) for one in findings.of_scenarios({path: text.encode()})],
    )


def _path(name: str) -> str:
    return f"{paths.SCENARIOS}{name}.yaml"


def _seen() -> int:
    """The revision before the person who typed; of a form without one nothing is overwritten."""
    return request.form.get("seen", 0, type=int)


def _told(error: Rejected) -> str:
    params = dict(error.params)
    if isinstance(error, MovedOn):
        with reading() as session:
            params["name"] = directory().person_name(session, str(params["by"]))
    return sentence(error.code, params, current())

"""The description of a draft's procedure: names, leading agency, who opens cases and when, outcomes, parts it calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.actors import HEAD, SPECIALIST
from engine.clock import local_date
from engine.errors import DefinitionError
from engine.procedures.bundle import DESCRIPTION, Bundle, read_yaml
from web import words
from web.current import now, reading
from web.language import _
from web.legal import cited
from web.studio import description_form, vocabulary
from web.studio.editing import Opened, found, opened, store, told
from workflows.law.uses import uses
from workflows.studio import yaml_text

pages = Blueprint("studio_description", __name__, url_prefix="/xuong")


@pages.get("/<draft_id>/mo-ta")
def show(draft_id: str) -> ResponseReturnValue:
    """The description as a form."""
    at = opened(draft_id)
    return _page(at, _said(at))


@pages.post("/<draft_id>/mo-ta")
def save(draft_id: str) -> ResponseReturnValue:
    """Store what was typed, after the act that was asked for; what is wrong is told on the page."""
    at = opened(draft_id)
    data = description_form.typed(request.form, _said(at))
    description_form.act(data, request.form.get("act", ""))
    problem = store(draft_id, DESCRIPTION, yaml_text.dump(data, at.files.get(DESCRIPTION, b"")))
    if problem is not None:
        return _page(at, data, [problem]), 409
    flash(_("Đã lưu mô tả vào bản nháp."), "success")
    return redirect(url_for("studio_description.show", draft_id=draft_id), 303)


def _said(at: Opened) -> dict[str, Any]:
    try:
        return dict(read_yaml(at.files, DESCRIPTION))
    except DefinitionError:
        return {"id": at.draft.procedure_id}


def _page(at: Opened, data: Mapping[str, Any], problems: list[str] | None = None) -> str:
    with reading() as session:
        roles = [(role["id"], role["name"]) for role in vocabulary.roles(session)]
        parts = vocabulary.shared_parts(session, at.draft.pins)
        register = list(vocabulary.clause_register(session, at.bundle, local_date(now())))
    return render_template(
        "studio/description.html",
        draft=at.draft,
        title=at.title,
        data=description_form.shown(data),
        problems=told(found(at, DESCRIPTION)) if problems is None else problems,
        roles=roles,
        duties=[(duty, words.duty(duty)) for duty in (SPECIALIST, HEAD)],
        parts=[part for part in parts if part["id"] != at.draft.procedure_id],
        called=_called(at.bundle),
        resting=_resting(at.bundle),
        clauses=register,
    )


def _called(bundle: Bundle) -> set[str]:
    """Process ids that the diagram calls, as far as it can be read."""
    try:
        return {element.called for element in bundle.process.elements.values() if element.called}
    except DefinitionError:
        return set()


def _resting(bundle: Bundle) -> list[tuple[str, list[str]]]:
    """The clauses on which the procedure rests, each with what rests on it."""
    try:
        return [(cited(basis), [use.name for use in listed]) for basis, listed in sorted(uses([bundle]).items())]
    except (DefinitionError, KeyError, TypeError, ValueError, AttributeError):
        return []

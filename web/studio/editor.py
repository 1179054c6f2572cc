"""The diagram editor of a draft. Everything that it shows and stores goes through the JSON doors beside it."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from engine.clock import local_date
from engine.errors import DefinitionError
from engine.procedures.bundle import Bundle
from web.current import actor, now, reading
from web.procedures.steps import steps
from web.security import DRAWING_POLICY
from web.studio.texts import editor_texts
from workflows.studio import drafts, paths

pages = Blueprint("studio_editor", __name__, url_prefix="/xuong")


@pages.get("/<draft_id>/so-do")
def diagram(draft_id: str) -> ResponseReturnValue:
    """The diagram of a draft in the browser's editor."""
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        bundle = Bundle(paths.of_version(drafts.files(session, draft)))
    page = make_response(render_template("studio/editor.html", draft=draft, title=_title(bundle), texts=editor_texts()))
    # bpmn-js sizes and places what it draws by style attributes.
    page.headers["Content-Security-Policy"] = DRAWING_POLICY
    return page


@pages.get("/<draft_id>/so-do/bang")
def table(draft_id: str) -> ResponseReturnValue:
    """The same as a table, for whoever cannot use the drawing."""
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        bundle = Bundle(paths.of_version(drafts.files(session, draft)))
    try:
        rows = steps(bundle.process, local_date(now()))
    except DefinitionError:
        rows = None
    return render_template("studio/table.html", draft=draft, title=_title(bundle), steps=rows)


def _title(bundle: Bundle) -> dict[str, str]:
    """The title, as far as the description can be read while it is being changed."""
    try:
        return bundle.title
    except (DefinitionError, KeyError, TypeError, ValueError):
        return {}

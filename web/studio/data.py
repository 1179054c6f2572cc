"""JSON doors for the editors in the browser: a draft's files, findings, expressions, layout, vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest

from engine.clock import local_date
from engine.errors import DefinitionError, Finding, PhoiHopError
from engine.procedures.bundle import DIAGRAM
from engine.procedures.xml import MAX_BYTES
from web.current import actor, current_container, directory, now, reading, writing
from web.errors import status_of
from web.formatting import clock
from web.language import _, current
from web.messages import sentence
from web.studio import expressions, vocabulary
from workflows.studio import drafts, findings, merging, presence
from workflows.studio.errors import MovedOn
from workflows.studio.tables import Draft

pages = Blueprint("studio_data", __name__, url_prefix="/xuong")


@pages.errorhandler(PhoiHopError)
def refused(error: PhoiHopError) -> ResponseReturnValue:
    """One of the program's own errors, as JSON."""
    if isinstance(error, DefinitionError):
        return jsonify(code=error.code, message=_sentence(error), findings=told(error.findings)), 422
    params = dict(error.params)
    if isinstance(error, MovedOn):
        with reading() as session:
            params["name"] = directory().person_name(session, str(params["by"]))
    return jsonify(code=error.code, message=sentence(error.code, params, current()), **params), status_of(error)


@pages.errorhandler(CSRFError)
def stale(_error: CSRFError) -> ResponseReturnValue:
    """The page belongs to an earlier session."""
    return jsonify(code="web.csrf", message=sentence("web.csrf", {}, current())), 400


@pages.get("/<draft_id>/tep")
def files(draft_id: str) -> ResponseReturnValue:
    """The draft's state and its files."""
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        rows = drafts.listed(session, draft)
        people = [
            {"name": directory().person_name(session, one.person_id), "at": one.changed_at.isoformat()}
            for one in drafts.authors(session, draft)
            if one.person_id != actor().person_id
        ]
    listed = [{"path": row.path, "sha256": row.sha256, "bytes": row.size, "revision": row.revision} for row in rows]
    return jsonify(revision=draft.revision, status=draft.status, files=listed, others=people)


@pages.get("/<draft_id>/tep/<path:path>")
def file(draft_id: str, path: str) -> ResponseReturnValue:
    """The bytes of one file; never shown as a page."""
    with reading() as session:
        content = drafts.file(session, drafts.read(session, actor(), draft_id), path)
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = "attachment"
    return answer


@pages.put("/<draft_id>/tep/<path:path>")
def save(draft_id: str, path: str) -> ResponseReturnValue:
    """Save one file; `seen` is the revision that the editor had before it."""
    return _saved(draft_id, {path: _body()})


@pages.delete("/<draft_id>/tep/<path:path>")
def remove(draft_id: str, path: str) -> ResponseReturnValue:
    """Remove one file."""
    return _saved(draft_id, {path: None})


@pages.post("/<draft_id>/gop")
def combine(draft_id: str) -> ResponseReturnValue:
    """What this person made of the diagram, and what somebody else saved meanwhile, as one; nothing is saved.

    The body: `base`, from which both began; `mine`; `keep`, "mine" or "theirs": whose words stay where both changed
    the same.
    """
    sent = _json()
    base, mine = _text(sent, "base"), _text(sent, "mine")
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        revision, theirs = draft.revision, drafts.file(session, draft, DIAGRAM)
    kept, other = (theirs, mine) if sent.get("keep") == "theirs" else (mine, theirs)
    merged = merging.merge(base, kept, other)
    clashes = [{"element": one.element, "name": one.name} for one in merged.clashes]
    return jsonify(
        content=merged.content.decode(), theirs=theirs.decode("utf-8", "replace"), clashes=clashes, revision=revision
    )


@pages.post("/<draft_id>/ban-rieng")
def apart(draft_id: str) -> ResponseReturnValue:
    """The diagram of the body as a draft of its own, with all other files of this one."""
    with writing() as session:
        first = drafts.read(session, actor(), draft_id)
        name = _("%(name)s – bản riêng", name=first.name or _("Bản nháp"))
        made = drafts.beside(session, actor(), draft_id, {DIAGRAM: _body()}, name=name, now=now())
        address = url_for("studio_editor.diagram", draft_id=made.id)
    return jsonify(address=address)


@pages.post("/<draft_id>/co-mat")
def present(draft_id: str) -> ResponseReturnValue:
    """This person has the diagram open; who else has, since when, and who saved it last."""
    with writing() as session:
        presence.here(session, actor(), draft_id, now())
        draft = drafts.read(session, actor(), draft_id)
        name = partial(directory().person_name, session)
        people = presence.others(session, actor(), draft_id, now())
        others = [{"name": name(one.person_id), "since": clock(one.since, now())} for one in people]
        row = next((one for one in drafts.listed(session, draft) if one.path == DIAGRAM), None)
        if row is None or row.changed_by in ("", actor().person_id):
            return jsonify(others=others, saved=None)
        saved = {"revision": row.revision, "name": name(row.changed_by), "at": clock(row.changed_at, now())}
    return jsonify(others=others, saved=saved)


@pages.post("/<draft_id>/kiem")
def check(draft_id: str) -> ResponseReturnValue:
    """What the checks say of the draft, with one file that is not saved yet where the body brings it."""
    unsaved = _json()
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        contents = drafts.files(session, draft)
        if unsaved.get("path"):
            contents[str(unsaved["path"])[:200]] = _text(unsaved, "content")
        today = local_date(now())
        found = findings.examine(session, contents, draft.pins, current_container().checks, today)
    return jsonify(findings=told(found.faults), warnings=told(found.warnings))


@pages.post("/<draft_id>/bieu-thuc")
def expression(draft_id: str) -> ResponseReturnValue:
    """Whether an expression can be used at an element."""
    asked = _json()
    contents = _contents(draft_id)
    problem = expressions.problem(contents, str(asked.get("expression", "")), str(asked.get("element") or ""))
    return jsonify(ok=problem is None, message=problem or "")


@pages.post("/<draft_id>/sap-xep")
def arrange(draft_id: str) -> ResponseReturnValue:
    """The diagram of the body, laid out anew; nothing is saved."""
    with reading() as session:
        drafts.read(session, actor(), draft_id)
    return Response(current_container().checks.arrange(_body()), mimetype="application/xml")


@pages.get("/<draft_id>/von-tu")
def words(draft_id: str) -> ResponseReturnValue:
    """What the properties panel offers."""
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        offered = vocabulary.offered(
            session, drafts.files(session, draft), draft.pins, current_container().service_names, local_date(now())
        )
    return jsonify(offered)


def told(found: list[Finding]) -> list[dict[str, Any]]:
    """Findings with their sentences in the page's language."""
    return [
        {
            "code": one.code,
            "message": sentence(one.code, one.params, current()),
            "file": one.file,
            "element": one.element,
            "name": one.name,
        }
        for one in found
    ]


def _saved(draft_id: str, changes: Mapping[str, bytes | None]) -> ResponseReturnValue:
    seen = request.args.get("seen", type=int)
    if seen is None:
        raise BadRequest()
    with writing() as session:
        draft: Draft = drafts.save(session, actor(), draft_id, changes, seen=seen, now=now())
        answer = {"revision": draft.revision, "status": draft.status}
    return jsonify(answer)


def _contents(draft_id: str) -> dict[str, bytes]:
    with reading() as session:
        return drafts.files(session, drafts.read(session, actor(), draft_id))


def _body() -> bytes:
    """The body as it came; one byte more than may be kept is enough to be refused."""
    return request.stream.read(MAX_BYTES + 1)


def _json() -> dict[str, Any]:
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def _text(sent: Mapping[str, Any], key: str) -> bytes:
    return str(sent.get(key, "")).encode("utf-8", "replace")


def _sentence(error: PhoiHopError) -> str:
    return sentence(error.code, error.params, current())

"""JSON doors for the editors in the browser: a draft's files, findings, expressions, layout, vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest

from engine.clock import local_date
from engine.errors import DefinitionError, Finding, PhoiHopError
from engine.procedures.xml import MAX_BYTES
from web.current import actor, current_container, directory, now, reading, writing
from web.errors import status_of
from web.language import current
from web.messages import sentence
from web.studio import expressions, vocabulary
from workflows.studio import drafts, findings
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


@pages.post("/<draft_id>/kiem")
def check(draft_id: str) -> ResponseReturnValue:
    """What the checks say of the draft, with one file that is not saved yet where the body brings it."""
    unsaved = _json()
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        contents = drafts.files(session, draft)
        if unsaved.get("path"):
            contents[str(unsaved["path"])[:200]] = str(unsaved.get("content", "")).encode()
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


def _sentence(error: PhoiHopError) -> str:
    return sentence(error.code, error.params, current())

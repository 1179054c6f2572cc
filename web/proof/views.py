"""Checkpoints and keys for everybody: as the signed text that machines read, and as a page."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.proof import keys, notary
from engine.proof.errors import CheckpointNotFound
from engine.proof.notes import short_code
from web.current import reading

pages = Blueprint("proof", __name__, url_prefix="/checkpoint")
PAGE = 50


@pages.get("")
def newest() -> ResponseReturnValue:
    """The newest checkpoint as it was signed."""
    with reading() as session:
        found = notary.latest(session)
        if found is None:
            raise CheckpointNotFound()
        return _text(found.note)


@pages.get("/<int:size>")
def at(size: int) -> ResponseReturnValue:
    """The checkpoint over that many events as it was signed; it never changes."""
    with reading() as session:
        return _text(notary.checkpoint_at(session, min(size, 2**63 - 1)).note)


@pages.get("/keys")
def public_keys() -> ResponseReturnValue:
    """The public halves of the keys that may sign: one line each; what was revoked is not among them."""
    with reading() as session:
        good = [row for row in keys.history(session) if row.status != "revoked"]
        return _text("".join(f"{keys.verifier_key(session, row)}\n" for row in good))


@pages.get("/history")
def history() -> ResponseReturnValue:
    """All checkpoints, newest first, and the keys, for people."""
    before = request.args.get("sau", type=int)
    with reading() as session:
        rows = notary.recent(session, before, PAGE)
        known = [(keys.verifier_key(session, row), row) for row in keys.history(session)]
        shown = [(row.size, row.signed_at, short_code(row.size, row.root)) for row in rows]
        older = url_for("proof.history", sau=rows[-1].size) if len(rows) == PAGE else None
        return render_template("proof/history.html", checkpoints=shown, keys=known, older=older, first_page=not before)


def _text(text: str) -> Response:
    return Response(text, content_type="text/plain; charset=utf-8")

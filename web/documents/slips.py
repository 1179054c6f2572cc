"""Dispatch slips on paper, with the short code of the newest checkpoint of the log over all events."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.proof import notary
from engine.proof.notes import short_code
from web import words
from web.current import actor, current_container, reading
from web.formatting import moment
from workflows.agencies.facts import BY_EDXML, BY_EMAIL, BY_PAPER, BY_SYSTEM
from workflows.documents import queries, register_files
from workflows.documents.errors import DocumentNotFound
from workflows.documents.register_files import Sheet

pages = Blueprint("slips", __name__)
CHANNELS = (BY_SYSTEM, BY_EMAIL, BY_EDXML, BY_PAPER)


@pages.get("/van-ban/<document_id>/phieu-gui.pdf")
def slip(document_id: str) -> ResponseReturnValue:
    """The slip of an issued document, for its issuer."""
    with reading() as session:
        document = queries.document(session, actor(), document_id)
        if document.symbol is None or document.issuer_id != actor().agency_id:
            raise DocumentNotFound()
        foot = checkpoint_line(session)
    names = {code: words.channel(code) for code in CHANNELS}
    return send(register_files.slip(document, names, foot), f"phieu-gui-{document.symbol.replace('/', '-')}.pdf")


def checkpoint_line(session: Session) -> str:
    """The line that ties a paper to the log of its day: whoever keeps the paper holds the program to it.

    It is the same in every language, as the rest of the paper; empty as long as nothing was signed.
    """
    newest = next(iter(notary.recent(session, None, 1)), None)
    if newest is None:
        return ""
    return f"Mã nhật ký: {short_code(newest.size, newest.root)}, {moment(newest.signed_at)}"


def send(sheet: Sheet, name: str) -> ResponseReturnValue:
    """A sheet as PDF."""
    content = register_files.pdf(sheet, current_container().renderer)
    return send_file(BytesIO(content), mimetype="application/pdf", download_name=name)

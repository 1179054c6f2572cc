"""Having an issued document signed: the file goes out, the signed file or the word of the signed paper comes back."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine.errors import Conflict, NotAllowed, NotFound, Rejected
from web import words
from web.current import actor, current_container, now, reading, writing
from web.documents.page import document_page
from web.formatting import typed_day
from web.language import _, current
from web.messages import sentence
from web.oversight import reads
from workflows.documents.queries import visible_document
from workflows.documents.signing import MAX_BYTES, queries
from workflows.documents.signing.errors import NoFile
from workflows.documents.signing.returning import Exported, accept_signed, examine, export, signed_on_paper
from workflows.documents.signing.trust import read_trust
from workflows.oversight.reads import SIGNED

pages = Blueprint("signing", __name__, url_prefix="/van-ban/<document_id>")


@pages.get("/de-ky.pdf")
def unsigned(document_id: str) -> ResponseReturnValue:
    """The file that goes out to the signing tool: always the same bytes."""
    exported = _exported(document_id)
    name = f"{exported.symbol.replace('/', '-')}-de-ky.pdf"
    return send_file(BytesIO(exported.file), mimetype="application/pdf", as_attachment=True, download_name=name)


@pages.post("/nop-ban-ky")
def bring_back(document_id: str) -> ResponseReturnValue:
    """Take a signed file back; a file that does not hold is refused on the same page, with the reason."""
    exported, container = _exported(document_id), current_container()
    try:
        examined = examine(exported, _file("signed_file"), read_trust(container.settings.trust_dir), now())
    except Rejected as refused:
        return _refusal(document_id, refused), 400
    with writing() as session:
        accept_signed(session, container.engine.ports.blobs, actor(), examined, now())
    flash(_("Đã nhận tệp đã ký và ghi vào hồ sơ."), "success")
    for one in examined.check.signatures:
        for wrong in filter(None, (words.place(one.place), words.look(one.look))):
            flash(_("Chữ ký của %(name)s hợp lệ, nhưng %(place)s.", name=one.signer, place=wrong), "warning")
    return _shown(document_id)


@pages.post("/ky-giay")
def on_paper(document_id: str) -> ResponseReturnValue:
    """Note that the paper was signed by hand, with its scan where there is one."""
    blobs, day = current_container().engine.ports.blobs, typed_day(request.form.get("signed_on", "").strip())
    try:
        scan = _file("scan") if request.files.get("scan") else b""
        with writing() as session:
            signed_on_paper(session, blobs, actor(), document_id, day, scan, now())
    except (NotAllowed, NotFound, Conflict):
        raise
    except Rejected as refused:
        return _refusal(document_id, refused), 400
    flash(_("Đã ghi việc ký trên bản giấy."), "success")
    return _shown(document_id)


@pages.get("/ban-ky/<signing_id>")
def returned(document_id: str, signing_id: str) -> ResponseReturnValue:
    """A file that came back, always as a download."""
    with reading() as session:
        file, ending = queries.returned_file(
            session, current_container().engine.ports.blobs, actor(), document_id, signing_id
        )
        case_id = visible_document(session, actor(), document_id).case_id
    reads.note(case_id, SIGNED, signing_id)
    name = f"ban-ky-{signing_id[:8]}.{ending}"
    return send_file(BytesIO(file), mimetype="application/octet-stream", as_attachment=True, download_name=name)


def _exported(document_id: str) -> Exported:
    container = current_container()
    with reading() as session:
        return export(session, container.engine.ports.blobs, container.renderer, actor(), document_id)


def _refusal(document_id: str, refused: Rejected) -> str:
    return document_page(document_id, sentence(refused.code, refused.params, current()))


def _shown(document_id: str) -> ResponseReturnValue:
    return redirect(url_for("documents.show", document_id=document_id) + "#ky", 303)


def _file(name: str) -> bytes:
    """The file of a form; one byte more than is taken is enough to know that it is too large."""
    sent = request.files.get(name)
    content = sent.stream.read(MAX_BYTES + 1) if sent else b""
    if not content:
        raise NoFile()
    return content

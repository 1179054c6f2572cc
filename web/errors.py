"""Error pages: what happened, in Vietnamese, with a code to quote and what to do next. Never a traceback."""

from __future__ import annotations

import logging
from uuid import uuid4

from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from engine.errors import Conflict, InvalidForm, NotAllowed, NotFound, PhoiHopError, Rejected
from web.auth import resume
from web.config import MAX_REQUEST_BYTES
from web.formatting import size
from web.language import _, current
from web.messages import sentence

log = logging.getLogger(__name__)
STATUS: tuple[tuple[type[PhoiHopError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (Conflict, 409),
    (InvalidForm, 422),
    (Rejected, 400),
)


def init_app(app: Flask) -> None:
    """Register a page for every kind of failure."""
    app.register_error_handler(PhoiHopError, known_error)
    app.register_error_handler(CSRFError, stale_page)
    app.register_error_handler(RequestEntityTooLarge, too_large)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unknown_error)


def status_of(error: PhoiHopError) -> int:
    """The HTTP status of one of the program's own errors."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def known_error(error: PhoiHopError) -> tuple[str, int]:
    """One of the program's own errors: its sentence, its code."""
    status = status_of(error)
    if status >= 500:
        log.error("%s %s: %s %s", request.method, request.path, error.code, error.params)
    return error_page(status, title(status), sentence(error.code, error.params, current()), error.code)


def stale_page(_error: CSRFError) -> tuple[str, int]:
    """The form's token is missing or belongs to an earlier session: offer the typed fields again."""
    return resume.ask_again(sentence("web.csrf", {}, current())), 400


def too_large(_error: RequestEntityTooLarge) -> tuple[str, int]:
    """More bytes than the program reads at all."""
    params = {"limit": size(MAX_REQUEST_BYTES)}
    return error_page(413, title(413), sentence("upload.request_too_large", params, current()), "413")


def http_error(error: HTTPException) -> tuple[str, int]:
    """A page of ours for whatever Flask itself refuses."""
    status = error.code or 500
    code = {404: "not_found", 403: "not_allowed"}.get(status, "unknown")
    return error_page(status, title(status), sentence(code, {"code": status}, current()), str(status))


def unknown_error(error: Exception) -> tuple[str, int]:
    """A defect: logged with its traceback under an id, which is all that the person sees of it."""
    incident = uuid4().hex[:8].upper()
    log.error("incident %s: %s %s", incident, request.method, request.path, exc_info=error)
    return error_page(500, title(500), sentence("internal", {}, current()), incident)


def error_page(status: int, heading: str, text: str, code: str) -> tuple[str, int]:
    """Render the one error page."""
    return render_template("error.html", heading=heading, text=text, code=code, status=status), status


def title(status: int) -> str:
    """A heading for a status."""
    headings = {
        400: _("Yêu cầu chưa hợp lệ"),
        403: _("Không được phép"),
        404: _("Không tìm thấy"),
        405: _("Không dùng được theo cách này"),
        409: _("Việc đã thay đổi"),
        413: _("Dung lượng quá lớn"),
        422: _("Cần sửa nội dung"),
    }
    return headings.get(status, _("Hệ thống gặp sự cố"))

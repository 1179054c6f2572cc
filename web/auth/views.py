"""Sign-in and sign-out, the check before every page, the choice of language, the health of the program."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from werkzeug.exceptions import NotFound as NoSuchPage

from engine.errors import Rejected
from web import language
from web.auth import people, resume, sessions, throttle
from web.current import Person, current_container, now, person, reading, writing
from web.formatting import nfc
from web.language import _
from web.messages import sentence

pages = Blueprint("auth", __name__)
PUBLIC = frozenset(
    {
        "static",
        *(f"auth.{name}" for name in ("sign_in", "check_password", "choose_language", "health")),
        *(f"proof.{name}" for name in ("newest", "at", "public_keys", "history")),
    }
)
TOKEN = "sid"
SILENCE_SECONDS = 60.0


def init_app(app: Flask) -> None:
    """Run the check before every page (before the CSRF check, which is installed later)."""
    app.before_request(let_in)


def let_in() -> ResponseReturnValue | None:
    """Find out who asks; anybody else than the public pages' guests signs in first."""
    if request.endpoint == "static":
        return None
    g.person = _recognise()
    if g.person is None and request.endpoint is not None and request.endpoint not in PUBLIC:
        return resume.sign_in_first()
    return None


def _recognise() -> Person | None:
    token = session.get(TOKEN)
    if not isinstance(token, str):
        return None
    moment = now()
    with reading() as db:
        found = sessions.find_session(db, token, moment)
        if found is None:
            return None
        known = people.find(db, found.account_id, found.agency_id, moment)
        created_at, stale = found.created_at, sessions.needs_touch(found, moment)
    # A page that refreshes itself must not keep an empty chair signed in.
    if known is not None and stale and "HX-Request" not in request.headers:
        with writing() as db:
            sessions.touch(db, token, created_at, moment)
    return known


@pages.get("/dang-nhap")
def sign_in() -> ResponseReturnValue:
    """The sign-in page."""
    if person() is not None:
        return redirect(safe_target(request.args.get("tiep")), 303)
    return render_template("auth/sign_in.html", target=request.args.get("tiep", ""))


@pages.post("/dang-nhap")
def check_password() -> ResponseReturnValue:
    """Check name and password, open a session, go where the person wanted to go."""
    name = nfc(request.form.get("user_name", "")).strip()
    try:
        account_id, agency_id = _authenticate(name, request.form.get("password", ""))
    except Rejected as error:
        return _sign_in_again(name, error)
    _open(account_id, agency_id)
    if request.form.get("carried_to"):
        return resume.continue_form(request.form["carried_to"], resume.unpack(request.form.get("carried", "")))
    return redirect(safe_target(request.form.get("target")), 303)


def _authenticate(name: str, password: str) -> tuple[str, str]:
    moment, address = now(), request.remote_addr or ""
    with reading() as db:
        throttle.check(db, name, address, moment)
    try:
        with reading() as db:
            account = people.authenticate(db, name, password, moment)
    except people.WrongPassword:
        with writing() as db:
            throttle.record_failure(db, name, address, moment)
        raise
    with writing() as db:
        throttle.forgive(db, name)
    return account


def _open(account_id: str, agency_id: str) -> None:
    moment = now()
    with writing() as db:
        token = sessions.open_session(db, account_id, agency_id, moment)
    # A new cookie content and a new form token: nothing of the time before sign-in remains valid.
    session.clear()
    g.pop("csrf_token", None)
    session[TOKEN] = token
    with reading() as db:
        g.person = people.find(db, account_id, agency_id, moment)


def _sign_in_again(name: str, error: Rejected) -> ResponseReturnValue:
    page = render_template(
        "auth/sign_in.html",
        user_name=name,
        error=sentence(error.code, error.params, language.current()),
        target=request.form.get("target", ""),
        carried=request.form.get("carried", ""),
        carried_to=request.form.get("carried_to", ""),
    )
    return page, 429 if isinstance(error, throttle.TooManyAttempts) else 422


@pages.post("/dang-xuat")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    token = session.pop(TOKEN, None)
    if token:
        with writing() as db:
            sessions.close_session(db, token)
    session.clear()
    flash(_("Đã đăng xuất."), "success")
    return redirect(url_for("auth.sign_in"), 303)


@pages.get("/ngon-ngu/<code>")
def choose_language(code: str) -> ResponseReturnValue:
    """Change the language and return to the page."""
    if code not in language.LANGUAGES:
        raise NoSuchPage
    response = redirect(safe_target(request.args.get("tiep")), 303)
    secure = current_container().settings.https
    response.set_cookie(language.COOKIE, code, max_age=365 * 24 * 3600, secure=secure, httponly=True, samesite="Lax")
    return response


@pages.get("/healthz")
def health() -> ResponseReturnValue:
    """Whether the program lives: for supervisors, without sign-in.

    The database must answer; where relay and scheduler run in this process, both must have come round lately (a relay
    that cannot reach its broker does not).
    """
    with reading() as db:
        db.execute(text("SELECT 1"))
    background = current_container().background
    silent = background.silent(SILENCE_SECONDS) if background else []
    answer = "ok" if not silent else f"silent: {', '.join(silent)}"
    return f"{answer}\n", 503 if silent else 200, {"Content-Type": "text/plain; charset=utf-8"}


def safe_target(target: str | None) -> str:
    """A path inside this program; the inbox in place of anything that leads elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return url_for("inbox.show")
    if any(ord(character) < 32 or character == "\\" for character in target):
        return url_for("inbox.show")
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else url_for("inbox.show")

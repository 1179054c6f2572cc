"""Vietnamese first, English second: the choice is kept in a cookie of its own."""

from __future__ import annotations

from typing import Any

from flask import Flask, has_request_context, request
from flask_babel import Babel, get_locale
from flask_babel import gettext as translated
from flask_babel import ngettext as counted

COOKIE = "ngon_ngu"
LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}


def init_app(app: Flask) -> None:
    """Install Flask-Babel; the source strings are the Vietnamese ones, so only English has a catalogue."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "vi")
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Ho_Chi_Minh")
    Babel(app, locale_selector=chosen)


def chosen() -> str:
    """The language of this request; commands speak Vietnamese."""
    if not has_request_context():
        return "vi"
    asked = request.cookies.get(COOKIE, "vi")
    return asked if asked in LANGUAGES else "vi"


def current() -> str:
    """The language in use, also outside a request."""
    locale = get_locale()
    return locale.language if locale is not None and locale.language in LANGUAGES else "vi"


def _(text: str, **values: Any) -> str:
    """The Vietnamese source text in the language in use, with its values in place."""
    return str(translated(text, **values))


def ngettext(one: str, many: str, number: int) -> str:
    """A text that depends on a number, which stands in it as `%(num)d`."""
    return str(counted(one, many, number))

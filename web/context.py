"""What every template may use: formatting, assets, the person, words for codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import Flask, request, url_for
from markupsafe import Markup, escape

from engine.queries.inbox import group_of
from web import formatting, language, words
from web.current import now, person
from web.messages import sentence
from workflows.oversight.scope import oversight_for


def init_app(app: Flask, manifest: Mapping[str, str]) -> None:
    """Install filters and helpers.

    Args:
        manifest: file names of the bundled assets by their plain name.
    """
    app.jinja_env.filters.update(
        count=formatting.count,
        day=formatting.day,
        iso=lambda at: at if isinstance(at, str) else at.isoformat(),
        moment=formatting.moment,
        size=formatting.size,
        tr=_translated,
        paragraphs=paragraphs,
    )
    helpers: dict[str, Any] = {
        "asset": _asset_finder(manifest),
        "languages": language.LANGUAGES,
        "new_key": lambda: uuid4().hex,
        "oversight_for": oversight_for,
        "group_of": lambda due: group_of(due, now()),
        "remaining": remaining,
        "sentence": lambda code, params=None: sentence(code, params or {}, language.current()),
        "words": words,
    }
    app.jinja_env.globals.update(helpers)
    app.context_processor(lambda: {"person": person(), "language": language.current(), "here": _here()})


def remaining(due: datetime | None) -> str:
    """How much time is left until `due`, in words; empty without a deadline."""
    return formatting.remaining(due, now()) if due else ""


def paragraphs(text: str) -> Markup:
    """Plain text as paragraphs: blank lines part them, single line ends are kept."""
    blocks = (block.strip("\n") for block in text.replace("\r\n", "\n").split("\n\n"))
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in block.split("\n")))
        for block in blocks
        if block.strip()
    )


def _translated(value: Any) -> str:
    return formatting.in_language(value, language.current())


def _asset_finder(manifest: Mapping[str, str]) -> Callable[[str], str]:
    def asset(name: str) -> str:
        return url_for("static", filename=f"dist/{manifest.get(name, name)}")

    return asset


def _here() -> str:
    """Path and query of this page, to come back to after the language was changed."""
    return request.full_path.rstrip("?") if request.method == "GET" else request.path

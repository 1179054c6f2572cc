"""While a restored store waits for its registers, pages can be read and nothing is written but their confirmation."""

from __future__ import annotations

from flask import Flask, request

from web.current import current_container

ALLOWED = ("auth", "registers.confirm")


def init_app(app: Flask) -> None:
    """Refuse what would write, and tell every page."""
    app.before_request(refuse_writes)
    app.context_processor(lambda: {"read_only": current_container().gate.closed()})


def refuse_writes() -> None:
    """Raise `StoreReadOnly` for a request that would write, while the store waits."""
    allowed = request.endpoint in ALLOWED or request.blueprint in ALLOWED
    if request.method not in ("GET", "HEAD", "OPTIONS") and not allowed:
        current_container().gate.require_open()

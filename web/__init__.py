"""The web application: what officers see and do. `flask --app web` and gunicorn find `create_app` here."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.exc import OperationalError

from engine.errors import PhoiHopError
from web import app
from web.cli.common import say, tell

__all__ = ["create_app"]

# Gunicorn stops for good at this status of its worker; at any other it would start the worker again and again.
CANNOT_START = 3


def create_app() -> Flask:
    """The program on the store that the environment names; where it cannot start it says why and ends."""
    try:
        return app.create_app()
    except PhoiHopError as error:
        tell(error)
    except OperationalError as error:
        say("store.unreachable", {"why": str(error.orig).strip()})
    raise SystemExit(CANNOT_START)

"""The command line: `flask --app web …`. Each group lives in a module of its own."""

from __future__ import annotations

from flask import Flask

from web.cli.admin import admin
from web.cli.audit import audit
from web.cli.documents import documents
from web.cli.incidents import incidents
from web.cli.procedures import procedures
from web.cli.regulation import regulation
from web.cli.retention import retention
from web.cli.scenarios import scenarios
from web.cli.simulation import simulate
from web.cli.store import accounts, init, run_worker


def init_app(app: Flask) -> None:
    """Add all commands to the application."""
    groups = (admin, procedures, scenarios, audit, documents, incidents, regulation, retention)
    for command in (init, accounts, run_worker, simulate, *groups):
        app.cli.add_command(command)

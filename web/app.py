"""Puts the Flask application together: settings, headers, languages, sign-in, pages, error pages."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from web import bootstrap, cli, config, context, errors, language, security, wiring
from web.current import EXTENSION, current_container
from web.wiring import Container

__all__ = ["assemble", "create_app", "current_container"]

log = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"


def create_app(settings: Mapping[str, str] | None = None) -> Flask:
    """Build the program on the store that the settings name.

    Args:
        settings: values as in the environment (DATA_DIR, DATABASE_URL, ...); the environment itself where None.
    """
    container = wiring.build(settings)
    bootstrap.ensure_ready(container)
    app = assemble(container)
    cli.init_app(app)
    return app


def assemble(container: Container) -> Flask:
    """Build the Flask application around what the composition root has plugged together."""
    app = Flask("web", static_folder=str(STATIC), static_url_path="/static")
    app.extensions[EXTENSION] = container
    wiring.bind(app, container)
    _configure(app, container)
    language.init_app(app)
    context.init_app(app, _manifest())
    _register_pages(app)
    # After the sign-in check: without a session the typed fields go to the sign-in page, whatever their token.
    CSRFProtect(app)
    errors.init_app(app)
    security.init_app(app, https=container.settings.https)
    return app


def _configure(app: Flask, container: Container) -> None:
    app.config.update(
        SECRET_KEY=config.secret_key(container.settings.data_dir),
        SESSION_COOKIE_NAME="phoihop",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=container.settings.https,
        MAX_CONTENT_LENGTH=config.HARD_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=config.MAX_TEXT_BYTES,
        MAX_FORM_PARTS=config.MAX_FORM_PARTS,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=True,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}


def _register_pages(app: Flask) -> None:
    from web.acts import views as acts
    from web.auth import views as auth
    from web.calendar import views as calendar
    from web.campaigns import views as campaigns
    from web.cases import views as cases
    from web.deadlines import views as deadlines
    from web.documents import paper, recalls, signing, slips
    from web.documents import views as documents
    from web.inbox import views as inbox
    from web.oversight import pages as oversight
    from web.procedures import history as versions
    from web.procedures import views as procedures
    from web.proof import exporting
    from web.proof import views as proof
    from web.registers import arrivals, readonly
    from web.registers import views as registers
    from web.regulation import views as regulation
    from web.replay import views as replay
    from web.studio import beginning as studio_beginning
    from web.studio import clauses as studio_clauses
    from web.studio import data as studio_data
    from web.studio import deadlines as studio_deadlines
    from web.studio import description as studio_description
    from web.studio import editor as studio_editor
    from web.studio import exchange as studio_exchange
    from web.studio import forms as studio_forms
    from web.studio import impact as studio_impact
    from web.studio import migration as studio_migration
    from web.studio import notices as studio_notices
    from web.studio import scenario_files as studio_scenarios
    from web.studio import tables as studio_tables
    from web.studio import trials as studio_trials
    from web.studio import views as studio_views
    from web.studio.recording import views as studio_recording
    from web.tasks import views as tasks

    papers = (documents, paper, signing, recalls, slips, registers, arrivals)
    work = (inbox, tasks, acts, cases, replay, campaigns, deadlines, *papers)
    written = (studio_deadlines, studio_forms, studio_tables, studio_notices, studio_description)
    studio = (
        studio_views,
        studio_beginning,
        studio_exchange,
        studio_trials,
        studio_scenarios,
        studio_recording,
        studio_data,
        studio_editor,
        *written,
        studio_impact,
        studio_migration,
        studio_clauses,
    )
    for module in (auth, *work, calendar, procedures, versions, *studio, regulation, *oversight.ALL, proof, exporting):
        app.register_blueprint(module.pages)
    auth.init_app(app)
    readonly.init_app(app)


def _manifest() -> Mapping[str, str]:
    """Names of the bundled assets with their content hash, as the front-end build wrote them."""
    path = STATIC / "dist" / "manifest.json"
    if not path.exists():
        log.warning("front-end assets are not built: run `make setup`")
        return {}
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names

"""Pages of the procedures in force."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.actors import PROCESS_OWNER
from engine.clock import local_date
from engine.procedures.bundle import Bundle
from engine.procedures.starts import start_rules
from engine.queries import procedures
from web.cases.diagram import picture
from web.current import actor, now, reading, versions
from web.procedures.starting import start_rule
from web.procedures.steps import steps

pages = Blueprint("procedures", __name__, url_prefix="/quy-trinh")


@pages.get("")
def index() -> ResponseReturnValue:
    """The procedures in force."""
    with reading() as session:
        rows = procedures.in_force(session, actor(), versions(), now())
    return render_template("procedures/index.html", procedures=rows)


@pages.get("/<procedure_id>")
def show(procedure_id: str) -> ResponseReturnValue:
    """One procedure: its diagram, and the same as a table."""
    with reading() as session:
        version = procedures.current(session, versions(), procedure_id, now())
    shared = [part for process_id, part in version.parts.items() if process_id != version.bundle.process.id]
    return render_template(
        "procedures/show.html",
        id=procedure_id,
        may_draft=actor().has(PROCESS_OWNER),
        title=version.bundle.title,
        summary=version.bundle.description.get("summary"),
        version=version.hash,
        starts=[start_rule(rule) for rule in start_rules(version.bundle)],
        diagram=picture(version.bundle),
        parts=[_part(bundle) for bundle in (version.bundle, *shared)],
    )


def _part(bundle: Bundle) -> dict[str, Any]:
    return {
        "id": bundle.id,
        "title": bundle.title,
        "diagram": picture(bundle),
        "steps": steps(bundle.process, local_date(now())),
    }

"""The versions of a procedure, from when each is in force, and the log of all that was done with it."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.actors import PROCESS_OWNER, SYSTEM
from engine.events.verify import verify
from engine.procedures.versions import UnknownProcedure, effect_at
from engine.services import Stream
from web.current import actor, directory, now, reading
from web.language import _
from web.procedures.log import tell
from workflows.studio import overview

pages = Blueprint("versions", __name__, url_prefix="/quy-trinh")


@pages.get("/<procedure_id>/lich-su")
def show(procedure_id: str) -> ResponseReturnValue:
    """Versions and log of one procedure; process owners begin a draft from any version."""
    moment = now()
    with reading() as session:
        effects = overview.effects(session, procedure_id)
        if not effects:
            raise UnknownProcedure(procedure=procedure_id)
        current = effect_at(session, procedure_id, moment)
        log = [tell(event) for event in overview.log(session, procedure_id)]
        intact = not list(verify(session, Stream("procedure", procedure_id)))
        deciders = {effect.decided_by for effect, _version in effects} - {SYSTEM.person_id}
        names = {id_: directory().person_name(session, id_) for id_ in deciders} | {SYSTEM.person_id: _("Hệ thống")}
    return render_template(
        "procedures/history.html",
        id=procedure_id,
        title=effects[0][1].title,
        effects=effects,
        current_id=current.id if current else None,
        moment_now=moment,
        log=log,
        intact=intact,
        names=names,
        may_draft=actor().has(PROCESS_OWNER),
    )

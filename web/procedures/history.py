"""The versions of a procedure, from when each is in force, and the log of all that was done with it."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.actors import PROCESS_OWNER, SYSTEM
from engine.events.verify import verify
from engine.procedures.versions import UnknownProcedure, effect_at
from engine.services import Stream
from engine.tables import ProcedureVersion
from web.current import actor, directory, now, reading
from web.language import _
from web.procedures.log import tell
from web.studio.comparing import compared
from workflows.studio import differences, overview

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
        names = {id_: directory().person_name(session, id_) for id_ in deciders} | {SYSTEM.person_id: _("Chương trình")}
    return render_template(
        "procedures/history.html",
        id=procedure_id,
        title=effects[0][1].title,
        effects=effects,
        numbered=sorted({version.number: version for _effect, version in effects}.values(), key=_last_first),
        current_id=current.id if current else None,
        moment_now=moment,
        log=log,
        intact=intact,
        names=names,
        may_draft=actor().has(PROCESS_OWNER),
    )


@pages.get("/<procedure_id>/so-sanh")
def compare(procedure_id: str) -> ResponseReturnValue:
    """Two versions beside each other: `tu` and `den` are their hashes."""
    with reading() as session:
        before, after = (_version(session, procedure_id, request.args.get(name, "")) for name in ("tu", "den"))
        sides = [differences.of_version(session, version.hash) for version in (before, after)]
    return render_template(
        "procedures/compare.html",
        id=procedure_id,
        title=after.title,
        before=before.number,
        after=after.number,
        comparison=compared(*sides),
    )


def _last_first(version: ProcedureVersion) -> int:
    return -version.number


def _version(session: Session, procedure_id: str, hash_: str) -> ProcedureVersion:
    version = session.get(ProcedureVersion, hash_)
    if version is None or version.procedure_id != procedure_id:
        raise UnknownProcedure(procedure=procedure_id)
    return version

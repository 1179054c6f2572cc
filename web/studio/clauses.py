"""From a clause to all that rests on it; its end or replacement, proposed and confirmed; the tasks that follow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.current import actor, directory, now, reading, versions, writing
from web.formatting import in_language, nfc, typed_day
from web.language import _, current
from web.legal import cited
from workflows.law.clauses import canonical, clauses
from workflows.law.uses import DEADLINE, FORM, NOTICE
from workflows.studio import clauses as law
from workflows.studio.clause_tables import CONFIRMED, ClauseChange, ClauseTask
from workflows.studio.drafts import require_owner
from workflows.studio.errors import WrongStatus
from workflows.studio.tables import LIVING, PUBLISHED, Draft

pages = Blueprint("studio_clauses", __name__, url_prefix="/xuong/can-cu")


@pages.get("")
def show() -> ResponseReturnValue:
    """The clauses; of the chosen one all that rests on it; the changes and their tasks."""
    require_owner(actor())
    chosen = canonical(request.args.get("dieu", ""))
    with reading() as session:
        known = law.known(session, versions(), now())
        found = _chosen(session, chosen) if chosen in known else None
        drafts, titles = _drafts(session), law.titles(session, versions(), now())
        changes = [_change(session, one, drafts) for one in law.changes(session)]
    page = {
        "known": _by_instrument(known),
        "chosen": chosen,
        "found": found,
        "changes": changes,
        "drafts": drafts,
        "titles": titles,
    }
    return render_template("studio/clauses.html", **page, me=actor().person_id)


@pages.post("")
def propose() -> ResponseReturnValue:
    """Propose that the clause ends, or that another takes its place."""
    form = request.form
    basis, until = form.get("basis", ""), typed_day(form.get("until", "").strip())
    with writing() as session:
        told = {"replaced_by": nfc(form.get("replaced_by", "")).strip(), "document": nfc(form.get("document", ""))}
        law.propose(session, actor(), basis, until=until, **told, now=now())
    flash(_("Đã ghi đề xuất. Người khác phải xác nhận."), "success")
    return redirect(url_for("studio_clauses.show", dieu=basis), 303)


@pages.post("/<change_id>")
def decide(change_id: str) -> ResponseReturnValue:
    """Confirm a proposal, or take it back, as `act` says."""
    act = request.form.get("act", "")
    with writing() as session:
        if act == "confirm":
            basis = law.confirm(session, versions(), actor(), change_id, now()).basis
        elif act == "withdraw":
            basis = law.withdraw(session, actor(), change_id, now()).basis
        else:
            require_owner(actor())
            raise WrongStatus()
    return redirect(url_for("studio_clauses.show", dieu=basis), 303)


@pages.post("/viec/<task_id>")
def settle(task_id: str) -> ResponseReturnValue:
    """Note that a task is done, or that it is open again."""
    with writing() as session:
        task = law.settle(session, actor(), task_id, request.form.get("draft_id", ""), now())
        change_id = task.change_id
    return redirect(url_for("studio_clauses.show", _anchor=change_id), 303)


def _chosen(session: Session, basis: str) -> dict[str, Any]:
    states = [in_language(one.text, current()) for one in clauses().get(basis, ())]
    resting = law.resting(session, versions(), basis, now())
    running = law.cases(session, versions(), basis)
    return {"citation": cited(basis), "states": states, "resting": resting, "cases": running}


def _by_instrument(known: Mapping[str, int]) -> dict[str, list[tuple[str, str, int]]]:
    """The clauses as they are offered: under what their instrument is called, with what rests on them."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for basis, count in known.items():
        found.setdefault(cited(basis.partition(":")[0]), []).append((basis, cited(basis), count))
    return found


def _change(session: Session, change: ClauseChange, drafts: Mapping[str, list[Draft]]) -> dict[str, Any]:
    tasks = law.tasks(session, versions(), change, now()) if change.status == CONFIRMED else []
    people = [change.proposed_by, *([change.decided_by] if change.decided_by else [])]
    return {
        "row": change,
        "citation": cited(change.basis),
        "replacement": cited(change.replaced_by) if change.replaced_by else "",
        "names": [directory().person_name(session, one) for one in people],
        "open": sum(task.open for task in tasks),
        "tasks": [(task, _place(task.row, drafts.get(task.row.procedure_id, []))) for task in tasks],
    }


def _place(task: ClauseTask, drafts: list[Draft]) -> str:
    """Where it is mended: its page in the draft that was begun last; empty where there is no draft to change."""
    draft = next((one for one in drafts if one.status in LIVING), None)
    if draft is None:
        return ""
    if task.kind == DEADLINE:
        return url_for("studio_deadlines.show", draft_id=draft.id, _anchor=task.thing)
    if task.kind == FORM:
        path, _sign, field = task.thing.partition("#")
        form_id = PurePosixPath(path).stem
        if field:
            return url_for("studio_forms.field", draft_id=draft.id, form_id=form_id, name=field)
        return url_for("studio_forms.show", draft_id=draft.id, form_id=form_id)
    if task.kind == NOTICE:
        return url_for("studio_notices.show", draft_id=draft.id, notice=PurePosixPath(task.thing).stem)
    return url_for("studio_editor.diagram", draft_id=draft.id, _anchor=task.thing)


def _drafts(session: Session) -> dict[str, list[Draft]]:
    """Drafts in which something may have been changed, by procedure."""
    found: dict[str, list[Draft]] = {}
    query = select(Draft).where(Draft.status.in_((*LIVING, PUBLISHED))).order_by(Draft.created_at.desc())
    for draft in session.scalars(query):
        found.setdefault(draft.procedure_id, []).append(draft)
    return found

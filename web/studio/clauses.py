"""From a clause to all that rests on it; its end or replacement, proposed and confirmed; the tasks that follow."""

from __future__ import annotations

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
from workflows.studio import clauses as law
from workflows.studio.clause_tables import CONFIRMED, ClauseChange
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
        known = [(basis, cited(basis), count) for basis, count in law.known(session, versions(), now()).items()]
        found = _chosen(session, chosen) if chosen in {basis for basis, _cited, _count in known} else None
        changes = [_change(session, one) for one in law.changes(session)]
        drafts, titles = _drafts(session), law.titles(session, versions(), now())
    page = {"known": known, "chosen": chosen, "found": found, "changes": changes, "drafts": drafts, "titles": titles}
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


def _change(session: Session, change: ClauseChange) -> dict[str, Any]:
    people = [change.proposed_by, *([change.decided_by] if change.decided_by else [])]
    return {
        "row": change,
        "citation": cited(change.basis),
        "replacement": cited(change.replaced_by) if change.replaced_by else "",
        "names": [directory().person_name(session, one) for one in people],
        "tasks": law.tasks(session, versions(), change, now()) if change.status == CONFIRMED else [],
    }


def _drafts(session: Session) -> dict[str, list[Draft]]:
    """Drafts in which something may have been changed, by procedure."""
    found: dict[str, list[Draft]] = {}
    query = select(Draft).where(Draft.status.in_((*LIVING, PUBLISHED))).order_by(Draft.created_at.desc())
    for draft in session.scalars(query):
        found.setdefault(draft.procedure_id, []).append(draft)
    return found

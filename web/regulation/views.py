"""Pages of the duty register."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.procedures.bundle import Bundle
from engine.queries import procedures
from web import words
from web.current import actor, directory, now, reading, versions, writing
from web.formatting import in_language
from web.language import _, current
from web.legal import cited
from web.messages import sentence
from workflows.agencies.queries import role_name
from workflows.law import Clause, Instrument, force_of, instruments
from workflows.law.clauses import Ended, clauses, covers
from workflows.law.uses import Use, uses
from workflows.regulation import evidence
from workflows.regulation.coverage import Matrix, Served, matrix
from workflows.regulation.duties import CLASSES, EVERY_AGENCY, LOCAL, PLANNED, PROCEDURE, Duty, duties, duty
from workflows.studio import clauses as changes

pages = Blueprint("regulation", __name__, url_prefix="/quy-che")


@dataclass(frozen=True)
class Row:
    """A duty as it is shown."""

    duty: Duty
    citation: str
    lead: Sequence[str]
    elements: Sequence[tuple[str, str, str]]
    missing: bool


@dataclass(frozen=True)
class State:
    """What a clause says on some days: in short, how sure that is, its first and last day where they are its own."""

    text: str
    confidence: str
    since: date | None
    until: date | None
    holds: bool


@dataclass(frozen=True)
class Shelved:
    """A clause as it stands under its instrument: citation, its states, its recorded end, what of the procedures
    rests on it."""

    citation: str
    states: Sequence[State]
    ended: Ended | None
    replacement: str
    resting: Sequence[Use]


@pages.get("")
def index() -> ResponseReturnValue:
    """Every duty of the regulation with what serves it, and the steps that cite no clause of it."""
    wanted = {"class": request.args.get("loai", ""), "by": request.args.get("cach", "")}
    with reading() as session:
        found = _matrix(session)
        rows = [_row(session, one) for one in found.served if _fits(one.duty, wanted)]
    return render_template(
        "regulation/index.html", rows=rows, matrix=found, wanted=wanted, classes=CLASSES, planned=PLANNED
    )


@pages.get("/van-ban")
def law() -> ResponseReturnValue:
    """The instruments as of a day, what replaced them, and what of the procedures rests on each clause."""
    on = _day(request.args.get("ngay", "")) or local_date(now())
    with reading() as session:
        resting, ended = uses(_bundles(session)), changes.ended(session)
    return render_template("regulation/law.html", shelves=_shelves(resting, ended, on), on=on, names=instruments())


def _shelves(
    resting: Mapping[str, list[Use]], ended: Sequence[Ended], on: date
) -> list[tuple[Instrument, bool, list[Shelved]]]:
    """Each instrument, whether it is in force that day, and its clauses that are described, rested on or ended."""
    bases = {*resting, *clauses(), *(one.basis for one in ended)}
    known = sorted(bases, key=lambda basis: [int(n) for n in re.findall(r"\d+", basis)])
    return [
        (
            one,
            force_of(one.id, ended).covers(on),
            [_shelved(basis, resting, ended, on) for basis in known if _is_of(one, basis)],
        )
        for one in instruments().values()
    ]


def _is_of(instrument: Instrument, basis: str) -> bool:
    return basis.partition(":")[0] == instrument.id


def _shelved(basis: str, resting: Mapping[str, list[Use]], ended: Sequence[Ended], on: date) -> Shelved:
    end = next((one for one in ended if covers(one.basis, basis)), None)
    over = end is not None and end.until < on
    states = [_state(one, basis, on, over=over) for one in clauses().get(basis, ())]
    if not states and (asked := _duty_of(basis)):
        states = [State(asked, "", None, None, holds=not over)]
    replacement = cited(end.replaced_by) if end else ""
    return Shelved(cited(basis), states, end, replacement, resting.get(basis, []))


def _state(clause: Clause, basis: str, on: date, *, over: bool) -> State:
    """Days are told only where they are not those of the instrument."""
    whole = instruments()[basis.partition(":")[0]].force
    since = None if clause.force.since == whole.since else clause.force.since
    until = None if clause.force.until == whole.until else clause.force.until
    text = in_language(clause.text, current())
    return State(text, words.confidence(clause.confidence), since, until, holds=clause.force.covers(on) and not over)


def _duty_of(basis: str) -> str:
    """What a clause of the regulation asks for, where it is a duty."""
    asked = [in_language(one.text, current()) for one in duties() if one.basis == basis]
    return "; ".join(asked)


@pages.get("/<int:number>")
def show(number: int) -> ResponseReturnValue:
    """One duty: what the clause says, what serves it, and what was done for it."""
    return _page(number, "", "")


@pages.post("/<int:number>")
def log(number: int) -> ResponseReturnValue:
    """Log what the agency did for a standing duty."""
    text, done_on = request.form.get("text", ""), _day(request.form.get("done_on", ""))
    try:
        with writing() as session:
            evidence.log(session, directory(), actor(), duty(number), text, done_on, now())
    except evidence.BadEvidence as error:
        return _page(number, text, sentence(error.code, error.params, current())), 422
    flash(_("Đã ghi vào nhật ký."), "success")
    return redirect(url_for("regulation.show", number=number), 303)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _page(number: int, text: str, problem: str) -> str:
    one, today = duty(number), local_date(now())
    with reading() as session:
        served = next(served for served in _matrix(session).served if served.duty == one)
        row = _row(session, served)
        owners = [_role(session, role) for role in one.owners]
        may_log = evidence.may_log(session, directory(), actor(), one, today)
        entries = evidence.entries(session, actor(), number, today)
    return render_template(
        "regulation/show.html",
        row=row,
        owners=owners,
        may_log=may_log,
        entries=entries,
        today=today,
        text=text,
        problem=problem,
    )


def _matrix(session: Session) -> Matrix:
    """Over the procedures in force and the parts they use."""
    return matrix(duties(), _bundles(session))


def _bundles(session: Session) -> list[Bundle]:
    rows = procedures.in_force(session, actor(), versions(), now())
    return [procedures.current(session, versions(), row.id, now()).bundle for row in rows]


def _fits(one: Duty, wanted: Mapping[str, str]) -> bool:
    return wanted["class"] in ("", *one.classes) and wanted["by"] in ("", one.serving.by)


def _row(session: Session, served: Served) -> Row:
    one = served.duty
    elements = [(id_, element.id, element.name or element.id) for id_, element in served.elements]
    shown = elements if one.serving.by == PROCEDURE else []
    return Row(one, cited(one.basis), [_role(session, role) for role in one.lead], shown, served.missing)


def _role(session: Session, role: str) -> str:
    if role == EVERY_AGENCY:
        return _("Mọi cơ quan, đơn vị")
    if role == LOCAL:
        return _("Ủy ban nhân dân các địa phương")
    return role_name(session, role, current())

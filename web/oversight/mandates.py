"""Pages of the auditors' mandates."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.actors import ADMINISTRATOR
from engine.clock import local_date
from web.current import actor, now, reading, writing
from web.errors import status_of
from web.formatting import nfc, typed_day
from web.language import _, current
from web.messages import sentence
from web.oversight.asking import procedure_titles
from workflows.agencies.collation import sort_key
from workflows.oversight import mandates
from workflows.oversight.mandates import BadMandate, OwnMandate, Wanted

pages = Blueprint("mandates", __name__, url_prefix="/giam-sat/pham-vi")
DAYS = ("cases_from", "cases_to", "valid_from", "valid_to")


@pages.get("")
def show() -> ResponseReturnValue:
    """The mandates: all for administrators, the own ones for an auditor."""
    return _page()


@pages.post("")
def give() -> ResponseReturnValue:
    """Record a mandate; what was typed stays where it cannot be."""
    try:
        with writing() as session:
            mandates.give(session, actor(), now(), _wanted())
    except (BadMandate, OwnMandate) as error:
        return _page(sentence(error.code, error.params, current())), status_of(error)
    flash(_("Đã giao phạm vi kiểm tra."), "success")
    return redirect(url_for("mandates.show"), 303)


@pages.post("/<mandate_id>/ket-thuc")
def end(mandate_id: str) -> ResponseReturnValue:
    """End a mandate."""
    with writing() as session:
        mandates.end(session, actor(), now(), mandate_id)
    flash(_("Đã kết thúc phạm vi kiểm tra."), "success")
    return redirect(url_for("mandates.show"), 303)


def _wanted() -> Wanted:
    """What was typed. Raises `BadMandate` where a day is none or the first one is missing."""
    days: dict[str, date | None] = {}
    for name in DAYS:
        typed = _typed(name)
        days[name] = typed_day(typed)
        if typed and days[name] is None:
            raise BadMandate()
    begins = days.pop("valid_from")
    if begins is None:
        raise BadMandate()
    procedure = _typed("procedure") or None
    return Wanted(_typed("person_id"), procedure, valid_from=begins, decision=_typed("decision"), **days)


def _page(problem: str = "") -> str:
    today = local_date(now())
    with reading() as session:
        rows = mandates.mandates(session, actor())
        titles = procedure_titles(session)
        people = mandates.auditors(session, today) if actor().has(ADMINISTRATOR) else []
        return render_template(
            "oversight/mandates.html",
            rows=rows,
            titles=titles,
            ordered=sorted(titles.items(), key=lambda one: sort_key(one[1])),
            people=people,
            today=today,
            problem=problem,
            typed=request.form,
        )


def _typed(name: str) -> str:
    return nfc(request.form.get(name, "")).strip()

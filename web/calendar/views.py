"""Pages of the working-day calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.clock import local_year
from engine.errors import Rejected
from engine.forms import typed
from web.current import actor, directory, now, reading, writing
from web.errors import status_of
from web.formatting import nfc
from web.language import _, current
from web.messages import sentence
from workflows.calendar import administration, store
from workflows.calendar.proposals import FIRST_YEAR, ProposedDay
from workflows.calendar.tables import KINDS

pages = Blueprint("calendar", __name__, url_prefix="/lich-lam-viec")


@pages.get("")
def show() -> ResponseReturnValue:
    """A year of the calendar: entries with their sources, and for its keepers what is proposed."""
    return _page(_year())


@pages.post("/chap-nhan")
def accept() -> ResponseReturnValue:
    """Take over the proposals that are ticked; those shown and not ticked are not proposed again."""
    days, offered = (frozenset(request.form.getlist(name)) for name in ("day", "offered"))
    return _change(lambda session: administration.accept(session, actor(), _year(), days, offered, now()))


@pages.post("/them")
def enter() -> ResponseReturnValue:
    """Enter a day by hand, with the document it rests on."""
    return _change(lambda session: administration.enter(session, actor(), _entry(), now()))


@pages.post("/bo")
def withdraw() -> ResponseReturnValue:
    """End the entry of a day, with the reason."""
    return _change(lambda session: administration.withdraw(session, actor(), _day(), _typed("reason"), now()))


def _change(act: Callable[[Session], object]) -> ResponseReturnValue:
    try:
        with writing() as session:
            act(session)
    except Rejected as error:
        return _page(_year(), sentence(error.code, error.params, current())), status_of(error)
    flash(_("Đã ghi vào lịch. Các hạn đang mở dựa vào ngày thay đổi được tính lại và ghi vào từng vụ việc."), "success")
    return redirect(url_for("calendar.show", nam=_year()), 303)


def _page(year: int, problem: str = "") -> str:
    with reading() as session:
        view = administration.year_view(session, year)
        people = {one.entered_by for one in view.entries} | {one.rejected_by for one in view.rejections}
        names = {person: directory().person_name(session, person) for person in people}
    return render_template(
        "calendar/show.html",
        view=view,
        names=names,
        kinds=KINDS,
        confidences=store.CONFIDENCES,
        may_keep=administration.may_keep(actor()),
        problem=problem,
        typed=request.form,
    )


def _entry() -> ProposedDay:
    return ProposedDay(_day(), _typed("kind"), _typed("name"), _typed("source"), _typed("confidence"))


def _day() -> date:
    text = _typed("day")
    try:
        return date.fromisoformat(typed.day(text) if "/" in text else text)
    except ValueError:
        raise store.InvalidDay(day=text) from None


def _year() -> int:
    """The year asked for; this one where none is or where it cannot be shown."""
    asked = request.values.get("nam", type=int)
    this = local_year(now())
    return asked if asked and FIRST_YEAR <= asked <= this + 2 else this


def _typed(name: str) -> str:
    return nfc(request.form.get(name, "")).strip()

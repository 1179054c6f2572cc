"""Pages of what arrived: its stamp, to whom it goes, and the case in which it is dealt with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.actors import CLERK
from engine.clock import local_date
from engine.commands import StartCase, Upload
from engine.errors import InvalidForm
from engine.queries import procedures
from engine.unit_of_work import Receipt
from web import words
from web.current import actor, current_container, now, reading, versions, writing
from web.formatting import nfc, typed_day
from web.language import _, current
from web.messages import sentence
from web.tasks.uploads import read_file
from workflows.agencies.queries import agency_names, issuer, officers
from workflows.documents import arrival_files, arrivals
from workflows.documents.dispatch.arriving import ACCEPTED, ASSIGNED, COMPLETED, IN_PROGRESS, TURNED_BACK, tell
from workflows.documents.errors import BadArrival, ClerkRequired, NotAScan, RegisterNotFound
from workflows.documents.incoming import Arrival, enter
from workflows.documents.kinds import KINDS
from workflows.documents.recall import queries as recalls
from workflows.documents.registers import Clerk
from workflows.documents.tables import IncomingEntry
from workflows.secrecy import refuse_marked_data, refuse_marked_file

pages = Blueprint("arrivals", __name__)
ARRIVAL = "/so-van-ban/<uuid:register_id>/<int:number>"
LENGTHS = {"author": 200, "symbol": 64, "subject": 500}


@pages.get(ARRIVAL)
def show(register_id: str, number: int) -> ResponseReturnValue:
    """One arrival with its stamp."""
    with reading() as session:
        view = arrivals.arrival(session, actor(), str(register_id), number)
        names = agency_names(session, view.entry.arrived_on)
        startable = procedures.startable(session, actor(), versions(), now()) if view.may_settle else []
        places = _places(session) if view.may_route else {}
        files = arrival_files.files(session, view.entry)
        asked = recalls.of_arrival(session, actor(), view.entry)
    return render_template(
        "registers/arrival.html",
        view=view,
        files=files,
        asked=asked,
        agency=names[view.agency_id],
        procedures=startable,
        places=places,
    )


@pages.post(f"{ARRIVAL}/chuyen")
def pass_on(register_id: str, number: int) -> ResponseReturnValue:
    """Note who deals with an arrival."""
    to = _typed("to")
    with writing() as session:
        name = _places(session).get(to)
        who = (to, name) if name else ("", _typed("handled_by"))
        arrivals.pass_on(_clerk(session), str(register_id), number, *who, _typed("note"))
        _tell(session, register_id, number, ACCEPTED, ASSIGNED)
    flash(_("Đã ghi đơn vị, người nhận."), "success")
    return _back(register_id, number)


@pages.post(f"{ARRIVAL}/vu-viec")
def link(register_id: str, number: int) -> ResponseReturnValue:
    """Deal with an arrival in a running case."""
    code = _typed("code").upper()
    with writing() as session:
        arrivals.link(_clerk(session), str(register_id), number, code)
        _tell(session, register_id, number, ACCEPTED, IN_PROGRESS)
    flash(_("Đã gắn văn bản với vụ việc %(code)s.", code=code), "success")
    return redirect(url_for("cases.show", code=code), 303)


@pages.post(f"{ARRIVAL}/mo-vu-viec")
def start(register_id: str, number: int) -> ResponseReturnValue:
    """Open a case with an arrival, case and link in one transaction. The key is the arrival: sent twice, one case."""
    chosen = _typed("procedure")
    with reading() as session:
        view = arrivals.arrival(session, actor(), str(register_id), number)

    def linked(session: Session, receipt: Receipt) -> None:
        arrivals.link(_clerk(session), str(register_id), number, receipt.case_code, opened=True)
        _tell(session, register_id, number, ACCEPTED, IN_PROGRESS)

    key = f"arrival:{register_id}:{number}:{chosen}" + (f":{view.entry.given_up}" if view.entry.given_up else "")
    command = StartCase(chosen, view.entry.entered_at)
    receipt = current_container().engine.execute(command, actor=actor(), key=key, also=linked)
    flash(_("Đã mở vụ việc %(code)s từ văn bản đến.", code=receipt.case_code), "success")
    mine = [item.id for item in receipt.open_items if item.assignee_id == actor().person_id]
    if mine:
        return redirect(url_for("tasks.show", work_item_id=mine[0]), 303)
    return redirect(url_for("cases.show", code=receipt.case_code), 303)


@pages.post(f"{ARRIVAL}/xong")
def settle(register_id: str, number: int) -> ResponseReturnValue:
    """Nothing more is to be done with an arrival."""
    with writing() as session:
        arrivals.settle(_clerk(session), str(register_id), number, _typed("note"))
        _tell(session, register_id, number, ACCEPTED, COMPLETED)
    flash(_("Đã ghi là giải quyết xong."), "success")
    return _back(register_id, number)


@pages.post(f"{ARRIVAL}/tra-lai")
def turn_back(register_id: str, number: int) -> ResponseReturnValue:
    """Send an arrival of the exchange network back to its sender."""
    reason = _typed("reason")
    refuse_marked_data({"reason": reason})
    with writing() as session:
        entry = arrivals.turn_back(_clerk(session), str(register_id), number, reason)
        blobs = current_container().blobs
        tell(session, now(), blobs, entry, actor().agency_id, TURNED_BACK, description=reason)
    flash(_("Đã trả lại văn bản kèm lý do."), "success")
    return _back(register_id, number)


@pages.get("/van-ban-den/vao-so")
def new() -> ResponseReturnValue:
    """The form by which the clerk enters what came on paper or by mail."""
    _require_clerk()
    return render_template("registers/enter.html", kinds=KINDS, typed={})


@pages.post("/van-ban-den/vao-so")
def enter_by_hand() -> ResponseReturnValue:
    """Give an arrival its number."""
    _require_clerk()
    try:
        found, scans = _arrival(), _scans()
    except (BadArrival, NotAScan, InvalidForm) as error:
        first = next(iter(error.fields.values()))[0] if isinstance(error, InvalidForm) else error
        told = sentence(first.code, first.params, current())
        return render_template("registers/enter.html", kinds=KINDS, typed=request.form, error=told), 400
    with writing() as session:
        founded_on = issuer(session, actor().agency_id, local_date(now())).founded_on
        entry = enter(_clerk(session), found, founded_on)
        place = (entry.register_id, entry.number)
        session.flush()
        _keep(session, entry, scans)
    flash(_("Đã vào sổ, số đến %(number)s.", number=f"{place[1]:02d}"), "success")
    return _back(*place)


@pages.get(f"{ARRIVAL}/tep/<int:index>")
def file(register_id: str, number: int, index: int) -> ResponseReturnValue:
    """A file of an arrival, always as a download."""
    with reading() as session:
        entry = arrivals.arrival(session, actor(), str(register_id), number).entry
        name, content = arrival_files.file(session, current_container().blobs, entry, index)
    return send_file(BytesIO(content), mimetype="application/octet-stream", as_attachment=True, download_name=name)


@pages.post(f"{ARRIVAL}/ban-quet")
def scan(register_id: str, number: int) -> ResponseReturnValue:
    """Add scans to an arrival."""
    _require_clerk()
    with writing() as session:
        view = arrivals.arrival(session, actor(), str(register_id), number)
        if view.agency_id != actor().agency_id:
            raise RegisterNotFound()
        _keep(session, view.entry, _scans())
    flash(_("Đã lưu bản quét."), "success")
    return _back(register_id, number)


def _scans() -> list[Upload]:
    """The chosen files: of a kind that scans have, and without a mark of secrecy.

    Raises:
        InvalidForm: empty or too large. NotAScan: neither PDF nor picture. SecretMarkFound: nothing is stored.
    """
    found = [read_file("scan", one) for one in request.files.getlist("scan") if one.filename]
    for one in found:
        arrival_files.require_scan(one.filename, one.content)
        refuse_marked_file("scan", one.content, one.media_type, one.filename)
    return found


def _keep(session: Session, entry: IncomingEntry, scans: Sequence[Upload]) -> None:
    for one in scans:
        blobs = current_container().blobs
        arrival_files.keep_scan(_clerk(session), blobs, entry, one.filename, one.content)


def _tell(session: Session, register_id: str, number: int, *statuses: str) -> None:
    view = arrivals.arrival(session, actor(), str(register_id), number)
    tell(session, now(), current_container().blobs, view.entry, view.agency_id, *statuses)


def _arrival() -> Arrival:
    """What the clerk typed. Raises `BadArrival`, or `SecretMarkFound` before anything is stored."""
    typed = {name: _typed(name)[:limit] for name, limit in LENGTHS.items()}
    refuse_marked_data(typed)
    day, kind = typed_day(_typed("issued_on")), _typed("type")
    readable = day is not None and date(1945, 9, 2) <= day <= local_date(now())
    if not readable or not typed["author"] or not typed["subject"] or kind not in ("", *KINDS):
        raise BadArrival()
    if request.form.get("checked") != "yes":
        raise BadArrival()
    assert day is not None
    return Arrival(typed["author"], typed["symbol"], day, kind, typed["subject"])


def _require_clerk() -> None:
    if not actor().has(CLERK):
        raise ClerkRequired(agency=actor().agency_name)


def _places(session: Session) -> dict[str, str]:
    """Whom the clerk may choose: the duties of the agency, and the officers who hold one."""
    today = local_date(now())
    found = {f"duty:{duty}": words.duty(duty) for duty in arrivals.DUTIES}
    for duty in arrivals.DUTIES:
        found |= {f"person:{id_}": name for id_, name in officers(session, actor().agency_id, duty, today)}
    return found


def _clerk(session: Session) -> Clerk:
    return Clerk(session, now(), actor())


def _back(register_id: str, number: int) -> ResponseReturnValue:
    return redirect(url_for("arrivals.show", register_id=register_id, number=number), 303)


def _typed(name: str) -> str:
    return nfc(request.form.get(name, "")).strip()

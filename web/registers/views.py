"""Pages of registers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from io import BytesIO

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.actors import CLERK, HEAD
from engine.clock import local_date, local_year
from web.current import actor, current_container, now, reading, writing
from web.formatting import nfc, typed_day
from web.language import _
from web.paging import after as after_row
from web.paging import next_page
from web.registers.names import register_name
from workflows.agencies import certificates as registered
from workflows.agencies.queries import agency_names, issuer, posts
from workflows.documents import register_files, restoration
from workflows.documents import register_queries as queries
from workflows.documents import signers as signing
from workflows.documents.errors import BadMandate, LastNumberTooLow
from workflows.documents.kinds import KINDS
from workflows.documents.register_queries import Arrived, RegisterView, Sent
from workflows.documents.registers import SERIES, Clerk, plan_of
from workflows.documents.signing.trust import judge_of, read_trust
from workflows.documents.tables import OUTGOING

pages = Blueprint("registers", __name__, url_prefix="/so-van-ban")
PAGE = 100


@pages.get("")
def index() -> ResponseReturnValue:
    """The registers of the agency, and those that wait for confirmation."""
    with reading() as session:
        own, waiting = queries.registers(session, actor()), queries.waiting(session, actor())
        names = agency_names(session, local_date(now()))
    return render_template(
        "registers/index.html", registers=own, waiting=waiting, names=names, register_name=register_name
    )


@pages.get("/<uuid:register_id>")
def show(register_id: str) -> ResponseReturnValue:
    """One register with its lines."""
    after = request.args.get("sau", type=int) or 0
    with reading() as session:
        register = queries.register(session, actor(), str(register_id))
        lines = _lines(session, register, after, PAGE)
    following = lines[-1].number if len(lines) == PAGE else None
    return render_template(
        "registers/show.html", register=register, lines=lines, following=following, register_name=register_name
    )


@pages.get("/<uuid:register_id>.<any(xlsx, pdf):ending>")
def export(register_id: str, ending: str) -> ResponseReturnValue:
    """The whole register as a spreadsheet or on paper."""
    with reading() as session:
        register = queries.register(session, actor(), str(register_id))
        body = agency_names(session, _day_of(register))[register.agency_id]
        sheet = register_files.sheet(register.direction, register.year, body, _lines(session, register))
    if ending == "xlsx":
        content, mimetype = register_files.xlsx(sheet), register_files.XLSX
    else:
        content, mimetype = register_files.pdf(sheet, current_container().renderer), "application/pdf"
    name = f"so-van-ban-{'di' if register.direction == OUTGOING else 'den'}-{register.year}.{ending}"
    return send_file(BytesIO(content), mimetype=mimetype, download_name=name)


@pages.post("/<uuid:register_id>/xac-nhan")
def confirm(register_id: str) -> ResponseReturnValue:
    """Confirm a register's last number after a restore."""
    typed = _typed("last_number")
    if not (typed.isascii() and typed.isdigit()):
        raise LastNumberTooLow(last_number="…")
    with writing() as session:
        restoration.confirm(session, actor(), now(), str(register_id), int(typed))
    flash(_("Đã xác nhận số cuối của sổ."), "success")
    return redirect(url_for("registers.index"), 303)


@pages.get("/cach-danh-so")
def series() -> ResponseReturnValue:
    """How the body groups its documents into series."""
    year = local_year(now())
    with reading() as session:
        plans = [(plan, json.loads(plan.series)) for plan in queries.plans(session, actor().agency_id)]
        chosen = plan_of(session, actor().agency_id, year + 1)
    may = bool(actor().duties & {HEAD, CLERK})
    years = (year, year + 1)
    return render_template(
        "registers/series.html", plans=plans, chosen=chosen, may=may, years=years, kinds=KINDS, series=SERIES
    )


@pages.post("/cach-danh-so")
def decide() -> ResponseReturnValue:
    """Record the head's decision on the series."""
    chosen = {kind: request.form.get(f"series.{kind}", SERIES[0]) for kind in KINDS}
    year = request.form.get("year", type=int) or 0
    with writing() as session:
        Clerk(session, now(), actor()).decide_series(year, chosen, _typed("decision"))
    flash(_("Đã ghi cách đánh số từ năm %(year)s.", year=year), "success")
    return redirect(url_for("registers.series"), 303)


@pages.get("/chung-thu-so")
def certificates() -> ResponseReturnValue:
    """Which certificates the agency and its officers sign with; of all bodies for who runs or audits the program."""
    moment, trust = now(), read_trust(current_container().settings.trust_dir)
    with reading() as session:
        rows = registered.certificates(
            session, actor(), local_date(moment), judge_of(trust, moment), limit=PAGE, after=after_row()
        )
    following = next_page("registers.certificates", [row.fingerprint for row in rows], PAGE)
    everybody = bool(actor().duties & set(registered.OVERSEERS))
    return render_template(
        "registers/certificates.html",
        rows=rows,
        roots=bool(trust.certificates),
        everybody=everybody,
        next_page=following,
    )


@pages.get("/tham-quyen-ky")
def mandates() -> ResponseReturnValue:
    """Who may sign for the body today, and what the head has ordered."""
    today = local_date(now())
    with reading() as session:
        facts = issuer(session, actor().agency_id, today)
        context = {
            "signers": signing.signers(session, facts, today),
            "mandates": signing.mandates(session, actor().agency_id),
            "holders": posts(session, actor().agency_id, HEAD, today),
        }
        return render_template("registers/mandates.html", may=actor().has(HEAD), today=today, **context)


@pages.post("/tham-quyen-ky")
def give_mandate() -> ResponseReturnValue:
    """Record an order or a special mandate to sign."""
    begins, ends = typed_day(_typed("valid_from")), typed_day(_typed("valid_to"))
    if begins is None or (ends is None and _typed("valid_to")):
        raise BadMandate()
    fields = {name: _typed(name) for name in ("person_id", "form", "unit_head", "scope", "basis")}
    text = signing.MandateText(**fields, valid_from=begins, valid_to=ends)
    with writing() as session:
        signing.give(session, actor(), now(), issuer, text)
    flash(_("Đã ghi việc giao ký."), "success")
    return redirect(url_for("registers.mandates"), 303)


@pages.post("/tham-quyen-ky/<mandate_id>/thoi")
def end_mandate(mandate_id: str) -> ResponseReturnValue:
    """End an order or mandate."""
    with writing() as session:
        signing.end(session, actor(), now(), mandate_id)
    flash(_("Đã thôi giao ký."), "success")
    return redirect(url_for("registers.mandates"), 303)


def _lines(
    session: Session, register: RegisterView, after: int = 0, limit: int | None = None
) -> Sequence[Sent] | Sequence[Arrived]:
    find = queries.sent if register.direction == OUTGOING else queries.arrived
    return find(session, register.id, after, limit)


def _day_of(register: RegisterView) -> date:
    """A day on which the body had the name that it has in this register."""
    today = local_date(now())
    return today if register.year == today.year else today.replace(year=register.year, month=12, day=31)


def _typed(name: str) -> str:
    return nfc(request.form.get(name, "")).strip()

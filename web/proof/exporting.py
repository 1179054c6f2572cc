"""Exports of the history in the browser, for auditors: one case, some, or everything, as long as it is not too much."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, Response, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.actors import AUDITOR, EVERYTHING
from engine.errors import NotFound, Rejected
from engine.proof.export import ENCLOSED, PROGRAM, export
from engine.queries.cases import visible
from engine.services import Stream
from engine.tables import EventStream
from web.current import actor, current_container, now, reading
from web.errors import status_of
from web.formatting import nfc
from web.language import current
from web.messages import sentence

pages = Blueprint("exports", __name__, url_prefix="/xuat-lich-su")
MAXIMUM = 20_000
"""Events of one download; more are exported by the command, which needs no browser that waits."""
CODES = 500


class TooMuch(Rejected):
    """More than a browser should wait for."""

    code = "proof.too_much"


class NothingChosen(Rejected):
    """No case was named."""

    code = "proof.nothing_chosen"


class BeyondReach(Rejected):
    """The whole history holds cases that this auditor may not see."""

    code = "proof.beyond_reach"


class NoSuchCase(NotFound):
    """One of the codes names no case that the auditor may see."""

    code = "proof.no_such_case"


@pages.get("")
def form() -> ResponseReturnValue:
    """What to export, and how to check it."""
    _only_auditors()
    return _page(nfc(request.args.get("ma", "")))


@pages.post("")
def download() -> ResponseReturnValue:
    """The export as a file. That it was made is put on record."""
    _only_auditors()
    typed, everything = nfc(request.form.get("codes", "")), request.form.get("scope") == "everything"
    try:
        with reading() as session:
            codes = [] if everything else _codes(typed)
            cases = None if everything else [_stream(session, code) for code in codes]
            _check_size(session, cases)
    except Rejected as error:
        return _page(typed, everything, sentence(error.code, error.params, current())), status_of(error)
    container = current_container()
    with TemporaryDirectory(prefix="phoihop-") as folder:
        path = Path(folder) / "export.zip"
        export(container.notary, container.blobs, path, cases=cases, actor=actor(), codes=codes)
        file = path.open("rb")  # read to its end after the folder has gone
    name = f"lich-su-{codes[0] if len(codes) == 1 else 'toan-bo' if everything else 'chon-loc'}-{now():%Y%m%d-%H%M}.zip"
    answer = send_file(file, mimetype="application/zip", as_attachment=True, download_name=name)
    answer.call_on_close(file.close)
    return answer


@pages.get("/verify.py")
def verifier() -> Response:
    """The program that checks exports."""
    _only_auditors()
    return send_file(ENCLOSED / PROGRAM[1], mimetype="text/x-python", as_attachment=True, download_name=PROGRAM[1])


def _only_auditors() -> None:
    if not actor().has(AUDITOR):
        raise NotFound()


def _codes(typed: str) -> list[str]:
    codes = list(dict.fromkeys(re.findall(r"[^\s,;]+", typed.upper())))
    if not codes:
        raise NothingChosen()
    if len(codes) > CODES:
        raise TooMuch(maximum=MAXIMUM)
    return codes


def _stream(session: Session, code: str) -> Stream:
    try:
        return Stream("case", visible(session, actor(), code).id)
    except NotFound as error:
        raise NoSuchCase(case=code) from error


def _check_size(session: Session, cases: list[Stream] | None) -> None:
    lengths = select(func.coalesce(func.sum(EventStream.length), 0))
    if cases is None:
        if EVERYTHING not in actor().reach:
            raise BeyondReach()
    else:
        lengths = lengths.where(EventStream.kind == "case", EventStream.id.in_([one.id for one in cases]))
    if (session.scalar(lengths) or 0) > MAXIMUM:
        raise TooMuch(maximum=MAXIMUM)


def _page(typed: str, everything: bool = False, problem: str = "") -> str:
    return render_template("proof/export.html", typed=typed, everything=everything, problem=problem, maximum=MAXIMUM)

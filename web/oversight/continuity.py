"""The report on the numbers of the registers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import url_for

from web import words
from web.language import _
from web.oversight.asking import PAGE, Asked
from web.oversight.choices import Choice
from web.oversight.tables import Cell, Column, Link, Table
from workflows.documents.tables import OUTGOING
from workflows.oversight import continuity
from workflows.oversight.continuity import DOUBLE, GAP, VOID, Fault, Register

KIND = "loai"


def choices(_asked: Asked) -> list[Choice]:
    """Which faults are listed."""
    return [Choice(KIND, _("Loại"), [("", _("Tất cả")), *((one, kind(one)) for one in continuity.KINDS)])]


def kind(code: str) -> str:
    """What is the matter with a number."""
    words = {GAP: _("Thiếu số"), VOID: _("Hủy số"), DOUBLE: _("Vào sổ hai lần")}
    return words.get(code, code)


def tables(asked: Asked) -> Sequence[Table]:
    """The registers, then what is the matter with their numbers."""
    scope = replace(asked.scope, procedure=None)
    found = continuity.faults(asked.session, scope, asked.chosen(KIND, continuity.KINDS))
    shown = found[asked.offset : asked.offset + asked.limit]
    more = len(shown) == PAGE + 1
    titles = [_("Số"), _("Loại"), _("Sổ"), _("Cơ quan"), _("Ký hiệu"), _("Ngày"), _("Lý do, tác giả"), _("Người làm")]
    heads, figures = [_("Sổ"), _("Cơ quan"), _("Nhóm văn bản")], [_("Số cuối"), *_counted()]
    return [
        Table(
            "so",
            _("Các sổ"),
            [*(Column(one) for one in heads), *(Column(one, "number") for one in figures)],
            [_register(asked, one) for one in continuity.registers(asked.session, scope)],
            note=_("Sổ của các năm trong kỳ. Số hủy vẫn giữ dòng và lý do; số thiếu là số không có dòng nào."),
            empty=_("Không có sổ nào trong phạm vi đã chọn."),
        ),
        Table(
            "viec",
            _("Số cần xem"),
            [Column(one) for one in titles],
            [_fault(asked, one) for one in (shown[:PAGE] if more else shown)],
            paged=more,
            empty=_("Số của các sổ liên tục, không hủy, không vào sổ hai lần."),
        ),
    ]  # fmt: skip


def _counted() -> list[str]:
    return [_("Số dòng"), _("Thiếu số"), _("Hủy số")]


def _register(asked: Asked, one: Register) -> list[Cell]:
    series = words.series(one.series.partition("@")[0]) if one.direction == OUTGOING else ""
    return [_book(one), asked.agency(one.agency_id), series, one.last_number, one.lines, one.missing, one.voided]


def _book(one: Register) -> Link:
    way = _("Văn bản đi") if one.direction == OUTGOING else _("Văn bản đến")
    return Link(f"{way} {one.year}", url_for("registers.show", register_id=one.id))


def _fault(asked: Asked, one: Fault) -> list[Cell]:
    joined = {GAP: f"{one.first}–{one.last}", DOUBLE: f"{one.first} = {one.last}"}
    numbers = str(one.first) if one.first == one.last else joined[one.kind]
    agency = asked.agency(one.register.agency_id)
    return [numbers, kind(one.kind), _book(one.register), agency, one.symbol, one.on, one.note, one.person]

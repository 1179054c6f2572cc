"""The report on overdue work."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for

from web import formatting
from web.language import _
from web.oversight.asking import AGENCY, PAGE, PROCEDURE, Asked
from web.oversight.choices import Choice
from web.oversight.tables import Cell, Column, Link, Table
from workflows.oversight import overdue
from workflows.oversight.overdue import LAPSED, LATE, OPEN, STEP, Count, Item

BY, STATE, STEP_CHOICE = "theo", "tinh_trang", "buoc"


def choices(_asked: Asked) -> list[Choice]:
    """How to group, and which state of the work the list shows."""
    return [
        Choice(BY, _("Đếm theo"), [("", _("Cơ quan")), (overdue.PROCEDURE, _("Quy trình")), (STEP, _("Bước"))]),
        Choice(STATE, _("Tình trạng"), [("", _("Mọi việc không đúng hạn")), *((s, state(s)) for s in overdue.STATES)]),
    ]


def tables(asked: Asked) -> Sequence[Table]:
    """The counts, and the work itself with its cases."""
    by = asked.chosen(BY, overdue.GROUPS) or overdue.AGENCY
    found = overdue.counts(asked.session, asked.scope, by)
    return [_counts(asked, by, found), _items(asked)]


def state(code: str) -> str:
    """How work stands that was not done by its deadline."""
    words = {OPEN: _("Đang quá hạn"), LATE: _("Xong sau hạn"), LAPSED: _("Hết hạn, không làm")}
    return words.get(code, code)


def _counts(asked: Asked, by: str, found: Sequence[Count]) -> Table:
    heads = {overdue.AGENCY: [_("Cơ quan")], overdue.PROCEDURE: [_("Quy trình")], STEP: [_("Bước"), _("Quy trình")]}
    figures = [_("Đã đến hạn"), _("Đúng hạn"), _("Đang quá hạn"), _("Xong sau hạn"), _("Hết hạn, không làm")]
    columns = [Column(one) for one in heads[by]] + [Column(one, "number") for one in figures]
    rows = [[*_heading(asked, by, one), *_figures(asked, by, one), one.oldest] for one in found]
    total: list[Cell] = [_("Tổng"), *([""] if by == STEP else [])]
    total += [sum(getattr(one, name) for one in found) for name in ("due", "in_time", *overdue.STATES)]
    return Table(
        "tong-hop",
        _("Tổng hợp"),
        [*columns, Column(_("Quá hạn lâu nhất từ"))],
        rows,
        total=[*total, ""] if found else (),
        note=_("Việc của cơ quan có hạn rơi vào kỳ và đã đến hạn; việc đang tạm dừng không tính."),
        empty=_("Không có việc nào đến hạn trong phạm vi đã chọn."),
    )


def _heading(asked: Asked, by: str, one: Count) -> list[Cell]:
    if by == STEP:
        procedure, element = one.key
        return [Link(one.name or element, asked.link(**_of(by, one))), asked.title(procedure)]
    text = asked.agency(one.key[0]) if by == overdue.AGENCY else asked.title(one.key[0])
    return [Link(text, asked.link(**_of(by, one)))]


def _figures(asked: Asked, by: str, one: Count) -> list[Cell]:
    counted = [(s, getattr(one, s)) for s in overdue.STATES]
    linked = [Link(n, asked.link(**_of(by, one), **{STATE: s}) + "#viec") if n else 0 for s, n in counted]
    return [one.due, one.in_time, *linked]


def _of(by: str, one: Count) -> dict[str, str]:
    """The choices that narrow the report to this group."""
    if by == STEP:
        return {PROCEDURE: one.key[0], STEP_CHOICE: one.key[1]}
    return {AGENCY if by == overdue.AGENCY else PROCEDURE: one.key[0]}


def _items(asked: Asked) -> Table:
    wanted, step = asked.chosen(STATE, overdue.STATES), asked.chosen(STEP_CHOICE)
    found = overdue.items(asked.session, asked.scope, state=wanted, step=step, limit=asked.limit, offset=asked.offset)
    titles = [_("Tên vụ việc"), _("Quy trình"), _("Bước"), _("Cơ quan"), _("Tình trạng"), _("Hạn")]
    more = len(found) == PAGE + 1
    return Table(
        "viec",
        _("Việc không đúng hạn"),
        [
            Column(_("Vụ việc"), "code"),
            *(Column(one) for one in [*titles, _("Xong, kết thúc")]),
            Column(_("Trễ"), "code"),
            Column(_("Diễn lại"), "code"),
        ],
        [_row(asked, one) for one in (found[:PAGE] if more else found)],
        paged=more,
        empty=_("Không có việc nào không đúng hạn trong phạm vi đã chọn."),
    )


def _row(asked: Asked, one: Item) -> list[Cell]:
    return [
        Link(one.case_code, url_for("cases.show", code=one.case_code)),
        one.case_title,
        asked.title(one.procedure_id),
        one.element_name,
        asked.agency(one.agency_id),
        state(one.state),
        one.due_at,
        one.ended_at,
        formatting.span((one.ended_at or asked.scope.now) - one.due_at),
        Link(_("Diễn lại"), url_for("replay.show", code=one.case_code)),
    ]

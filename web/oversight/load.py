"""The reports on who carries how much, and on what had to be done again."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for

from web.language import _
from web.oversight.asking import AGENCY, PAGE, PROCEDURE, Asked
from web.oversight.overdue import STEP_CHOICE
from web.oversight.tables import Cell, Column, Link, Table
from workflows.oversight import load
from workflows.oversight.load import Again, Load


def loads(asked: Asked) -> Sequence[Table]:
    """By agency and by officer."""
    agencies = load.loads(asked.session, asked.scope, by_officer=False)
    officers = load.loads(asked.session, asked.scope, by_officer=True)
    figures = [_("Đang mở"), _("Đang quá hạn"), _("Chưa ai nhận"), _("Mở trong kỳ"), _("Xong trong kỳ")]
    columns = [Column(one, "number") for one in figures]
    empty = _("Không có việc nào trong phạm vi đã chọn.")
    by_agency = [[Link(asked.agency(one.agency_id), asked.link(**{AGENCY: one.agency_id})), *_figures(asked, one)]
                 for one in agencies]  # fmt: skip
    by_officer = [[one.name, asked.agency(one.agency_id), *_figures(asked, one)] for one in officers]
    return [
        Table("co-quan", _("Theo cơ quan"), [Column(_("Cơ quan")), *columns], by_agency, empty=empty),
        Table(
            "nguoi-lam",
            _("Theo người làm"),
            [Column(_("Người làm")), Column(_("Cơ quan")), *columns],
            by_officer,
            empty=empty,
        ),
    ]


def returns(asked: Asked) -> Sequence[Table]:
    """The steps, then the cases."""
    steps: list[list[Cell]] = [
        [_only(asked, one), asked.title(one.procedure_id), one.count, one.sent_back, one.repeated]
        for one in load.again(asked.session, asked.scope)
    ]
    step = asked.chosen(STEP_CHOICE)
    found = load.repeated(asked.session, asked.scope, step=step, limit=asked.limit, offset=asked.offset)
    more = len(found) == PAGE + 1
    cases: list[list[Cell]] = [
        [
            Link(one.case_code, url_for("cases.show", code=one.case_code)),
            one.case_title,
            asked.title(one.procedure_id),
            one.name,
            asked.agency(one.agency_id),
            one.times,
            one.sent_back,
        ]
        for one in (found[:PAGE] if more else found)
    ]
    counted = [Column(one, "number") for one in (_("Số lần mở"), _("Bị trả lại"), _("Làm lặp lại"))]
    return [
        Table(
            "buoc",
            _("Theo bước"),
            [Column(_("Bước")), Column(_("Quy trình")), *counted],
            steps,
            note=_("Bị trả lại: người sau gửi về bước trước. Làm lặp lại: cùng cơ quan làm cùng bước lần thứ hai "
                   "trở đi trong một vụ việc, kể cả khi quy trình cho phép nhiều vòng."),
            empty=_("Không có bước nào bị trả lại hoặc làm lặp lại trong phạm vi đã chọn."),
        ),
        Table(
            "viec",
            _("Theo vụ việc"),
            [
                Column(_("Vụ việc"), "code"),
                *(Column(one) for one in (_("Tên vụ việc"), _("Quy trình"), _("Bước"), _("Cơ quan"))),
                Column(_("Số lần mở"), "number"),
                Column(_("Bị trả lại"), "number"),
            ],
            cases,
            paged=more,
            empty=_("Không có vụ việc nào."),
        ),
    ]  # fmt: skip


def _only(asked: Asked, one: Again) -> Link:
    """The step, leading to the cases in which it was sent back or repeated."""
    return Link(one.name, asked.link(**{PROCEDURE: one.procedure_id, STEP_CHOICE: one.element_id}) + "#viec")


def _figures(asked: Asked, one: Load) -> list[Cell]:
    where = {AGENCY: one.agency_id, "tinh_trang": "open"}
    late = Link(one.overdue, asked.report_link("qua-han", **where) + "#viec") if one.overdue else 0
    return [one.open, late, one.untaken, one.opened, one.done]

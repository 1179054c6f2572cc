"""The report on how long work took, against its deadlines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import url_for

from web import formatting, words
from web.language import _
from web.oversight.asking import PAGE, Asked
from web.oversight.choices import Choice
from web.oversight.overdue import STEP_CHOICE
from web.oversight.tables import Cell, Column, Link, Table
from workflows.oversight import durations
from workflows.oversight.durations import Ended, Step

SOURCE = "can_cu"


def choices(_asked: Asked) -> list[Choice]:
    """Where the deadline comes from."""
    return [
        Choice(SOURCE, _("Căn cứ của hạn"), [("", _("Mọi hạn")), *((s, words.source(s)) for s in durations.SOURCES)])
    ]


def tables(asked: Asked) -> Sequence[Table]:
    """Cases as wholes, the steps, then the cases that took longest."""
    return [_wholes(asked), _steps(asked), _longest(asked)]


def span(seconds: int) -> str:
    """A span as people say it."""
    return formatting.span(timedelta(seconds=seconds))


def _wholes(asked: Asked) -> Table:
    rows: list[list[Cell]] = [
        [asked.title(one.procedure_id), one.count, span(one.median), span(one.high)]
        for one in durations.wholes(asked.session, asked.scope)
    ]
    titles = [_("Số vụ việc"), _("Trung vị"), _("Bách phân vị 95")]
    return Table(
        "vu-viec",
        _("Vụ việc đã kết thúc"),
        [Column(_("Quy trình")), *(Column(one, "number") for one in titles)],
        rows,
        note=_("Từ khi mở đến khi kết thúc, tính vụ việc kết thúc trong kỳ."),
        empty=_("Không có vụ việc nào kết thúc trong phạm vi đã chọn."),
    )


def _steps(asked: Asked) -> Table:
    found = durations.steps(asked.session, asked.scope, asked.chosen(SOURCE, durations.SOURCES))
    titles = [_("Đã xong"), _("Đúng hạn"), _("Tỷ lệ (%)"), _("Trung vị"), _("Bách phân vị 95"), _("Hạn cho (trung vị)")]
    return Table(
        "buoc",
        _("Các bước có hạn"),
        [Column(_("Bước")), Column(_("Quy trình")), Column(_("Căn cứ")), *(Column(one, "number") for one in titles)],
        [_step(asked, one) for one in found],
        note=_("Từ khi bước mở đến khi xong, tính việc xong trong kỳ. Trung vị và bách phân vị 95 là giá trị có thật."),
        empty=_("Không có việc nào có hạn xong trong phạm vi đã chọn."),
    )


def _longest(asked: Asked) -> Table:
    found = durations.longest(asked.session, asked.scope, limit=asked.limit, offset=asked.offset)
    more = len(found) == PAGE + 1
    titles = [_("Tên vụ việc"), _("Quy trình"), _("Cơ quan chủ trì"), _("Mở"), _("Kết thúc")]
    return Table(
        "lau-nhat",
        _("Vụ việc mất lâu nhất"),
        [Column(_("Vụ việc"), "code"), *(Column(one) for one in titles), Column(_("Thời gian"), "number")],
        [_ended(asked, one) for one in (found[:PAGE] if more else found)],
        paged=more,
        empty=_("Không có vụ việc nào kết thúc trong phạm vi đã chọn."),
    )


def _ended(asked: Asked, one: Ended) -> list[Cell]:
    return [
        Link(one.code, url_for("cases.show", code=one.code)),
        one.title,
        asked.title(one.procedure_id),
        asked.agency(one.lead_agency),
        one.started_at,
        one.ended_at,
        span(one.took),
    ]


def _step(asked: Asked, one: Step) -> list[Cell]:
    where = {"quy_trinh": one.procedure_id, STEP_CHOICE: one.element_id, "tinh_trang": "late"}
    return [
        Link(one.name or one.element_id, asked.report_link("qua-han", **where)),
        asked.title(one.procedure_id),
        words.source(one.source),
        one.count,
        one.in_time,
        one.in_time * 100 // one.count,
        span(one.median),
        span(one.high),
        span(one.allowed),
    ]

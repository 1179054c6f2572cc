"""The report on the written results of Article 5.2."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for

from web.current import versions
from web.language import _
from web.oversight.asking import AGENCY, PAGE, Asked
from web.oversight.choices import Choice
from web.oversight.tables import Cell, Column, Link, Table
from workflows.oversight import notices
from workflows.oversight.notices import MISSING, OPEN, RECEIVED, SENT, WAIVED, Owed

STATE = "tinh_trang"


def choices(_asked: Asked) -> list[Choice]:
    """Which notices are listed."""
    return [Choice(STATE, _("Tình trạng"), [("", _("Thiếu và đang chờ")), *((s, state(s)) for s in notices.STATES)])]


def state(code: str) -> str:
    """How a notice stands."""
    words = {
        MISSING: _("Thiếu: đã kết thúc, chưa gửi"),
        OPEN: _("Vụ việc đang xử lý"),
        WAIVED: _("Không gửi, có lý do"),
        SENT: _("Đã gửi"),
        RECEIVED: _("Nơi nhận đã xác nhận"),
    }
    return words.get(code, code)


def tables(asked: Asked) -> Sequence[Table]:
    """By leading agency, then each notice."""
    return [_counts(asked), _owed(asked)]


def _counts(asked: Asked) -> Table:
    found = notices.counts(asked.session, versions(), asked.scope)
    rows: list[list[Cell]] = [
        [asked.agency(one.agency_id), *(_figure(asked, one.agency_id, s, getattr(one, s)) for s in notices.STATES)]
        for one in found
    ]
    return Table(
        "co-quan",
        _("Theo cơ quan chủ trì"),
        [Column(_("Cơ quan chủ trì")), *(Column(state(one), "number") for one in notices.STATES)],
        rows,
        total=[_("Tổng"), *(sum(getattr(one, s) for one in found) for s in notices.STATES)] if found else (),
        note=_("Mỗi cơ quan đã tham gia một vụ việc mở trong kỳ tính một lần. Việc tham gia vụ việc con, hoặc vụ việc "
               "đã gộp, tính cho vụ việc chính."),
        empty=_("Không có cơ quan nào khác tham gia vụ việc trong phạm vi đã chọn."),
    )  # fmt: skip


def _figure(asked: Asked, agency: str, state: str, number: int) -> Cell:
    return Link(number, asked.link(**{AGENCY: agency, STATE: state}) + "#viec") if number else 0


def _owed(asked: Asked) -> Table:
    wanted = asked.chosen(STATE, notices.STATES)
    found = notices.owed(asked.session, versions(), asked.scope, state=wanted, limit=asked.limit, offset=asked.offset)
    titles = [_("Tên vụ việc"), _("Quy trình"), _("Cơ quan chủ trì"), _("Cơ quan đã tham gia"), _("Tình trạng")]
    moments = [_("Vụ việc kết thúc"), _("Gửi"), _("Xác nhận")]
    more = len(found) == PAGE + 1
    return Table(
        "viec",
        _("Từng thông báo"),
        [Column(_("Vụ việc"), "code"), *(Column(one) for one in [*titles, *moments])],
        [_row(asked, one) for one in (found[:PAGE] if more else found)],
        paged=more,
        empty=_("Không có thông báo nào thiếu hoặc đang chờ trong phạm vi đã chọn."),
    )


def _row(asked: Asked, one: Owed) -> list[Cell]:
    return [
        Link(one.case_code, url_for("cases.show", code=one.case_code)),
        one.case_title,
        asked.title(one.procedure_id),
        asked.agency(one.lead_agency),
        asked.agency(one.agency_id),
        state(one.state),
        one.ended_at,
        one.sent_at,
        one.received_at,
    ]

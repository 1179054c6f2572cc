"""The report on the duties of the regulation in a period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flask import url_for
from sqlalchemy.orm import Session

from engine.procedures.bundle import Bundle
from engine.queries import procedures
from web.current import actor, now, versions
from web.formatting import in_language
from web.language import _, current
from web.legal import cited
from web.oversight.asking import Asked
from web.oversight.choices import Choice
from web.oversight.tables import Cell, Column, Link, Table
from workflows.oversight import duties
from workflows.oversight.duties import Kept

STATE = "tinh_trang"


def choices(_asked: Asked) -> list[Choice]:
    """Which duties are listed."""
    return [Choice(STATE, _("Tình trạng"), [("", _("Tất cả")), *((one, state(one)) for one in duties.STATES)])]


def state(code: str) -> str:
    """How a duty stands."""
    words = {
        duties.OVERDUE: _("Có việc đang quá hạn"),
        duties.LATE: _("Có việc xong muộn"),
        duties.SILENT: _("Chưa ghi nhật ký"),
        duties.NO_OCCASION: _("Chưa phát sinh"),
        duties.KEPT: _("Đúng hạn"),
        duties.LOGGED: _("Đã ghi nhật ký"),
        duties.AUTOMATIC: _("Hệ thống tự làm"),
        duties.ENFORCED: _("Quy tắc bắt buộc"),
        duties.UNSERVED: _("Chưa được phục vụ"),
    }
    return words.get(code, code)


def tables(asked: Asked) -> Sequence[Table]:
    """How many stand how, then each duty."""
    found = duties.kept(asked.session, asked.scope, _bundles(asked.session))
    counted, wanted = Counter(one.state for one in found), asked.chosen(STATE, duties.STATES)
    summary: list[list[Cell]] = [
        [Link(state(one), asked.link(**{STATE: one})), counted[one]] for one in duties.STATES if counted[one]
    ]
    figures = [Column(one, "number") for one in (_("Việc đã xong"), _("Xong muộn"), _("Đang quá hạn"), _("Nhật ký"))]
    return [
        Table(
            "tong-hop",
            _("Tổng hợp"),
            [Column(_("Tình trạng")), Column(_("Số nghĩa vụ"), "number")],
            summary,
            total=[_("Tổng"), len(found)],
            note=_("Nghĩa vụ do quy trình phục vụ xét theo việc của các bước dẫn điều khoản đó; nghĩa vụ thường xuyên "
                   "xét theo nhật ký. Trang này cho biết việc có đúng hạn không, không đánh giá chất lượng."),
        ),
        Table(
            "nghia-vu",
            _("Từng nghĩa vụ"),
            [Column(_("Điều khoản"), "code"), Column(_("Nghĩa vụ")), Column(_("Tình trạng")), *figures],
            [_row(one) for one in found if wanted in (None, one.state)],
        ),
    ]  # fmt: skip


def _row(one: Kept) -> list[Cell]:
    text = in_language(one.duty.text, current())
    link = Link(cited(one.duty.basis), url_for("regulation.show", number=one.duty.number))
    return [link, text, state(one.state), one.done, one.late, one.overdue, one.entries]


def _bundles(session: Session) -> list[Bundle]:
    rows = procedures.in_force(session, actor(), versions(), now())
    return [procedures.current(session, versions(), row.id, now()).bundle for row in rows]

"""The report on the duties of the regulation in a period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from flask import url_for
from sqlalchemy.orm import Session

from engine.procedures.bundle import Bundle
from engine.queries import procedures
from web.current import actor, now, versions
from web.formatting import in_language
from web.language import _, current
from web.legal import cited
from web.oversight.asking import PAGE, Asked
from web.oversight.choices import Choice
from web.oversight.tables import Cell, Column, Link, Table
from workflows.oversight import duties
from workflows.oversight.duties import DONE, Kept, Work

STATE, DUTY, WORK = "tinh_trang", "nghia_vu", "viec"
WORKS = (DONE, duties.LATE, duties.OVERDUE)


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
    """How many stand how, then each duty; where one is chosen, its work."""
    bundles = _bundles(asked.session)
    found = duties.kept(asked.session, asked.scope, bundles)
    counted, wanted = Counter(one.state for one in found), asked.chosen(STATE, duties.STATES)
    summary: list[list[Cell]] = [
        [Link(state(one), asked.link(**{STATE: one})), counted[one]] for one in duties.STATES if counted[one]
    ]
    figures = [Column(one, "number") for one in (*_works().values(), _("Nhật ký"))]
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
            [_row(asked, one) for one in found if wanted in (None, one.state)],
        ),
        *_work_of_chosen(asked, found, bundles),
    ]  # fmt: skip


def _row(asked: Asked, one: Kept) -> list[Cell]:
    text, page = in_language(one.duty.text, current()), url_for("regulation.show", number=one.duty.number)

    def work(kind: str, count: int) -> Cell:
        return Link(count, asked.link(**{DUTY: str(one.duty.number), WORK: kind}) + "#viec") if count else 0

    figures = [work(DONE, one.done), work(duties.LATE, one.late), work(duties.OVERDUE, one.overdue)]
    return [
        Link(cited(one.duty.basis), page),
        text,
        state(one.state),
        *figures,
        Link(one.entries, page) if one.entries else 0,
    ]


def _work_of_chosen(asked: Asked, found: Sequence[Kept], bundles: Sequence[Bundle]) -> Iterator[Table]:
    chosen = next((one.duty for one in found if str(one.duty.number) == asked.chosen(DUTY)), None)
    if chosen is None:
        return
    kind, page = asked.chosen(WORK, WORKS) or DONE, {"limit": asked.limit, "offset": asked.offset}
    rows = duties.work_for(asked.session, asked.scope, bundles, chosen.number, kind, **page)
    more = len(rows) == PAGE + 1
    titles = [_("Tên vụ việc"), _("Bước"), _("Cơ quan"), _("Hạn"), _("Xong")]
    yield Table(
        "viec",
        f"{cited(chosen.basis)}: {_works()[kind]}",
        [Column(_("Vụ việc"), "code"), *(Column(one) for one in titles)],
        [_piece(asked, one) for one in (rows[:PAGE] if more else rows)],
        paged=more,
        empty=_("Không có việc nào trong phạm vi đã chọn."),
    )


def _works() -> dict[str, str]:
    return {DONE: _("Việc đã xong"), duties.LATE: _("Xong muộn"), duties.OVERDUE: _("Đang quá hạn")}


def _piece(asked: Asked, one: Work) -> list[Cell]:
    link = Link(one.case_code, url_for("cases.show", code=one.case_code))
    return [link, one.case_title, one.name, asked.agency(one.agency_id), one.due_at, one.done_at]


def _bundles(session: Session) -> list[Bundle]:
    rows = procedures.in_force(session, actor(), versions(), now())
    return [versions().get(session, row.version_hash).bundle for row in rows]

"""The reports, in the order of the menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from web.language import _
from web.oversight import continuity, durations, duties, heat, load, notices, overdue, unusual
from web.oversight.asking import Asked
from web.oversight.choices import Choice
from web.oversight.heat import Drawing
from web.oversight.tables import Table


@dataclass(frozen=True)
class Report:
    """One report.

    Args:
        title, lead: its heading, and in a sentence what it tells.
        tables: its tables for a question; the last one may go over several pages.
        choices: what it lets choose beside period, procedure and agency.
        drawings: diagrams above the tables.
    """

    title: Callable[[], str]
    lead: Callable[[], str]
    tables: Callable[[Asked], Sequence[Table]]
    choices: Callable[[Asked], Sequence[Choice]] = lambda _asked: ()
    drawings: Callable[[Asked], Sequence[Drawing]] = lambda _asked: ()


REPORTS: Final[Mapping[str, Report]] = {
    "qua-han": Report(
        lambda: _("Việc quá hạn"),
        lambda: _("Việc chưa xong, xong muộn hoặc không làm khi đã đến hạn, theo cơ quan, quy trình và bước."),
        overdue.tables,
        overdue.choices,
    ),
    "thoi-gian": Report(
        lambda: _("Thời gian giải quyết"),
        lambda: _("Việc và vụ việc mất bao lâu, so với hạn theo pháp luật: trung vị và bách phân vị 95."),
        durations.tables,
        durations.choices,
    ),
    "thong-bao-ket-qua": Report(
        lambda: _("Thông báo kết quả phối hợp"),
        lambda: _("Thông báo kết quả cho cơ quan đã tham gia (khoản 2 Điều 5 của Quy chế): thiếu, chờ, đã gửi."),
        notices.tables,
        notices.choices,
    ),
    "tra-lai": Report(
        lambda: _("Trả lại, làm lại"),
        lambda: _("Bước bị gửi về làm lại và bước làm nhiều lần trong một vụ việc."),
        load.returns,
    ),
    "khoi-luong": Report(
        lambda: _("Khối lượng công việc"),
        lambda: _("Việc đang mở, quá hạn, mở và xong trong kỳ, theo cơ quan và người làm."),
        load.loads,
    ),
    "ban-do-nhiet": Report(
        lambda: _("Bản đồ nhiệt của quy trình"),
        lambda: _("Số lần, trung vị, bách phân vị 95 và trễ hạn của từng bước, tô trên sơ đồ."),
        heat.tables,
        heat.choices,
        heat.drawings,
    ),
    "nghia-vu": Report(
        lambda: _("Thực hiện nghĩa vụ của Quy chế"),
        lambda: _("Từng nghĩa vụ của Quy chế trong kỳ: việc đúng hạn, xong muộn, quá hạn, nhật ký."),
        duties.tables,
        duties.choices,
    ),
    "so-van-ban": Report(
        lambda: _("Tính liên tục của sổ văn bản"),
        lambda: _("Số thiếu, số hủy, văn bản vào sổ hai lần."),
        continuity.tables,
        continuity.choices,
    ),
    "viec-bat-thuong": Report(
        lambda: _("Việc bất thường"),
        lambda: _("Thay đổi phân công, bỏ nơi nhận, hủy số, sửa nội dung đã nộp, gia hạn, đọc tệp hạn chế."),
        unusual.tables,
        unusual.choices,
    ),
}

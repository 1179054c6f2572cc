"""Events of the program itself in words: what other pages leave out, an auditor sees too."""

from __future__ import annotations

from collections.abc import Iterator

from engine.queries.history import GONE, HistoryRow
from web import formatting
from web.cases.facts import Lexicon
from web.language import _
from web.replay.data import Names


def title(row: HistoryRow, lexicon: Lexicon) -> str:
    """What happened, in one line."""
    told, step = row.payload, row.element_name or row.element_id
    sentences = {
        "ServiceCompleted": _("Bước tự động: %(step)s", step=step),
        "DecisionMade": _("Tra bảng quyết định: %(step)s", step=step),
        "DeadlineSet": _("Đặt hạn: %(step)s", step=step),
        "TimerScheduled": _("Hẹn giờ: %(step)s", step=step),
        "TimerCancelled": _("Bỏ hẹn giờ: %(step)s", step=step),
        "MessageAwaited": _("Bắt đầu chờ văn bản, thông tin: %(step)s", step=step),
        "AwaitedMessageCancelled": _("Không chờ nữa: %(step)s", step=step),
        "MessageReceived": _("Bước khác báo đến: %(step)s", step=step),
        "ChildEnded": _("Vụ việc con %(code)s kết thúc", code=told.get("child_code", "")),
        "DocumentDrafted": _("Lập dự thảo: %(subject)s", subject=told.get("subject", "")),
        GONE: _("Nội dung sự kiện đã xóa theo quy định: %(step)s", step=step)
        if step
        else _("Nội dung sự kiện đã xóa theo quy định"),
        "DocumentRevised": _("Sửa dự thảo: %(subject)s", subject=told.get("subject", "")),
    }
    return sentences.get(row.type) or (f"{row.type}: {step}" if step else row.type)


def facts(row: HistoryRow, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """What the program read and wrote."""
    told, names = row.payload, Names(lexicon)
    if row.type == "ServiceCompleted":
        yield _("Đầu vào"), names.of_service(told.get("inputs"))
        yield _("Kết quả dịch vụ trả"), names.of_service(told.get("result"))
    elif row.type == "DecisionMade":
        yield _("Bảng"), str(told.get("table", ""))
        yield _("Dòng khớp"), ", ".join(told.get("rules") or ())
        yield _("Kết quả tra bảng"), names.readable(told.get("output"))
    elif due := told.get("due_at") or (told.get("deadline") or {}).get("due_at"):
        yield _("Hạn"), formatting.moment(str(due))
    if agency := lexicon.agencies.get(str(told.get("agency_id", ""))):
        yield _("Giao cho"), agency

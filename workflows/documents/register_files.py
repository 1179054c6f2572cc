"""Registers on paper and as spreadsheets: the ten columns of the decree (Phụ lục IV), the same in both."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter

from engine.clock import local_date
from workflows.documents.dispatch.paper import Carried
from workflows.documents.kinds import KINDS
from workflows.documents.layout import Renderer
from workflows.documents.queries import DocumentView
from workflows.documents.recall.queries import Asked
from workflows.documents.register_queries import Arrived, Sent
from workflows.documents.tables import OUTGOING

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SENT_COLUMNS = (
    ("Số, ký hiệu văn bản", 18),
    ("Ngày tháng văn bản", 12),
    ("Tên loại và trích yếu nội dung văn bản", 34),
    ("Người ký", 16),
    ("Nơi nhận văn bản", 26),
    ("Đơn vị, người nhận bản lưu", 11),
    ("Số lượng bản", 7),
    ("Ngày chuyển", 12),
    ("Ký nhận", 9),
    ("Ghi chú", 16),
)
ARRIVED_COLUMNS = (
    ("Ngày đến", 12),
    ("Số đến", 7),
    ("Tác giả", 20),
    ("Số, ký hiệu văn bản", 18),
    ("Ngày tháng văn bản", 12),
    ("Tên loại và trích yếu nội dung văn bản", 34),
    ("Đơn vị hoặc người nhận", 18),
    ("Ngày chuyển", 12),
    ("Ký nhận", 14),
    ("Ghi chú", 14),
)
CARRIED_COLUMNS = (
    ("STT", 6),
    ("Nơi nhận", 28),
    ("Số, ký hiệu văn bản", 18),
    ("Ngày tháng văn bản", 12),
    ("Tên loại và trích yếu nội dung văn bản", 36),
    ("Ngày chuyển", 12),
    ("Người nhận (họ tên, chữ ký)", 26),
    ("Ngày nhận", 12),
)
SLIP_COLUMNS = (
    ("STT", 6),
    ("Nơi nhận", 36),
    ("Cách gửi", 20),
    ("Ngày gửi", 11),
    ("Ngày nhận", 11),
    ("Người nhận (họ tên, chữ ký)", 30),
)
NOTICE_COLUMNS = (
    ("STT", 6),
    ("Nơi nhận", 28),
    ("Văn bản", 34),
    ("Việc", 18),
    ("Lý do", 26),
    ("Trả lời (đồng ý / không đồng ý, lý do)", 26),
    ("Người nhận (họ tên, chữ ký, ngày)", 22),
)


@dataclass(frozen=True)
class Sheet:
    """A register ready to be printed.

    Args:
        title: what stands over it.
        body: the body whose register it is.
        columns: heading and width (in letters) of each column.
        rows: texts of the lines.
        room: points of free space above and below each line; more where people sign on it.
        foot: a line below the table; empty where there is none.
    """

    title: str
    body: str
    columns: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[str]]
    room: int = 3
    foot: str = ""


def sheet(direction: str, year: int, body: str, lines: Sequence[Sent] | Sequence[Arrived]) -> Sheet:
    """The register of a year as a table of texts."""
    if direction == OUTGOING:
        rows = [_sent(line) for line in lines if isinstance(line, Sent)]
        return Sheet(f"Sổ đăng ký văn bản đi năm {year}", body, SENT_COLUMNS, rows)
    rows = [_arrived(line) for line in lines if isinstance(line, Arrived)]
    return Sheet(f"Sổ đăng ký văn bản đến năm {year}", body, ARRIVED_COLUMNS, rows)


def carriage(day: date, body: str, papers: Sequence[Carried], foot: str = "") -> Sheet:
    """The list by which a clerk carries papers on a day; who receives one signs beside it."""
    rows = [[str(number), *_paper(one)] for number, one in enumerate(papers, start=1)]
    return Sheet(f"Danh sách chuyển văn bản giấy ngày {_day(day)}", body, CARRIED_COLUMNS, rows, room=9, foot=foot)


def slip(document: DocumentView, channels: Mapping[str, str], foot: str = "") -> Sheet:
    """The dispatch slip of one document: where it went, by which way, when, and who received it.

    Args:
        channels: names of the ways by code.
    """
    rows = [
        [
            str(number),
            one.recipient_name,
            channels.get(one.channel, one.channel),
            _day(one.dispatched_at),
            _day(one.received_at),
            one.received_by_name or "",
        ]
        for number, one in enumerate(document.dispatches, start=1)
    ]
    day = f"ngày {_day(document.issued_on)}" if document.issued_on else ""
    body = f"{document.issuer_name}. {document.type_name} số {document.symbol} {day}: {document.subject}"
    return Sheet("Phiếu gửi văn bản", body, SLIP_COLUMNS, rows, room=7, foot=foot)


def notices(day: date, body: str, asked: Sequence[Asked], foot: str = "") -> Sheet:
    """The notices on paper by which a body takes documents back; who is asked answers and signs beside it."""
    rows = [
        [
            str(number),
            one.request.agency_name,
            f"{one.symbol}: {one.subject}",
            f"Thay thế bằng {one.request.replacement}" if one.request.replacement else "Thu hồi",
            one.request.reason,
            "",
            "",
        ]
        for number, one in enumerate(asked, start=1)
    ]
    title = f"Thông báo thu hồi, thay thế văn bản ngày {_day(day)}"
    return Sheet(title, body, NOTICE_COLUMNS, rows, room=12, foot=foot)


def xlsx(one: Sheet) -> bytes:
    """The register as a spreadsheet. Every cell is text: what looks like a formula stays what was written."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": one.title, "author": one.body, "created": datetime(2000, 1, 1)})  # noqa: DTZ001 - a fixed date, the file says nothing by it
        page = book.add_worksheet("Sổ đăng ký")
        font = {"font_name": "Times New Roman", "font_size": 11}
        cell = book.add_format({**font, "text_wrap": True, "valign": "top", "border": 1})
        head = book.add_format(
            {**font, "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1, "bold": 1}
        )
        page.write_string(0, 0, one.title, book.add_format({**font, "font_size": 14, "bold": True}))
        page.write_string(1, 0, one.body, book.add_format(font))
        for place, (heading, width) in enumerate(one.columns):
            page.set_column(place, place, width)
            page.write_string(3, place, heading, head)
        for number, row in enumerate(one.rows, start=4):
            for place, text in enumerate(row):
                page.write_string(number, place, text, cell)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(3)
        page.freeze_panes(4, 0)
    return buffer.getvalue()


def pdf(one: Sheet, renderer: Renderer) -> bytes:
    """The register as PDF/A on A4 in landscape."""
    content = {"title": one.title, "body": one.body, "columns": one.columns, "rows": one.rows, "room": one.room}
    content["foot"] = one.foot
    return renderer.register(json.dumps(content, ensure_ascii=False))


def _sent(line: Sent) -> list[str]:
    return [
        line.symbol,
        _day(line.issued_on),
        f"{line.type_name}: {line.subject}" if line.type_name else "",
        line.signer,
        line.recipients,
        line.kept_by,
        str(line.copies or ""),
        _day(line.sent_on),
        line.receipts,
        f"Đã hủy: {line.note}" if line.voided else line.note,
    ]


def _arrived(line: Arrived) -> list[str]:
    return [
        _day(line.arrived_on),
        f"{line.number:02d}",
        line.author,
        line.symbol,
        _day(line.issued_on),
        f"{line.type_name}: {line.subject}" if line.type_name else line.subject,
        line.handled_by,
        _day(line.passed_on),
        line.receipt,
        line.note,
    ]


def _paper(one: Carried) -> list[str]:
    return [
        one.recipient_name,
        one.symbol,
        _day(one.issued_on),
        f"{KINDS[one.type].name}: {one.subject}",
        _day(one.carried_at),
        one.received_by_name or "",
        _day(one.received_at),
    ]


def _day(value: date | datetime | None) -> str:
    if value is None:
        return ""
    return (local_date(value) if isinstance(value, datetime) else value).strftime("%d/%m/%Y")

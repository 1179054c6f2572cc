"""Tables of a campaign as XLSX."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

A4 = 9
FIRST, OTHERS = 44, 20
"""Widths of columns, in characters."""


@dataclass(frozen=True)
class Sheet:
    """One table.

    Args:
        title: on its tab, at most 31 characters.
        rows: texts and whole numbers; None leaves a cell empty.
        total: whether the last row is a sum.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str | int | None]]
    total: bool = False


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The tables as one file. A text is always a text: what begins like a formula stays what somebody wrote."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        looks = _Looks(book)
        for one in sheets:
            sheet = book.add_worksheet(one.title)
            for column, title in enumerate(one.header):
                sheet.write_string(0, column, title, looks.header)
            for line, row in enumerate(one.rows, start=1):
                last = one.total and line == len(one.rows)
                for column, value in enumerate(row):
                    _write(sheet, line, column, value, looks.of(value, total=last))
            sheet.set_column(0, 0, FIRST)
            sheet.set_column(1, max(len(one.header) - 1, 1), OTHERS)
            sheet.freeze_panes(1, 1)
            sheet.autofilter(0, 0, max(len(one.rows) - one.total, 1), len(one.header) - 1)
            _for_paper(sheet)
    return buffer.getvalue()


class _Looks:
    """How cells look; a sum stands out."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        text, number = {"text_wrap": True, "valign": "top", "border": 1}, {"num_format": "#,##0"}
        bold = {"bold": True}
        self.header = book.add_format({**text, **bold, "valign": "vcenter", "align": "center"})
        self._texts = book.add_format(text), book.add_format({**text, **bold})
        self._numbers = book.add_format({**text, **number}), book.add_format({**text, **number, **bold})

    def of(self, value: str | int | None, *, total: bool) -> Format:
        """The look of a cell."""
        return (self._numbers if isinstance(value, int) else self._texts)[total]


def _for_paper(sheet: Worksheet) -> None:
    """A4 across, as wide as one page, the header on each."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write(sheet: Worksheet, line: int, column: int, value: str | int | None, looks: Format) -> None:
    if isinstance(value, int):
        sheet.write_number(line, column, value, looks)
    elif value:
        sheet.write_string(line, column, value, looks)
    else:
        sheet.write_blank(line, column, None, looks)

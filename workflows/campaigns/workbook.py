"""Tables of a campaign as XLSX."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

FIRST, OTHERS = 44, 20
"""Widths of columns, in characters."""


@dataclass(frozen=True)
class Sheet:
    """One table.

    Args:
        title: on its tab, at most 31 characters.
        rows: texts and whole numbers; None leaves a cell empty.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str | int | None]]


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The tables as one file. A text is always a text: what begins like a formula stays what somebody wrote."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter"})
        number = book.add_format({"num_format": "#,##0", "valign": "top"})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        for one in sheets:
            sheet = book.add_worksheet(one.title)
            for column, title in enumerate(one.header):
                sheet.write_string(0, column, title, bold)
            for line, row in enumerate(one.rows, start=1):
                for column, value in enumerate(row):
                    _write(sheet, line, column, value, number if isinstance(value, int) else text)
            sheet.set_column(0, 0, FIRST)
            sheet.set_column(1, max(len(one.header) - 1, 1), OTHERS)
            sheet.freeze_panes(1, 1)
    return buffer.getvalue()


def _write(sheet: Worksheet, line: int, column: int, value: str | int | None, looks: object) -> None:
    if isinstance(value, int):
        sheet.write_number(line, column, value, looks)
    elif value is not None:
        sheet.write_string(line, column, value, looks)

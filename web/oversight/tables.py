"""What a report shows, once for the page, for CSV and for XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from web import formatting
from workflows.campaigns.workbook import Sheet, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TAB = 31  # characters on the tab of a sheet


@dataclass(frozen=True)
class Link:
    """A text or number that leads further down."""

    text: str | int
    href: str


Cell = str | int | datetime | date | Link | None


@dataclass(frozen=True)
class Column:
    """One column. `looks`: `number` aligns it right, `code` keeps it on one line."""

    title: str
    looks: str = ""


@dataclass(frozen=True)
class Table:
    """One table of a report.

    Args:
        key: in addresses.
        rows: as many as the page or file holds; the first cell of each is its heading.
        total: the last row, where sums make sense.
        paged: whether further rows are on a next page.
        empty: what to say where there is no row.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] = ()
    paged: bool = False
    note: str = ""
    empty: str = ""


def as_csv(table: Table) -> bytes:
    """The table in UTF-8 with a mark at its beginning, so that spreadsheets read the letters right."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.title for column in table.columns])
    writer.writerows([[_harmless(_plain(cell)) for cell in row] for row in _lines(table)])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(tables: Sequence[Table]) -> bytes:
    """A sheet for each table."""
    return workbook(
        [
            Sheet(table.title[:TAB], [c.title for c in table.columns], [[_plain(c) for c in r] for r in _lines(table)])
            for table in tables
        ]
    )


def _lines(table: Table) -> Iterator[Sequence[Cell]]:
    yield from table.rows
    if table.total:
        yield table.total


def _plain(cell: Cell) -> str | int | None:
    if isinstance(cell, Link):
        return cell.text
    if isinstance(cell, datetime):
        return formatting.moment(cell)
    return formatting.day(cell) if isinstance(cell, date) else cell


def _harmless(value: str | int | None) -> str | int | None:
    """What begins like a formula must not become one in the program that opens the file."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t")) else value

"""Reading CSV files as offices write them.

UTF-8 with or without a byte order mark, comma or semicolon, days as dd/mm/yyyy.

Reading never stops at the first defect: each one becomes a finding with its line and column.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from workflows.agencies.errors import ImportFinding, ImportRejected

MAXIMUM_BYTES = 2_000_000
MAXIMUM_LINES = 20_000
SHOWN_LENGTH = 60

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_YES = {"có", "co", "x", "yes", "1"}
_NO = {"", "không", "khong", "no", "0"}


class BadCell(ValueError):
    """A cell that cannot be taken over."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True)
class Column:
    """One column of a format.

    Args:
        name: name in code, also accepted as heading.
        heading: Vietnamese heading.
        parse: turns the cell's text into a value or raises `BadCell`; gets "" for an empty cell.
        required: whether the column must exist and its cells be filled.
    """

    name: str
    heading: str
    parse: Callable[[str], Any]
    required: bool = True


@dataclass(frozen=True)
class Row:
    """One line that could be read; `line` is where it begins in the file."""

    line: int
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass
class Findings:
    """Collects what is wrong with one file."""

    file: str
    columns: Sequence[Column]
    found: list[ImportFinding] = field(default_factory=list)

    def add(self, code: str, line: int, column: str = "", **params: Any) -> None:
        """Note a defect; `column` is a column's name in code."""
        heading = next((c.heading for c in self.columns if c.name == column), column)
        self.found.append(ImportFinding(code, self.file, line, heading, params))

    def refuse_if_any(self) -> None:
        """Raise `ImportRejected` if anything was noted, in order of lines."""
        if self.found:
            raise ImportRejected(sorted(self.found, key=lambda finding: (finding.line, finding.column)))


def read_rows(content: bytes | str, findings: Findings) -> list[Row]:
    """The lines of a file; lines with defects are left out and noted in `findings`."""
    text = _decode(content, findings)
    if text is None:
        return []
    records = _records(text, findings)
    headings = next(records, None)
    if headings is None:
        findings.add("import.empty", 1)
        return []
    columns = _columns(headings[1], findings)
    if findings.found:
        return []
    rows = (_row(line, cells, columns, findings) for line, cells in records)
    return [row for row in rows if row is not None]


def text(maximum: int) -> Callable[[str], str]:
    """Text of at most `maximum` characters."""

    def parse(value: str) -> str:
        if len(value) > maximum:
            raise BadCell("import.too_long", maximum=maximum)
        if any(unicodedata.category(character) == "Cc" for character in value):
            raise BadCell("import.bad_character")
        return value

    return parse


def slug(value: str) -> str:
    """An id: small letters without accents, digits and hyphens."""
    if not _SLUG.fullmatch(value):
        raise BadCell("import.bad_id", value=shown(value))
    return value


def optional_slug(value: str) -> str | None:
    """An id, or None for an empty cell."""
    return slug(value) if value else None


def day(value: str) -> date:
    """A day as dd/mm/yyyy, between 1900 and 2199."""
    match = _DAY.fullmatch(value)
    if match is None:
        raise BadCell("import.bad_date", value=shown(value))
    number, month, year = (int(part) for part in match.groups())
    try:
        found = date(year, month, number)
    except ValueError:
        raise BadCell("import.bad_date", value=shown(value)) from None
    if not 1900 <= year < 2200:
        raise BadCell("import.bad_date", value=shown(value))
    return found


def optional_day(value: str) -> date | None:
    """A day, or None for an empty cell."""
    return day(value) if value else None


def choice(words: Mapping[str, str], default: str | None = None) -> Callable[[str], str]:
    """One of the keys of `words` or, as people write it, one of its values."""
    by_word = {word.casefold(): key for key, word in words.items()} | {key.casefold(): key for key in words}

    def parse(value: str) -> str:
        found = by_word.get(value.casefold()) if value else default
        if found is None:
            raise BadCell("import.bad_choice", value=shown(value), allowed=", ".join(words.values()))
        return found

    return parse


def flag(value: str) -> bool:
    """Yes or no; empty is no."""
    word = value.casefold()
    if word not in _YES | _NO:
        raise BadCell("import.bad_flag", value=shown(value))
    return word in _YES


def rank(value: str) -> int:
    """A rank from 1 to 99; empty is 1."""
    if not value:
        return 1
    if not re.fullmatch(r"[1-9]\d?", value):
        raise BadCell("import.bad_rank", value=shown(value))
    return int(value)


def as_bytes(content: bytes | str) -> bytes:
    """The content as bytes; text that has no UTF-8 form is found out when it is read."""
    return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content


def shown(value: str) -> str:
    """The value, cut for display."""
    return value if len(value) <= SHOWN_LENGTH else value[: SHOWN_LENGTH - 1] + "…"


def _decode(content: bytes | str, findings: Findings) -> str | None:
    data = as_bytes(content)
    if len(data) > MAXIMUM_BYTES:
        findings.add("import.too_large", 1, maximum=MAXIMUM_BYTES // 1_000_000)
        return None
    try:
        return unicodedata.normalize("NFC", data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        findings.add("import.not_utf8", data[: error.start].count(b"\n") + 1)
        return None


def _records(content: str, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """(first line, cells without outer spaces) of each record that is not blank."""
    first = content.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            clean = [" ".join(cell.split()) for cell in cells]
            if any(clean):
                yield line, clean
            line = reader.line_num + 1
            if line > MAXIMUM_LINES:
                findings.add("import.too_many_lines", line, maximum=MAXIMUM_LINES)
                return
    except csv.Error:
        findings.add("import.unreadable", line)


def _columns(headings: Sequence[str], findings: Findings) -> list[Column]:
    by_heading = {c.name: c for c in findings.columns} | {c.heading.casefold(): c for c in findings.columns}
    used: list[Column] = []
    for heading in headings:
        column = by_heading.get(heading.casefold())
        if column is None:
            findings.add("import.unknown_column", 1, shown(heading), known=_known(findings))
        elif column in used:
            findings.add("import.repeated_column", 1, column.name)
        else:
            used.append(column)
    for column in findings.columns:
        if column.required and column not in used:
            findings.add("import.missing_column", 1, column.name)
    return used


def _known(findings: Findings) -> str:
    return ", ".join(column.heading for column in findings.columns)


def _row(line: int, cells: Sequence[str], columns: Sequence[Column], findings: Findings) -> Row | None:
    if any(cells[len(columns) :]):
        findings.add("import.too_many_cells", line, count=len(columns))
        return None
    before = len(findings.found)
    by_name = {column.name: cell for column, cell in zip(columns, cells, strict=False)}
    values = {column.name: _value(line, column, by_name.get(column.name, ""), findings) for column in findings.columns}
    return Row(line, values) if len(findings.found) == before else None


def _value(line: int, column: Column, cell: str, findings: Findings) -> Any:
    if column.required and not cell:
        findings.add("import.required", line, column.name)
        return None
    try:
        return column.parse(cell)
    except BadCell as problem:
        findings.add(problem.code, line, column.name, **problem.params)
        return None

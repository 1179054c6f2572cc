"""Reading import files: every way an office writes them is read alike, every defect is told with its place."""

from __future__ import annotations

import csv
import io
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.agencies.csv_reading import Column, Findings, Row, day, flag, optional_day, read_rows, slug, text

COLUMNS = (
    Column("id", "Mã cơ quan", slug),
    Column("name", "Tên cơ quan", text(40)),
    Column("since", "Từ ngày", optional_day, required=False),
    Column("collective", "Tập thể", flag, required=False),
)


def read(content: bytes | str) -> tuple[list[Row], list[tuple[str, int, str]]]:
    findings = Findings("test.csv", COLUMNS)
    rows = read_rows(content, findings)
    return rows, [(finding.code, finding.line, finding.column) for finding in findings.found]


@pytest.mark.parametrize(
    "content",
    [
        "id,name,since\nso-y-te,Sở Y tế,01/07/2025\n",
        "Mã cơ quan;Tên cơ quan;Từ ngày\r\nso-y-te;Sở Y tế;1/7/2025\r\n",
        "\ufeffMÃ CƠ QUAN,tên cơ quan,từ ngày\nso-y-te,  Sở   Y tế ,01/07/2025",
        unicodedata.normalize("NFD", "Mã cơ quan;Tên cơ quan;Từ ngày\nso-y-te;Sở Y tế;01/07/2025"),
        'Từ ngày,Mã cơ quan,Tên cơ quan\n\n,,\n01/07/2025,so-y-te,"Sở\nY tế"\n',
    ],
    ids=["code names", "semicolons", "byte order mark", "decomposed", "other order, blank lines, line break"],
)
def test_one_record_written_in_many_ways(content: str) -> None:
    rows, problems = read(content.encode())

    assert problems == []
    assert [dict(row.values) for row in rows] == [
        {"id": "so-y-te", "name": "Sở Y tế", "since": date(2025, 7, 1), "collective": False}
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ("import.empty", 1, "")),
        ("id,name\nx,Sở".encode("cp1258", "replace") + b"\xff", ("import.not_utf8", 2, "")),
        ("id\na", ("import.missing_column", 1, "Tên cơ quan")),
        ("id,name,lạ\na,b,c", ("import.unknown_column", 1, "lạ")),
        ("id,name,id\na,b,c", ("import.repeated_column", 1, "Mã cơ quan")),
        ("id,name\na,b,c", ("import.too_many_cells", 2, "")),
        ("id,name\na", ("import.required", 2, "Tên cơ quan")),
        ("id,name\nSở Y tế,b", ("import.bad_id", 2, "Mã cơ quan")),
        ("id,name\na,b\nb," + "x" * 41, ("import.too_long", 3, "Tên cơ quan")),
        ("id,name\na,b\x00c", ("import.bad_character", 2, "Tên cơ quan")),
        ("id,name,since\na,b,31/02/2025", ("import.bad_date", 2, "Từ ngày")),
        ("id,name,since\na,b,2025-02-01", ("import.bad_date", 2, "Từ ngày")),
        ("id,name,collective\na,b,có lẽ", ("import.bad_flag", 2, "Tập thể")),
        ('id,name\na,"b', ("import.unreadable", 2, "")),
        ("id,name\n" + "a,b\n" * 20_001, ("import.too_many_lines", 20_001, "")),
    ],
)
def test_each_defect_is_told_with_its_place(content: bytes | str, expected: tuple[str, int, str]) -> None:
    assert read(content)[1] == [expected]


def test_a_line_after_a_defect_is_still_read() -> None:
    rows, problems = read("id,name\nA,b\nb,c\nC,d\n")

    assert [row.line for row in rows] == [3]
    assert [line for _, line, _ in problems] == [2, 4]


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31)))
def test_every_day_is_read_back(when: date) -> None:
    assert day(f"{when:%d/%m/%Y}") == when


@given(st.text(max_size=60), st.lists(st.lists(st.text(max_size=12), max_size=5), max_size=5))
def test_whatever_the_file_holds_the_answer_is_rows_or_findings(raw: str, table: list[list[str]]) -> None:
    # Given any text, and any table under the right headings
    written = io.StringIO()
    csv.writer(written).writerows([["id", "name", "since"], *table])

    # When they are read
    _, problems = read(raw.encode("utf-8", "surrogatepass"))
    rows, findings = read(written.getvalue().encode("utf-8", "surrogatepass"))

    # Then nothing is raised, and no row is taken over with a defect
    assert problems
    assert not {row.line for row in rows} & {line for _, line, _ in findings}

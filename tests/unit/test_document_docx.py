"""The editable file says what the PDF says, in the same sizes."""

from __future__ import annotations

import io

import docx as word
import pytest

from workflows.documents import docx
from workflows.documents.components import expected
from workflows.documents.kinds import KINDS
from workflows.documents.layout import page
from workflows.documents.samples import NUMBERING, sample


def texts(content: bytes) -> str:
    file = word.Document(io.BytesIO(content))
    parts = [p.text for p in file.paragraphs]
    parts += [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    parts += [p.text for section in file.sections for p in section.first_page_footer.paragraphs]
    return "".join("".join(parts).split())


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_component_of_the_page_is_in_the_file(code: str) -> None:
    words = page(sample(code), NUMBERING)
    written = texts(docx.write(sample(code), NUMBERING))
    parts = [*(one.printed for one in expected(words)), words["contact"]]
    assert [part for part in parts if "".join(part.split()) not in written] == []


def test_paper_margins_and_font_are_the_decrees() -> None:
    file = word.Document(io.BytesIO(docx.write(sample("TB"), NUMBERING)))
    section, normal = file.sections[0], file.styles["Normal"]
    lengths = (section.page_width, section.page_height, section.left_margin, section.right_margin)
    assert [length.mm for length in lengths if length] == pytest.approx([210, 297, 30, 15], abs=0.1)
    assert (normal.font.name, normal.font.size.pt) == ("Times New Roman", 14)


def test_each_annex_begins_a_part_with_pages_of_its_own() -> None:
    file = word.Document(io.BytesIO(docx.write(sample("KH"), NUMBERING)))
    starts = [section._sectPr.find(word.oxml.ns.qn("w:pgNumType")) for section in file.sections]
    assert [start is not None for start in starts] == [False, True, True]


@pytest.mark.parametrize("code", sorted(KINDS))
def test_columns_are_as_wide_as_the_text_and_a_date_stands_on_one_line(code: str) -> None:
    for table in word.Document(io.BytesIO(docx.write(sample(code), NUMBERING))).tables:
        widths = [column.width.mm for column in table.columns]
        assert sum(widths) == pytest.approx(165, abs=0.5)
        dated = [i for i, cell in enumerate(table.rows[-1].cells) if cell.text.count("/") == 2 and len(cell.text) == 10]
        assert all(widths[i] >= 27 for i in dated)

"""The same document as an editable file for word processors: the words of `layout.page`, set by python-docx."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.document import Document as Document
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Cm, Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from workflows.documents.layout import page
from workflows.documents.model import DocumentModel, Numbering

MIMETYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT = "Times New Roman"
TEXT = Pt(14)
RED = RGBColor(0xFF, 0, 0)
_FIXED = datetime(2000, 1, 1, tzinfo=UTC)  # the file's own dates say nothing about the document
_BORDERS = ("top", "left", "bottom", "right")


def write(model: DocumentModel, numbering: Numbering | None = None) -> bytes:
    """The document as DOCX, with number and date once it has them."""
    words, file = page(model, numbering), _blank(model)
    _head(file, words)
    _titles(file, words)
    _addressees(file, words["addressees"])
    _grounds(file, words)
    _blocks(file, words["body"])
    _signatures(file, words)
    for annex in words["annexes"]:
        _annex(file, annex)
    buffer = io.BytesIO()
    file.save(buffer)
    return buffer.getvalue()


def _blank(model: DocumentModel) -> Document:
    file = docx.Document()
    style: Any = file.styles["Normal"]
    style.font.name, style.font.size = FONT, TEXT
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(0)
    file.core_properties.title, file.core_properties.author = model.subject, model.issuer.name
    file.core_properties.created = file.core_properties.modified = _FIXED
    _paper(file.sections[0])
    return file


def _paper(section: Section) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.header_distance = section.footer_distance = Mm(10)
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = ALIGN.CENTER
    for kind in ("begin", None, "end"):
        number.add_run()._r.append(_field(kind))


def _field(kind: str | None) -> Any:
    """The parts of the field that counts pages."""
    part: Any = OxmlElement("w:fldChar" if kind else "w:instrText")
    if kind:
        part.set(qn("w:fldCharType"), kind)
    else:
        part.text = "PAGE"
    return part


def _head(file: Document, words: Mapping[str, Any]) -> None:
    left, right = _columns(file, Mm(66), Mm(99))
    _line(left, words["superior"].upper(), 13)
    _rule(_line(left, words["issuer"].upper(), 13, bold=True), Mm(20))
    _line(left, words["number"], 13)
    if words["letter_subject"]:
        _line(left, words["letter_subject"], 12).paragraph_format.space_before = Pt(6)
    for text, colour in ((words["urgency"], RED), (words["circulation"].upper(), None)):
        if text:
            _framed(_line(left, text, 13, bold=True, colour=colour), "FF0000" if colour else "000000")
    _line(right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 13, bold=True)
    _rule(_line(right, "Độc lập - Tự do - Hạnh phúc", 14, bold=True), Mm(18))
    _line(right, words["date"], 14, italic=True).paragraph_format.space_before = Pt(8)
    if words["contact"]:
        foot = file.sections[0].first_page_footer.paragraphs[0]
        foot.alignment = ALIGN.CENTER
        foot.add_run(words["contact"]).font.size = Pt(11)
        _border(foot, ("top",), "000000")


def _titles(file: Document, words: Mapping[str, Any]) -> None:
    if words["title"]:
        _line(file, words["title"], 14, bold=True).paragraph_format.space_before = Pt(14)
        _rule(_line(file, words["subject"], 14, bold=True), Mm(60))


def _addressees(file: Document, names: Sequence[str]) -> None:
    if not names:
        return
    first = f"Kính gửi: {names[0]}" if len(names) == 1 else "Kính gửi:"
    for number, text in enumerate([first, *(f"- {name}" for name in names if len(names) > 1)]):
        line = _line(file, text, 14, align=ALIGN.LEFT)
        line.paragraph_format.left_indent = Mm(38 if number else 20)
        line.paragraph_format.space_before = Pt(0 if number else 12)


def _grounds(file: Document, words: Mapping[str, Any]) -> None:
    if words["decision"]:
        _line(file, words["decider"].upper(), 14, bold=True).paragraph_format.space_before = Pt(12)
    for line in words["legal"]:
        _text(file).add_run(line).italic = True
    if words["decision"]:
        _line(file, "QUYẾT ĐỊNH:", 14, bold=True).paragraph_format.space_before = Pt(6)


def _blocks(file: Document, blocks: Sequence[Mapping[str, Any]]) -> None:
    for block in blocks:
        if block["block"] == "table":
            _table(file, block)
        elif block["block"] == "list":
            for item in block["items"]:
                _text(file).add_run(item)
        elif block["block"] == "heading":
            heading = _text(file)
            heading.add_run(block["text"]).bold = True
            heading.paragraph_format.keep_with_next = True
        else:
            paragraph = _text(file)
            paragraph.add_run(f"{block['lead']} " if block["lead"] else "").bold = True
            paragraph.add_run("\n".join(block["lines"]))


def _table(file: Document, block: Mapping[str, Any]) -> None:
    table = file.add_table(rows=0, cols=len(block["columns"]), style="Table Grid")
    figures: Sequence[bool] = block["figures"]
    for number, row in enumerate([block["columns"], *block["rows"]]):
        for cell, text, figure in zip(table.add_row().cells, row, figures, strict=True):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(text)
            run.font.size, run.bold = Pt(13), number == 0
            paragraph.alignment = ALIGN.CENTER if number == 0 else ALIGN.RIGHT if figure else ALIGN.LEFT
    _fit(table, _widths(block["columns"], block["rows"], figures))


def _signatures(file: Document, words: Mapping[str, Any]) -> None:
    _line(file, "", 11)
    if words["countersigning"] is None:
        left, right = _columns(file, Mm(72), Mm(93))
        _recipients(left, words["recipients"])
    else:
        left, right = _columns(file, Mm(82), Mm(83))
        _signature(left, words["countersigning"])
    _signature(right, words["signing"])
    if words["countersigning"] is not None:
        _recipients(file, words["recipients"])


def _signature(place: _Cell, signing: Mapping[str, Any]) -> None:
    for line in signing["lines"]:
        _line(place, line.upper(), 14, bold=True)
    for _ in range(5):
        _line(place, " ", 14)
    _line(place, signing["name"], 14, bold=True)


def _recipients(place: Document | _Cell, lines: Sequence[str]) -> None:
    _line(place, "Nơi nhận:", 12, bold=True, italic=True, align=ALIGN.LEFT)
    for line in lines:
        _line(place, line, 11, align=ALIGN.LEFT)


def _annex(file: Document, annex: Mapping[str, Any]) -> None:
    section = file.add_section(WD_SECTION.NEW_PAGE)
    section.first_page_footer.is_linked_to_previous = False
    start: Any = OxmlElement("w:pgNumType")
    start.set(qn("w:start"), "1")
    section._sectPr.append(start)
    _line(file, annex["label"], 14, bold=True)
    _line(file, annex["title"].upper(), 14, bold=True)
    _rule(_line(file, annex["reference"], 14, italic=True), Mm(55))
    _blocks(file, annex["body"])


def _columns(file: Document, *widths: int) -> list[_Cell]:
    """Cells side by side without borders, each with its first paragraph still to be filled."""
    table = file.add_table(rows=1, cols=len(widths))
    _fit(table, widths)
    _no_padding(table)
    return list(table.rows[0].cells)


def _no_padding(table: Table) -> None:
    """The name of the state stands on one line (NĐ 30/2020, Phụ lục I), for which its column has no room to lose."""
    margins: Any = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin: Any = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "0")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties: Any = table._tbl.tblPr
    properties.append(margins)


def _fit(table: Table, widths: Sequence[int]) -> None:
    """Fixed widths, in the grid and in each cell: some word processors go by the one, some by the other."""
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]], figures: Sequence[bool]) -> list[int]:
    """Numbers and dates get the room they need, longer texts share the rest of 165 mm by their length."""
    longest = [max(len(text) for text in (name, *(row[i] for row in rows))) for i, name in enumerate(columns)]
    whole = [letters <= 12 or figure for letters, figure in zip(longest, figures, strict=True)]
    needed = [Mm(4 + 2.5 * max(letters, 4)) if one else 0 for letters, one in zip(longest, whole, strict=True)]
    shares = [0 if width else min(letters, 36) for width, letters in zip(needed, longest, strict=True)]
    rest = max(Mm(165) - sum(needed), 0)
    if not any(shares):
        return [int(width * Mm(165) / sum(needed)) for width in needed]
    return [int(width or rest * share / sum(shares)) for width, share in zip(needed, shares, strict=True)]


def _line(
    place: Document | _Cell,
    text: str,
    size: int,
    *,
    bold: bool = False,
    italic: bool = False,
    align: ALIGN = ALIGN.CENTER,
    colour: RGBColor | None = None,
) -> Paragraph:
    """A line of its own; a cell's empty first paragraph is used up before another is added."""
    empty = isinstance(place, _Cell) and len(place.paragraphs) == 1 and not place.paragraphs[0].runs
    paragraph = place.paragraphs[0] if empty else place.add_paragraph()
    if text:
        run = paragraph.add_run(text)
        run.font.size, run.bold, run.italic = Pt(size), bold, italic
        if colour is not None:
            run.font.color.rgb = colour
    paragraph.alignment = align
    return paragraph


def _text(file: Document) -> Paragraph:
    paragraph = file.add_paragraph()
    paragraph.alignment, form = ALIGN.JUSTIFY, paragraph.paragraph_format
    form.first_line_indent, form.space_before, form.line_spacing = Cm(1.27), Pt(6), 1.1
    return paragraph


def _rule(above: Paragraph, indent: int) -> None:
    """A rule under a line: the border of a low paragraph that is as much narrower as `indent` says on both sides."""
    rule: Any = OxmlElement("w:p")
    above._p.addnext(rule)
    paragraph = Paragraph(rule, above._parent)
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = indent
    form.line_spacing, form.space_after = Pt(3), Pt(4)
    _border(paragraph, ("top",), "000000")


def _framed(paragraph: Paragraph, colour: str) -> None:
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = Mm(12)
    form.space_before = Pt(8)
    _border(paragraph, _BORDERS, colour)


def _border(paragraph: Paragraph, sides: Sequence[str], colour: str) -> None:
    borders: Any = OxmlElement("w:pBdr")
    for side in sides:
        line: Any = OxmlElement(f"w:{side}")
        for key, value in {"val": "single", "sz": "6", "space": "1", "color": colour}.items():
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc"
    )

"""Pages in the layout of NĐ 30/2020/NĐ-CP: the model becomes PDF/A by typst, byte for byte the same every time.

Python prepares the words (punctuation, dates, number line), the typst source beside this file places them. The
words travel as JSON data, never as typst code, so that nothing an officer types can be taken for markup.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from itertools import pairwise
from pathlib import Path
from typing import Any

import typst

from engine.clock import ZONE
from engine.errors import PhoiHopError
from workflows.documents.kinds import URGENCY
from workflows.documents.model import (
    Annex,
    Block,
    DocumentModel,
    Heading,
    Listing,
    Numbering,
    Paragraph,
    Signing,
    Table,
)
from workflows.documents.text import marks

LAYOUT_VERSION = "3"
EMPTY_BOX = "□"
UNPRINTABLE = 50  # kinds of characters that the font lacks, in one dossier
PDF_STANDARD: typst.PDFStandard = "a-2b"
_SOURCE = Path(__file__).parent / "typst"
_PART = re.compile(r"(?<=,) | (?=(?:tỉnh|xã|phường|huyện|thành phố) [A-ZĐÀ-Ỹ])")
_GAP = "\u00a0" * 6
_ENCLOSED = "Tài liệu gửi kèm:"
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV")
_DRAFT_DAY = date(2000, 1, 1)  # inside the file of a preview; nothing on the page shows it
_MISSING = re.compile(r"the text `\"(?P<text>.*)\"` could not be displayed")
_LEAD = re.compile(r"^(Điều \d+\.)\s+")
_FIGURE = re.compile(r"-?\d[\d.,]*( ?%)?")


class CannotRender(PhoiHopError):
    """The page could not be made; `reason` is typst's message."""

    code = "document.rendering_failed"


class MissingGlyph(CannotRender):
    """The font has no picture for `characters`."""

    code = "document.unprintable"


class Renderer:
    """Makes pages. One compiler keeps fonts and parsed sources warm; a lock guards it, a page takes about 10 ms.

    Args:
        fonts: folder with the TTF files of Tinos (metrics of Times New Roman, complete Vietnamese).
        source: folder of the typst source.
    """

    def __init__(self, fonts: Path, source: Path = _SOURCE) -> None:
        if not any(fonts.glob("*.ttf")):
            raise FileNotFoundError(fonts)
        self._fonts, self._source = fonts, source
        self._lock = threading.Lock()
        self._compiler: typst.Compiler | None = None
        self._printable: frozenset[str] = frozenset()

    def pdf(self, model: DocumentModel, numbering: Numbering | None = None) -> bytes:
        """The document as PDF/A-2b: with number and date once it is issued, with gaps for them before.

        Raises:
            MissingGlyph: a character that the font lacks.
            CannotRender: anything else typst refuses.
        """
        stamp = datetime.combine(numbering.issued_on if numbering else _DRAFT_DAY, time(12), ZONE).astimezone(UTC)
        [file] = self._compiled(page(model, numbering), format="pdf", pdf_standards=[PDF_STANDARD], timestamp=stamp)
        return file

    def prove(self, model: DocumentModel) -> None:
        """Tell whether the pages of a draft can be made. What was printed once prints again: only a text with a
        character that this program has not met yet is made into pages, which are thrown away.

        Raises:
            MissingGlyph, CannotRender: as for `pdf`.
        """
        characters = set(_words(page(model)))
        if not characters <= self._printable:
            self.pdf(model)
            self._printable |= characters

    def pictures(self, model: DocumentModel, numbering: Numbering | None = None, *, dpi: int = 80) -> list[bytes]:
        """Each page as a PNG picture, exactly as the PDF has it.

        Args:
            dpi: dots per inch.

        Raises:
            MissingGlyph, CannotRender: as for `pdf`.
        """
        self.pdf(model, numbering)  # only this tells of characters that the font lacks
        return self._compiled(page(model, numbering), format="png", ppi=float(dpi))

    def register(self, data: str) -> bytes:
        """A register as PDF/A-2b; `data` is what `typst/register.typ` reads, as JSON.

        Raises:
            MissingGlyph, CannotRender: as for `pdf`.
        """
        return self._sheet("register.typ", data)

    def dossier(self, data: str) -> bytes:
        """The dossier of a case as PDF/A-2b; `data` is what `typst/dossier.typ` reads, as JSON.

        What people typed may hold any character: one that the font lacks is printed as an empty box.

        Raises:
            CannotRender: as for `pdf`.
        """
        for _ in range(UNPRINTABLE):
            try:
                return self._sheet("dossier.typ", data)
            except MissingGlyph as missing:
                for character in str(missing.params["characters"]):
                    data = data.replace(character, EMPTY_BOX)
        raise CannotRender(reason="too many characters that the font lacks")

    def _sheet(self, source: str, data: str) -> bytes:
        stamp = datetime.combine(_DRAFT_DAY, time(12), ZONE).astimezone(UTC)
        [file] = self._made(source, data, format="pdf", pdf_standards=[PDF_STANDARD], timestamp=stamp)
        return file

    def _compiled(self, words: dict[str, Any], **options: Any) -> list[bytes]:
        return self._made("document.typ", _words(words), **options)

    def _made(self, source: str, data: str, **options: Any) -> list[bytes]:
        """Names the source each time: the compiler goes on with the last one that it was given."""
        with self._lock:
            try:
                result = self._warm().compile(
                    input=str(self._source / source), sys_inputs={"document": data}, **options
                )
            except typst.TypstError as error:
                raise _explained(error) from error
        if result is None:
            raise CannotRender(reason="no file")
        return [result] if isinstance(result, bytes) else list(result)

    def _warm(self) -> typst.Compiler:
        if self._compiler is None:
            fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(self._fonts)])
            self._compiler = typst.Compiler(
                str(self._source / "document.typ"), root=str(self._source), font_paths=fonts, ignore_system_fonts=True
            )
        return self._compiler


def page(model: DocumentModel, numbering: Numbering | None = None) -> dict[str, Any]:
    """Everything that stands on the pages, as words ready to be placed."""
    kind, symbol = model.kind, f"{numbering.number:02d}" if numbering else _GAP
    symbol = f"{symbol}/{model.symbol_tail}"
    day = numbering.issued_on if numbering else None
    text, annexes = _parted(model.body)
    return {
        "superior": model.issuer.superior,
        "superior_parts": _parts(model.issuer.superior),
        "issuer": model.issuer.name,
        "issuer_parts": _parts(model.issuer.name),
        "number": f"Số: {symbol}",
        "date": f"{model.issuer.place}, {day_words(day)}" if kind.dated else "",
        "urgency": URGENCY[model.urgency],
        "circulation": model.circulation,
        "contact": model.contact,
        "title": kind.title,
        "subject": model.subject,
        "letter_subject": "" if kind.named else f"{kind.subject_lead} {_lowered(model.subject)}",
        "addressees": _closed(model.addressees) if len(model.addressees) > 1 else list(model.addressees),
        "decision": kind.decision,
        "decider": model.decider,
        "legal": _closed(model.legal),
        "body": [_block(block) for block in _ended([*text, *_enclosed(model.enclosures)])],
        "annexes": _annexes(annexes, f"(Kèm theo {kind.name} số {symbol} {day_words(day)} của {model.issuer.name})"),
        "signing": _signature(model.signing),
        "countersigning": _signature(model.countersigning) if model.countersigning else None,
        "recipients": [f"- {line};" for line in model.recipients] + [f"- Lưu: {_archive(model)}."],
    }


def _words(page_: dict[str, Any]) -> str:
    return json.dumps(page_, ensure_ascii=False, sort_keys=True)


def day_words(day: date | None) -> str:
    """A day in words: days below 10 and the months 1 and 2 get a zero (NĐ 30/2020, Phụ lục I, II.4)."""
    if day is None:
        return f"ngày{_GAP}tháng{_GAP}năm{_GAP}"
    month = f"{day.month:02d}" if day.month <= 2 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def _explained(error: typst.TypstError) -> CannotRender:
    found = _MISSING.search(str(error.message))
    return MissingGlyph(characters=found["text"]) if found else CannotRender(reason=str(error.message))


def _lowered(subject: str) -> str:
    """The subject after "V/v": its first letter small unless the word is an abbreviation."""
    first = subject.split(" ", 1)[0]
    return subject if len(first) > 1 and first.isupper() else subject[:1].lower() + subject[1:]


def _closed(lines: Sequence[str]) -> list[str]:
    """Lines that end with ";", the last with "."."""
    bare = [line.rstrip(" ;.,") for line in lines]
    return [f"{line}{'.' if number == len(bare) else ';'}" for number, line in enumerate(bare, start=1)]


def _archive(model: DocumentModel) -> str:
    return f"{model.archive}. {model.drafter_mark}" if model.drafter_mark else model.archive


def _signature(signing: Signing) -> dict[str, Any]:
    return {"lines": signing.lines(), "name": signing.name, "name_parts": _parts(signing.name)}


def _parts(name: str) -> list[str]:
    """Where a name that is too long for its line breaks: behind a comma or before its territory, not within a word."""
    return _PART.split(name)


def _parted(body: Sequence[Block]) -> tuple[list[Block], list[list[Block]]]:
    """The text itself, and the blocks of each annex with its title first."""
    starts = [place for place, block in enumerate(body) if isinstance(block, Annex)] + [len(body)]
    return list(body[: starts[0]]), [list(body[a:b]) for a, b in pairwise(starts)]


def _enclosed(titles: Sequence[str]) -> list[Block]:
    return [Paragraph(_ENCLOSED), Listing(tuple(_closed(titles)), lettered=True)] if titles else []


def _annexes(annexes: Sequence[Sequence[Block]], reference: str) -> list[dict[str, Any]]:
    """Annexes: from the second on they carry Roman numbers (NĐ 30/2020, Phụ lục I, III.1)."""
    found = []
    for number, (head, *body) in enumerate(annexes):
        assert isinstance(head, Annex)
        label = f"Phụ lục {roman(number + 1)}" if len(annexes) > 1 else "Phụ lục"
        found.append({"label": label, "title": head.title, "reference": reference, "body": list(map(_block, body))})
    return found


def roman(number: int) -> str:
    """A Roman number, as far as annexes go; beyond it the usual digits."""
    return _ROMAN[number - 1] if number <= len(_ROMAN) else str(number)


def _ended(body: Sequence[Block]) -> list[Block]:
    """The body with "./." after its last word."""
    if not body:
        return []
    *before, last = body
    if isinstance(last, Paragraph):
        return [*before, Paragraph(_end(last.text))]
    if isinstance(last, Listing):
        return [*before, Listing((*last.items[:-1], _end(last.items[-1])), last.lettered)]
    return [*body, Paragraph("./.")]


def _end(text: str) -> str:
    return f"{text.removesuffix('./.').rstrip(' .;,')}./."


def _figures(table: Table) -> list[bool]:
    """Which columns hold numbers alone: they are never broken."""
    columns = [[cell.strip() for cell in column if cell.strip()] for column in zip(*table.rows, strict=True)]
    return [bool(column) and all(map(_FIGURE.fullmatch, column)) for column in columns] or [False] * len(table.columns)


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Table):
        cells = {"columns": list(block.columns), "rows": [list(row) for row in block.rows]}
        return {"block": "table", **cells, "figures": _figures(block)}
    if isinstance(block, Listing):
        return {
            "block": "list",
            "items": [f"{mark} {one}" for mark, one in zip(marks(block), block.items, strict=True)],
        }
    if isinstance(block, Heading | Annex):
        return {"block": "heading", "text": block.text if isinstance(block, Heading) else block.title}
    lead = _LEAD.match(block.text)
    text = block.text[lead.end() :] if lead else block.text
    return {"block": "paragraph", "lead": lead[1] if lead else "", "lines": text.split("\n")}

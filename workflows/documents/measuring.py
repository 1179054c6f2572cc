"""A second look at finished pages: the PDF is read back and measured against the decree's ranges.

It knows nothing of how the pages were made: it sees letters with font, size and place, and lines. Lengths are points.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pdfplumber

from workflows.documents.components import CENTRE, LEFT, LOOKS, RIGHT, Expected, Look, expected

MM = 72 / 25.4
PAPER = (210 * MM, 297 * MM)
LEFT_MARGIN, RIGHT_MARGIN, OUTER_MARGIN = (30 * MM, 35 * MM), (15 * MM, 20 * MM), (20 * MM, 25 * MM)
INDENTS = (10 * MM, 12.7 * MM)
LINE_PITCH = (1.149, 1.149 * 1.5)  # single and one and a half lines of Times New Roman, in sizes of the letter
PARAGRAPH_GAP = 6.0
FRAMES = {"KHẨN": (20 * MM, 8 * MM), "THƯỢNG KHẨN": (40 * MM, 8 * MM), "HỎA TỐC": (30 * MM, 8 * MM)}
FAMILIES = ("Tinos", "TimesNewRoman")
TOLERANCE = 1.0
WRAPS = 120  # a paragraph of so many letters fills at least one line

Letter = Mapping[str, Any]


@dataclass(frozen=True)
class Departure:
    """Something that is not as the decree wants it.

    Args:
        code: what is wrong, a code of the sentences.
        component: of what, a key of `components.LOOKS` or "page".
        page: page number from 1; 0 where it stands nowhere.
        params: what was found and what is wanted, for the sentence.
    """

    code: str
    component: str
    page: int
    params: Mapping[str, Any]


@dataclass(frozen=True)
class _Sheet:
    """The letters and lines of one file, the page numbers and the foot of page 1 set apart."""

    letters: list[Letter]
    numbers: dict[int, list[Letter]]
    foot: list[Letter]
    lines: list[Letter]
    frames: list[Letter]
    sizes: list[tuple[float, float]]


def measure(pdf: bytes, words: Mapping[str, Any]) -> list[Departure]:
    """Measure a document.

    Args:
        pdf: the file.
        words: what must stand in it, as `layout.page` prepared it.

    Returns:
        What departs from the decree; empty where nothing does.
    """
    sheet = _read(pdf, words["contact"])
    placed = list(_places(sheet.letters, expected(words)))
    return [
        *_paper(sheet),
        *_margins(sheet, placed),
        *_fonts(sheet, placed),
        *(found for one, letters in placed for found in _component(one, letters)),
        *_rules(sheet, placed),
        *_frame(sheet, placed),
        *_paragraphs(placed),
        *_numbers(sheet, placed),
        *_foot(sheet, words["contact"]),
    ]


Placed = Sequence[tuple[Expected, Sequence[Letter]]]


def _read(pdf: bytes, contact: str) -> _Sheet:
    sheet = _Sheet([], {}, [], [], [], [])
    with pdfplumber.open(io.BytesIO(pdf)) as file:
        for page in file.pages:
            sheet.sizes.append((float(page.width), float(page.height)))
            letters = [one for one in page.chars if one["text"].strip()]
            above = [one for one in letters if one["bottom"] < OUTER_MARGIN[0]]
            below = [one for one in letters if one["top"] > PAPER[1] - OUTER_MARGIN[0]] if page.page_number == 1 else []
            if _joined(above).isdigit():
                sheet.numbers[page.page_number] = list(above)
            foot = below if contact and _joined(below) == _squeezed(contact) else []
            sheet.foot.extend(foot)
            apart = {id(one) for one in (*sheet.numbers.get(page.page_number, ()), *foot)}
            sheet.letters.extend(one for one in letters if id(one) not in apart)
            sheet.lines.extend(one for one in page.lines if one["height"] < 1)
            sheet.frames.extend(page.rects)
    return sheet


def _places(letters: Sequence[Letter], wanted: Sequence[Expected]) -> Iterator[tuple[Expected, Sequence[Letter]]]:
    """Each component with its letters, looked for from where the one before ended; without letters where missing."""
    owners = [letter for letter in letters for _ in letter["text"]]
    text, at = "".join(letter["text"] for letter in letters), 0
    for one in wanted:
        sought = _squeezed(one.printed)
        found = text.find(sought, at)
        if found < 0:
            yield one, ()
            continue
        at = found + len(sought)
        yield one, owners[found:at]


def _paper(sheet: _Sheet) -> Iterator[Departure]:
    for number, size in enumerate(sheet.sizes, start=1):
        if any(abs(a - b) > TOLERANCE for a, b in zip(size, PAPER, strict=True)):
            yield _departure("paper", "page", number, found=f"{size[0] / MM:.0f} × {size[1] / MM:.0f}")


def _margins(sheet: _Sheet, placed: Placed) -> Iterator[Departure]:
    if not sheet.letters:
        return
    wraps = any(one.component == "paragraph" and len(one.text) > WRAPS for one, _ in placed)
    first = [letter for letter in sheet.letters if letter["page_number"] == 1]
    edges = {
        "left": (min(one["x0"] for one in sheet.letters), LEFT_MARGIN, True),
        "right": (PAPER[0] - max(one["x1"] for one in sheet.letters), RIGHT_MARGIN, wraps),
        "top": (min(one["top"] for one in first or sheet.letters), OUTER_MARGIN, True),
        "bottom": (PAPER[1] - max(one["bottom"] for one in sheet.letters), OUTER_MARGIN, False),
    }
    for side, (found, (low, high), both) in edges.items():
        if found < low - TOLERANCE or (both and found > high + TOLERANCE):
            wanted = {"low": round(low / MM), "high": round(high / MM)}
            yield _departure(f"margin_{side}", "page", 0, found=round(found / MM, 1), **wanted)


def _fonts(sheet: _Sheet, placed: Placed) -> Iterator[Departure]:
    red = {id(letter) for one, letters in placed if one.component == "urgency" for letter in letters}
    every = [*sheet.letters, *sheet.foot, *(one for letters in sheet.numbers.values() for one in letters)]
    strange = sorted({_font(one) for one in every if not _font(one).startswith(FAMILIES)})
    for name in strange:
        yield _departure("font", "page", 0, found=name)
    if any(not _black(one) for one in every if id(one) not in red):
        yield _departure("colour", "page", 0)


def _component(one: Expected, letters: Sequence[Letter]) -> Iterator[Departure]:
    if not letters:
        yield _departure("missing", one.component, 0, text=one.printed[:60])
        return
    look, page = LOOKS[one.component], int(letters[0]["page_number"])
    sizes = sorted({round(letter["size"], 1) for letter in letters})
    if sizes[0] < look.low or sizes[-1] > look.high:
        yield _departure("size", one.component, page, found=", ".join(map(str, sizes)), low=look.low, high=look.high)
    for style, wanted in (("Bold", look.bold), ("Italic", look.italic)):
        if any((style in _font(letter)) is not wanted for letter in letters):
            yield _departure(f"{'not_' if wanted else ''}{style.lower()}", one.component, page)
    if not _in_place(look, letters):
        yield _departure(f"place_{look.place}", one.component, page)


def _in_place(look: Look, letters: Sequence[Letter]) -> bool:
    left, right = min(one["x0"] for one in letters), max(one["x1"] for one in letters)
    middle = (left + right) / 2
    if look.place == LEFT:
        return bool(middle < PAPER[0] / 2)
    if look.place == RIGHT:
        return bool(middle > PAPER[0] / 2)
    centre = (LEFT_MARGIN[0] + PAPER[0] - RIGHT_MARGIN[0]) / 2
    return look.place != CENTRE or abs(middle - centre) < 5 * MM


def _rules(sheet: _Sheet, placed: Placed) -> Iterator[Departure]:
    """Under the motto a rule as long as it, under issuer and subject one of a third to half a line."""
    for component, low, high in (("motto", 0.98, 1.02), ("issuer", 1 / 3, 0.5), ("subject", 1 / 3, 0.5)):
        letters = next((letters for one, letters in placed if one.component == component and letters), ())
        if not letters:
            continue
        width = max(one["x1"] for one in letters) - min(one["x0"] for one in letters)
        below = max(one["bottom"] for one in letters)
        rules = [line for line in sheet.lines if line["page_number"] == 1 and -3 < line["top"] - below < 12]
        if not any(low * width - 3 <= line["x1"] - line["x0"] <= high * width + 3 for line in rules):
            yield _departure("rule", component, 1)


def _frame(sheet: _Sheet, placed: Placed) -> Iterator[Departure]:
    for one, letters in placed:
        if one.component != "urgency" or not letters:
            continue
        around = [frame for frame in sheet.frames if _encloses(frame, letters)]
        wide, tall = FRAMES[one.text]
        fits = any(abs(f["width"] - wide) < TOLERANCE and abs(f["height"] - tall) < TOLERANCE for f in around)
        if not fits:
            yield _departure("frame", "urgency", 1, width=round(wide / MM), height=round(tall / MM))
        if not all(_red(colour) for colour in (*(f["stroking_color"] for f in around), _colour(letters[0]))):
            yield _departure("not_red", "urgency", 1)


def _encloses(frame: Letter, letters: Sequence[Letter]) -> bool:
    left, right = min(one["x0"] for one in letters), max(one["x1"] for one in letters)
    middle = (letters[0]["top"] + letters[0]["bottom"]) / 2
    return bool(frame["x0"] <= left and right <= frame["x1"] and frame["top"] <= middle <= frame["bottom"])


def _paragraphs(placed: Placed) -> Iterator[Departure]:
    text = [letters for one, letters in placed if one.component in ("paragraph", "legal", "lead") and letters]
    edge = min((letter["x0"] for letters in text for letter in letters), default=0.0)
    paragraphs = [(one, letters) for one, letters in placed if one.component in ("paragraph", "legal") and letters]
    for (before, _), (one, letters) in pairwise([(Expected("none", ""), ()), *placed]):
        if one.component not in ("paragraph", "legal") or before.component == "lead" or not letters:
            continue
        indent = letters[0]["x0"] - edge
        if len(one.text) > WRAPS and all(abs(indent - wanted) > TOLERANCE for wanted in INDENTS):
            yield _departure("indent", one.component, int(letters[0]["page_number"]), found=round(indent / MM, 1))
    for one, letters in paragraphs:
        yield from _pitch(one, letters)
    yield from _gaps(paragraphs)


def _pitch(one: Expected, letters: Sequence[Letter]) -> Iterator[Departure]:
    for above, below in pairwise(_line_ends(letters)):
        pitch = (below[1] - above[1]) / letters[0]["size"]
        if above[0] == below[0] and not LINE_PITCH[0] - 0.03 <= pitch <= LINE_PITCH[1] + 0.03:
            yield _departure("pitch", one.component, above[0], found=round(pitch / LINE_PITCH[0], 2))
            return


def _gaps(paragraphs: Placed) -> Iterator[Departure]:
    for (one, above), (two, below) in pairwise(paragraphs):
        (page, end), (next_page, start) = _line_ends(above)[-1], _line_ends(below)[0]
        lines = _line_ends(above)
        pitch = lines[1][1] - lines[0][1] if len(lines) > 1 and lines[0][0] == lines[1][0] else 0
        if one.component == two.component and page == next_page and pitch and start - end - pitch < PARAGRAPH_GAP - 0.5:
            yield _departure("gap", two.component, page, found=round(start - end - pitch, 1))


def _line_ends(letters: Sequence[Letter]) -> list[tuple[int, float]]:
    """(page, bottom) of each line."""
    return sorted({(int(one["page_number"]), round(one["bottom"], 1)) for one in letters})


def _numbers(sheet: _Sheet, placed: Placed) -> Iterator[Departure]:
    """Each part counts its own pages, and shows no number on its first one."""
    starts = {int(letters[0]["page_number"]) for one, letters in placed if one.component == "annex" and letters} | {1}
    count = 0
    for page in range(1, len(sheet.sizes) + 1):
        count = 1 if page in starts else count + 1
        wanted, letters = str(count) if count > 1 else "", sheet.numbers.get(page, [])
        if _joined(letters) != wanted:
            yield _departure("page_number", "page_number", page, found=_joined(letters) or "–", wanted=wanted or "–")
        elif letters:
            yield from _component(Expected("page_number", wanted), letters)


def _foot(sheet: _Sheet, contact: str) -> Iterator[Departure]:
    if contact:
        yield from _component(Expected("contact", contact), sheet.foot)


def _departure(code: str, component: str, page: int, **params: Any) -> Departure:
    return Departure(f"format.{code}", component, page, params)


def _joined(letters: Sequence[Letter]) -> str:
    return "".join(one["text"] for one in letters)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _font(letter: Letter) -> str:
    return str(letter["fontname"]).split("+")[-1]


def _colour(letter: Letter) -> Any:
    return letter["non_stroking_color"]


def _black(letter: Letter) -> bool:
    return not any(_colour(letter) or ())


def _red(colour: Any) -> bool:
    return bool(colour and len(colour) == 3 and colour[0] > 0.8 and max(colour[1:]) < 0.3)

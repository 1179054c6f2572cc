"""What stands on an official document, and how each component must look (NĐ 30/2020, Phụ lục I, mục II, III and V)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LEFT, RIGHT, CENTRE, ANYWHERE = "left", "right", "centre", "anywhere"


@dataclass(frozen=True)
class Look:
    """How a component is set.

    Args:
        low, high: sizes allowed, in points.
        bold, italic: the style that it must have.
        place: half of the page in which it stands, or centred between the margins.
        capitals: whether it is printed in capitals.
    """

    low: float
    high: float
    bold: bool = False
    italic: bool = False
    place: str = ANYWHERE
    capitals: bool = False


LOOKS: Mapping[str, Look] = {
    "superior": Look(12, 13, place=LEFT, capitals=True),
    "issuer": Look(12, 13, bold=True, place=LEFT, capitals=True),
    "national": Look(12, 13, bold=True, place=RIGHT),
    "motto": Look(13, 14, bold=True, place=RIGHT),
    "number": Look(13, 13, place=LEFT),
    "letter_subject": Look(12, 13, place=LEFT),
    "urgency": Look(13, 14, bold=True, place=LEFT),
    "circulation": Look(13, 14, bold=True, place=LEFT, capitals=True),
    "date": Look(13, 14, italic=True, place=RIGHT),
    "title": Look(13, 14, bold=True, place=CENTRE),
    "subject": Look(13, 14, bold=True, place=CENTRE),
    "addressees": Look(13, 14),
    "decider": Look(13, 14, bold=True, place=CENTRE, capitals=True),
    "legal": Look(13, 14, italic=True),
    "decision": Look(13, 14, bold=True, place=CENTRE),
    "lead": Look(13, 14, bold=True),
    "paragraph": Look(13, 14),
    "heading": Look(13, 14, bold=True),
    "point": Look(13, 14),
    "table_head": Look(13, 14, bold=True),
    "table": Look(13, 14),
    "countersigning": Look(13, 14, bold=True, place=LEFT, capitals=True),
    "countersigner": Look(13, 14, bold=True, place=LEFT),
    "signing": Look(13, 14, bold=True, place=RIGHT, capitals=True),
    "signer": Look(13, 14, bold=True, place=RIGHT),
    "recipients_head": Look(12, 12, bold=True, italic=True, place=LEFT),
    "recipients": Look(11, 11, place=LEFT),
    "annex": Look(14, 14, bold=True, place=CENTRE),
    "annex_title": Look(13, 14, bold=True, place=CENTRE, capitals=True),
    "annex_reference": Look(13, 14, italic=True, place=CENTRE),
    "contact": Look(11, 12),
    "page_number": Look(13, 14, place=CENTRE),
}


@dataclass(frozen=True)
class Expected:
    """A component with the words that must stand there."""

    component: str
    text: str

    @property
    def printed(self) -> str:
        """The words as they stand on paper."""
        return self.text.upper() if LOOKS[self.component].capitals else self.text


def expected(words: Mapping[str, Any]) -> list[Expected]:
    """The components of a document in the order in which they stand in the file.

    Args:
        words: what `layout.page` prepared.
    """
    found = [Expected(component, text) for component, text in _all(words)]
    return [one for one in found if one.text]


def _all(words: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((name, words[name]) for name in ("superior", "issuer"))
    yield from (("national", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), ("motto", "Độc lập - Tự do - Hạnh phúc"))
    for name in ("number", "letter_subject", "urgency", "circulation", "date", "title"):
        yield name, words[name]
    yield "subject", words["subject"] if words["title"] else ""
    yield "addressees", "Kính gửi:" if words["addressees"] else ""
    yield from (("addressees", name) for name in words["addressees"])
    yield "decider", words["decider"] if words["decision"] else ""
    yield from (("legal", line) for line in words["legal"])
    yield "decision", "QUYẾT ĐỊNH:" if words["decision"] else ""
    yield from _text(words["body"])
    yield from _end(words)
    for annex in words["annexes"]:
        yield from (("annex", annex["label"]), ("annex_title", annex["title"]), ("annex_reference", annex["reference"]))
        yield from _text(annex["body"])


def _text(body: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for block in body:
        if block["block"] == "paragraph":
            yield "lead", block["lead"]
            yield "paragraph", "".join(block["lines"])
        elif block["block"] == "heading":
            yield "heading", block["text"]
        elif block["block"] == "list":
            yield from (("point", item) for item in block["items"])
        else:
            yield from (("table_head", cell) for cell in block["columns"])
            yield from (("table", cell) for row in block["rows"] for cell in row)


def _end(words: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Recipients stand left of the one signature, and below two of them."""
    recipients = [("recipients_head", "Nơi nhận:"), *(("recipients", line) for line in words["recipients"])]
    left, right = words["countersigning"], words["signing"]
    if left is None:
        yield from recipients
    else:
        yield from (("countersigning", line) for line in left["lines"])
        yield "countersigner", left["name"]
    yield from (("signing", line) for line in right["lines"])
    yield "signer", right["name"]
    if left is not None:
        yield from recipients

"""Measures and wraps text in Be Vietnam Pro without opening a font file: layouts are the same on every machine.

The tables hold advance widths in thousandths of the font size, read from the font's `hmtx` table. Letters with
diacritics are at most 4 % wider than their base letter: `MARKED` covers that.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

MARKED: Final = 1.04
UNKNOWN: Final = 1000

_REGULAR: Final = {
    179: "'",
    202: "`",
    217: "’",
    230: " ",
    255: "l·",
    258: "I",
    264: "i",
    274: "j",
    280: "!",
    286: ".:",
    287: "‘",
    303: ",;",
    318: '"',
    370: "“",
    385: "1",
    386: "f",
    392: "r",
    407: "”",
    408: "|",
    426: "{}",
    428: "t",
    439: "()",
    459: "[]",
    465: "J",
    468: "~",
    485: "\\",
    497: "*",
    502: "z",
    503: "/",
    508: "s",
    553: "•",
    555: "k",
    556: "<>",
    559: "^x",
    566: "u",
    573: "?n",
    576: "vư",
    579: "×",
    583: "hy",
    594: "7",
    599: "e",
    608: "+-",
    613: "c",
    620: "E",
    624: "L",
    633: "F",
    634: "8",
    635: "S",
    642: "aoơ",
    643: "g",
    644: "P",
    645: "$",
    650: "T",
    651: "2",
    652: "bdpq",
    660: "35Z",
    662: "đ",
    665: "Y",
    668: "R",
    674: "B",
    676: "0",
    679: "K",
    680: "69",
    682: "–",
    702: "_",
    706: "V",
    709: "H",
    710: "4",
    720: "X",
    725: "U",
    726: "=…",
    728: "D",
    732: "N",
    736: "A",
    740: "&",
    745: "Ư",
    775: "C",
    783: "G",
    788: "Đ",
    807: "#",
    822: "Q",
    826: "OƠ",
    849: "%",
    853: "M",
    868: "—",
    870: "w",
    893: "m",
    1005: "@W",
}
_SEMIBOLD: Final = {
    208: "'",
    228: "’",
    230: " ",
    260: "`",
    270: "‘",
    277: "l",
    280: "I",
    285: "i",
    288: "·",
    292: "j",
    319: ".:",
    320: "!",
    332: ",;",
    367: '"',
    401: "f",
    415: "1",
    416: "r",
    420: "“",
    426: "|",
    434: "t",
    440: "”",
    449: "()",
    462: "{}",
    482: "J",
    483: "~",
    489: "[]",
    508: "*",
    514: "z",
    515: "\\",
    527: "s",
    528: "/",
    564: "•",
    568: "<>",
    581: "u",
    584: "k",
    587: "ư",
    588: "v",
    590: "n",
    591: "x",
    592: "y",
    594: "^",
    596: "7",
    600: "h",
    605: "?",
    607: "-",
    611: "e",
    612: "×",
    624: "c",
    634: "E",
    637: "+L",
    640: "F",
    648: "$",
    652: "ao",
    654: "g",
    656: "8S",
    660: "2ơ",
    662: "bdpq",
    664: "Z",
    667: "P",
    674: "35T",
    677: "đ",
    692: "0",
    693: "69",
    696: "–",
    697: "R",
    698: "B",
    701: "Y",
    703: "K",
    716: "4",
    724: "_",
    725: "H",
    732: "V",
    733: "U",
    743: "DN",
    744: "=",
    745: "Ư",
    753: "X",
    755: "&",
    758: "A",
    778: "C",
    786: "Đ",
    788: "G",
    817: "…",
    825: "Q",
    828: "OƠ",
    833: "#",
    863: "%",
    868: "—",
    877: "M",
    879: "w",
    895: "m",
    1014: "@",
    1039: "W",
}


def _by_letter(table: Mapping[int, str]) -> dict[str, int]:
    return {letter: width for width, letters in table.items() for letter in letters}


_WIDTHS: Final = {False: _by_letter(_REGULAR), True: _by_letter(_SEMIBOLD)}


@lru_cache(maxsize=4096)
def _letter(letter: str, bold: bool) -> float:
    table = _WIDTHS[bold]
    if letter in table:
        return table[letter]
    base = unicodedata.normalize("NFD", letter)[0]
    return table.get(base, UNKNOWN) * MARKED


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of one line of text in pixels.

    Args:
        text: the line; brought to NFC here.
        size: font size in pixels.
        bold: weight 600 instead of 400.
    """
    return sum(_letter(letter, bold) for letter in unicodedata.normalize("NFC", text)) * size / 1000


def wrap(text: str, size: float, limit: float, *, bold: bool = False) -> list[str]:
    """Break text into lines at spaces; a word wider than the limit is broken between letters.

    Args:
        text: any text; runs of white space count as one space.
        size: font size in pixels.
        limit: widest line allowed, in pixels.
        bold: weight 600 instead of 400.

    Returns:
        The lines; none for an empty text.
    """
    lines: list[str] = []
    for word in _pieces(unicodedata.normalize("NFC", text).split(), size, limit, bold):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, size, bold=bold) <= limit:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def block(lines: list[str], size: float, leading: float, *, bold: bool = False) -> tuple[float, float]:
    """Width and height in pixels of wrapped lines set with this leading (pixels from line to line)."""
    return max((width(line, size, bold=bold) for line in lines), default=0.0), len(lines) * leading


def _pieces(words: list[str], size: float, limit: float, bold: bool) -> list[str]:
    pieces: list[str] = []
    for word in words:
        while len(word) > 1 and width(word, size, bold=bold) > limit:
            cut = _fitting(word, size, limit, bold)
            pieces.append(word[:cut])
            word = word[cut:]
        pieces.append(word)
    return pieces


def _fitting(word: str, size: float, limit: float, bold: bool) -> int:
    fitting = [count for count in range(1, len(word)) if width(word[:count], size, bold=bold) <= limit]
    return max(fitting, default=1)

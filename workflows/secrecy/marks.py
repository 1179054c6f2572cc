"""Marks of secret documents in text: what counts as a mark, and what is only a word.

"mật" is an everyday syllable (bí mật, mật ong, mật độ, bảo mật), and public documents speak of secrecy all the time. So
a mark is recognised by how it stands, not by the word:

* **alone**: a line, or a column of a line (parted by a tab, a bar or three spaces), that holds nothing but the mark,
  perhaps in a frame, letter-spaced, or beside a mark of urgency ("TỐI MẬT - HỎA TỐC"). "MẬT" must be in capitals, or
  framed and begin with one: a bare "mật" in a list may be honey. Marks that stand together, side by side or on
  neighbouring lines, are a list of the levels and no mark; so is a "MẬT" that continues a neighbouring line ("BÍ" /
  "MẬT" / "NHÀ NƯỚC").
* **framed**: capitals in brackets within a line: "Công văn 05 [TỐI MẬT]".
* **labelled**: "Độ mật: Tối mật", "Mức độ mật = Mật", in any case, but not a form's list of levels to choose from.
* **file name**: a part of the name between separators is the mark ("CV_05_MẬT.pdf", "TUYET MAT 01.docx").

Text is compared in compatibility form (NFKC), so decomposed letters, wide letters and hard spaces make no difference;
the two old Vietnamese encodings still met in provincial files (TCVN3, VNI) are known too. Not a mark: a secret
document's number, because no rule read says how its symbol differs; capitals in running text, because titles of public
lists of secrets have them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SECRET = "MAT"
TOP_SECRET = "TOI_MAT"
MOST_SECRET = "TUYET_MAT"

_LEVELS = {"MẬT": SECRET, "TỐIMẬT": TOP_SECRET, "TUYỆTMẬT": MOST_SECRET}
_UNACCENTED = {"TOIMAT": TOP_SECRET, "TUYETMAT": MOST_SECRET}
_LEGACY = {
    "MAÄT": SECRET,
    "TOÁIMAÄT": TOP_SECRET,
    "TUYEÄTMAÄT": MOST_SECRET,
    "MËT": SECRET,
    "TÈIMËT": TOP_SECRET,
    "TUYÖTMËT": MOST_SECRET,
}
_URGENCIES = frozenset({"KHẨN", "THƯỢNGKHẨN", "HỎATỐC", "HOẢTỐC"})
_FRAME = "[](){}<>|*_#~=«»【】《》" + "".join(map(chr, range(0x2500, 0x25A2)))
_DASHES = "-–—"
_COLUMNS = re.compile(r"\t+|[|│┃]+| {3,}")
_PARTS = re.compile(rf"[{_DASHES}/,;&+·•]")
_JOINING_DASH = re.compile(rf"(?<=\w)\s*[{_DASHES}]\s*(?=\w)")
_LONGEST = 200
"""A segment longer than this holds more than a mark, however it is spaced."""

_NEIGHBOURS = 4
"""Within how many filled lines marks of different levels belong to one list (a table gives each cell a line)."""

_BRACKETED = re.compile(r"[\[({<【《](?:\s)*(?P<level>(?:T ?U ?Y ?Ệ ?T|T ?Ố ?I)? *M ?Ậ ?T)\s*[\])}>】》]")
_LABELLED = re.compile(
    r"độ\s+(?:bảo\s+)?mật\s*[:=]\s*(?:\[x\]|☒|☑|✓)?\s*(?P<level>tuyệt\s+mật|tối\s+mật|mật)\b"
    r"(?![ \t]*(?:□|☐|\[ \]|[/,;|]?[ \t]*(?:tối|tuyệt|mật|không\s+mật)\b|khẩu\b|ong\b))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SecrecyHit:
    """A mark that was found; never the text around it.

    Args:
        level: MAT, TOI_MAT or TUYET_MAT.
        rule: alone, framed, labelled or file_name.
        line: number of the line, from 1; 0 for the name of a file.
    """

    level: str
    rule: str
    line: int


def scan_text(text: str) -> SecrecyHit | None:
    """The first mark in `text` by the rules above, or None. Linear in the length of the text."""
    normal = unicodedata.normalize("NFKC", text)
    lines = normal.splitlines()
    return _alone(lines) or _bracketed(lines) or _labelled(normal)


def scan_file_name(name: str) -> SecrecyHit | None:
    """A mark in the name of a file, or None."""
    stem = unicodedata.normalize("NFKC", name).rpartition(".")[0] or unicodedata.normalize("NFKC", name)
    level = _marked_words(stem) or _marked_parts(stem)
    return SecrecyHit(level, "file_name", 0) if level else None


# Alone on a line ------------------------------------------------------------------------------------------------------


def _alone(lines: Sequence[str]) -> SecrecyHit | None:
    """A line with a mark of its own, unless its neighbours show that it is part of a list or of a broken-up title."""
    filled = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    levels = [_mark_of_line(line) for _, line in filled]
    for place, (number, line) in enumerate(filled):
        level = levels[place]
        if level is None or _is_listed(levels, place):
            continue
        before = filled[place - 1][1] if place else ""
        after = filled[place + 1][1] if place + 1 < len(filled) else ""
        if not _continues(line, before, after):
            return SecrecyHit(level, "alone", number)
    return None


def _is_listed(levels: Sequence[str | None], place: int) -> bool:
    near = levels[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS + 1]
    return len({level for level in near if level is not None}) > 1


def _continues(line: str, before: str, after: str) -> bool:
    """Whether a lone "MẬT" belongs to the words around it, as where a narrow column broke a title into lines."""
    last, first = before.split()[-1:], after.split()[:1]
    return _compact(line) == "MẬT" and (last in (["BÍ"], ["BẢO"], ["ĐỘ"]) or first in (["ONG"], ["KHẨU"]))


def _mark_of_line(line: str) -> str | None:
    whole = _level(line)
    if whole is not None:
        return whole
    levels = {level for level in map(_level, _COLUMNS.split(line)) if level is not None}
    return levels.pop() if len(levels) == 1 else None


def _level(segment: str) -> str | None:
    """The level of a segment that holds one mark and nothing else but marks of urgency."""
    bare = segment.strip()
    if not bare or len(bare) > _LONGEST:
        return None
    framed = bare[0] in _FRAME and bare[-1] in _FRAME
    inner = _unframed(bare)
    joined = _named_level(_compact(_JOINING_DASH.sub("", inner)), framed=framed)
    if joined is not None:
        return joined
    parts = [_compact(part) for part in _PARTS.split(inner)]
    marks = [part for part in parts if part.upper() not in _URGENCIES]
    return _named_level(marks[0], framed=framed) if len(marks) == 1 else None


def _unframed(bare: str) -> str:
    inner = bare.strip(_FRAME + " \t")
    if not inner[:2].strip(_DASHES) and not inner[-2:].strip(_DASHES):
        inner = inner.strip(_FRAME + _DASHES + " \t")
    return inner


def _named_level(part: str, *, framed: bool) -> str | None:
    upper = part.upper()
    if upper == "MẬT":
        return SECRET if part.isupper() or (framed and part[0].isupper()) else None
    if upper in _LEVELS:
        return _LEVELS[upper]
    return (_UNACCENTED.get(part) or _LEGACY.get(part)) if part.isupper() else None


def _compact(text: str) -> str:
    return "".join(text.split())


# Framed and labelled --------------------------------------------------------------------------------------------------


def _bracketed(lines: Sequence[str]) -> SecrecyHit | None:
    for number, line in enumerate(lines, start=1):
        found = _BRACKETED.search(line)
        if found is not None:
            return SecrecyHit(_LEVELS[_compact(found["level"])], "framed", number)
    return None


def _labelled(text: str) -> SecrecyHit | None:
    found = _LABELLED.search(text)
    if found is None:
        return None
    line = len(text[: found.start()].splitlines()) or 1
    return SecrecyHit(_LEVELS[_compact(found["level"]).upper()], "labelled", line)


# Names of files -------------------------------------------------------------------------------------------------------

_SEPARATORS = re.compile(r"[\s_\-–—.,;\[\](){}+&~#]+")
_ASCII_CAPITALS = {("TOI", "MAT"): TOP_SECRET}
_WORDS_BEFORE = frozenset({"BÍ", "BẢO", "CƠ", "ĐỘ", "CẨN", "THÂN", "TRÙ"})
_WORDS_AFTER = frozenset({"ONG", "ĐỘ", "KHẨU", "MÃ", "THÁM", "VỤ", "THƯ", "NGỌT", "THIẾT", "NGHỊ"})
_PAIRS = {("TỐI", "MẬT"): TOP_SECRET, ("TUYỆT", "MẬT"): MOST_SECRET, ("TUYET", "MAT"): MOST_SECRET}


def _marked_words(stem: str) -> str | None:
    """Two neighbouring words that name a level; "toi mat" in capitals only (else it may be other words)."""
    words = _words(stem)
    for pair in pairwise(words):
        level = _PAIRS.get((pair[0].upper(), pair[1].upper())) or _ASCII_CAPITALS.get(pair)
        if level is not None:
            return level
    return None


def _marked_parts(stem: str) -> str | None:
    """A "MẬT" in capitals, or the whole name, that no neighbouring word turns into another."""
    words = _words(stem)
    for place, word in enumerate(words):
        alone = len(words) == 1 or word.isupper()
        before = words[place - 1].upper() if place else ""
        after = words[place + 1].upper() if place + 1 < len(words) else ""
        if word.upper() == "MẬT" and alone and before not in _WORDS_BEFORE and after not in _WORDS_AFTER:
            return SECRET
    return None


def _words(stem: str) -> list[str]:
    return [word for word in _SEPARATORS.split(stem) if word]

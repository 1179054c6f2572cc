"""Reading a basis (`<instrument>:<article>.<clause>.<point>`) and writing it the way officers cite it.

`qd01-2020:10.1`, `nd09-2017:6.3.a` (or `6.3a`), `qd01-2020:10.2.a-d`, `nd262-2026:26`, `nd30-2020:pl1` (annex),
`bvbmnn-2025` (the whole).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Rejected
from workflows.law.instruments import Instrument, instruments

_CLAUSE = re.compile(
    r"(?P<article>\d+[a-zđ]?(?:-\d+[a-zđ]?)?)"
    r"(?:\.(?P<clause>\d+(?:-\d+)?)(?:\.?(?P<point>[a-zđ](?:-[a-zđ])?))?)?"
)
_ANNEX = re.compile(r"pl(?P<annex>\d{1,2})")
_TYPES_EN = {
    "law": "Law",
    "code": "Code",
    "resolution": "Resolution",
    "decree": "Decree",
    "circular": "Circular",
    "decision": "Decision",
}
_WORDS = {
    "vi": {"article": "Điều", "clause": "khoản", "point": "điểm", "many": "các {}", "annex": "Phụ lục"},
    "en": {"article": "Article", "clause": "clause", "point": "point", "many": "{}s", "annex": "Annex"},
}


class UnknownBasis(Rejected):
    """A basis that names no known instrument or cannot be read."""

    code = "law.basis"


@dataclass(frozen=True)
class BasisProblem:
    """Why a basis cannot be used: a stable code and the data for its sentence."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def check_basis(basis: str) -> BasisProblem | None:
    """What is wrong with `basis`; None when it names a known instrument and its clause can be read."""
    id, _, clause = basis.partition(":")
    if id not in instruments():
        return BasisProblem("law.instrument_unknown", {"basis": basis, "instrument": id})
    if ":" in basis and not (_CLAUSE.fullmatch(clause) or _ANNEX.fullmatch(clause)):
        return BasisProblem("law.clause_unreadable", {"basis": basis, "clause": clause})
    return None


def citation(basis: str, lang: str = "vi") -> str:
    """The basis in words, for example "Khoản 1 Điều 10 Quy chế kèm theo QĐ 01/2020/QĐ-UBND".

    Args:
        lang: `vi` or `en`.

    Raises:
        UnknownBasis: unknown instrument, or a clause that cannot be read.
    """
    if check_basis(basis) is not None:
        raise UnknownBasis(basis=basis)
    id, _, clause = basis.partition(":")
    instrument = instruments()[id]
    if not clause:
        return _named(instrument, lang)
    whole = instrument.cited.get(lang) or _named(instrument, lang)
    annex = _ANNEX.fullmatch(clause)
    if annex is not None:
        return _joined([f"{_WORDS[lang]['annex']} {_roman(int(annex['annex']))}"], whole, lang)
    return _joined(_parts(clause, lang), whole, lang)


def _parts(clause: str, lang: str) -> list[str]:
    """Point, clause and article in words, the smallest first."""
    read = _CLAUSE.fullmatch(clause)
    levels = read.groupdict() if read is not None else {}
    return [_worded(level, levels[level], lang) for level in ("point", "clause", "article") if levels.get(level)]


def _worded(level: str, value: str, lang: str) -> str:
    word = _WORDS[lang][level]
    if "-" in value:
        return f"{_WORDS[lang]['many'].format(word)} {value.replace('-', '–')}"
    return f"{word} {value}"


def _joined(parts: list[str], whole: str, lang: str) -> str:
    text = " ".join([*parts, whole]) if lang == "vi" else f"{', '.join(parts)} of {whole}"
    return text[0].upper() + text[1:]


def _named(instrument: Instrument, lang: str) -> str:
    return instrument.short if lang == "vi" else f"{_TYPES_EN[instrument.type]} {instrument.number}"


def _roman(number: int) -> str:
    tens, ones = divmod(number, 10)
    return "X" * tens + ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"][ones]

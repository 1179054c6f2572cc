"""Vietnamese alphabetical order, the same on every database: letters first, then tones, then capitals."""

from __future__ import annotations

import unicodedata

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_ORDER = {letter: index + 100 for index, letter in enumerate(_ALPHABET)}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền, hỏi, ngã, sắc, nặng

SortKey = tuple[tuple[tuple[int, str], ...], tuple[int, ...], str]


def sort_key(text: str) -> SortKey:
    """Key for `sorted`. Words count one by one, so that "Ba Đình" comes before "Bác Ái"."""
    letters: list[tuple[int, str]] = []
    tones: list[int] = []
    for character in unicodedata.normalize("NFC", text).casefold():
        base, tone = _split(character)
        letters.append((_ORDER.get(base, 0), "" if base in _ORDER else base))
        tones.append(tone)
    return tuple(letters), tuple(tones), text


def _split(character: str) -> tuple[str, int]:
    decomposed = unicodedata.normalize("NFD", character)
    tone = next((_TONES[mark] for mark in decomposed if mark in _TONES), 0)
    bare = "".join(mark for mark in decomposed if mark not in _TONES)
    return unicodedata.normalize("NFC", bare), tone

"""Text as people look for it, without regard to case and Vietnamese diacritics; numbers as they read them."""

from __future__ import annotations

import unicodedata
from typing import Final

LARGE: Final = 10_000
_MARKS: Final = {"vi": "."}
"""What stands between thousands, by language; elsewhere a comma."""


def search_key(text: str) -> str:
    """`text` in lower case without diacritics, spaces folded: `Đính chính` and `dinh chinh` meet."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.split())


def grouped(number: int, language: str) -> str:
    """A whole number as amounts are read: 250.000.000 in Vietnamese; what has four digits may be a year, and stays."""
    return str(number) if abs(number) < LARGE else f"{number:,}".replace(",", _MARKS.get(language, ","))

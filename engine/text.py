"""Text as people look for it: without regard to case and Vietnamese diacritics."""

from __future__ import annotations

import unicodedata


def search_key(text: str) -> str:
    """`text` in lower case without diacritics, spaces folded: `Đính chính` and `dinh chinh` meet."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.split())

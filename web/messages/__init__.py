"""Sentences for error codes: `vi.toml`, `en.toml` for the web's own, one pair in `parts/` for every other part."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from engine.text import grouped
from web.formatting import in_language

_HERE = Path(__file__).parent


class _Gaps(dict[str, Any]):
    """Parameters of a sentence; what was not given is shown as an ellipsis instead of failing before the person."""

    def __missing__(self, key: str) -> str:
        return "…"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All sentences of one language by code."""
    merged: dict[str, str] = {}
    for path in [_HERE / f"{language}.toml", *sorted((_HERE / "parts").glob(f"*.{language}.toml"))]:
        merged.update(tomllib.loads(path.read_text(encoding="utf-8")))
    return merged


def sentence(code: str, params: Mapping[str, Any], language: str = "vi") -> str:
    """The sentence for a code, filled with its data.

    A code without a sentence of its own uses its nearest ancestor's (`form.date.past` → `form.date` → `form`),
    in the end the general one, which names the code.
    """
    sentences = catalogue(language)
    name = code
    while name not in sentences and "." in name:
        name = name.rpartition(".")[0]
    pattern = sentences.get(name) or sentences["unknown"]
    return pattern.format_map(_Gaps({"code": code} | {key: _shown(value, language) for key, value in params.items()}))


def _shown(value: Any, language: str) -> Any:
    if isinstance(value, Mapping):
        return in_language(value, language)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(one) for one in value)
    return grouped(value, language) if type(value) is int else value

"""Every code of forms, expressions and decision tables has its sentence in both languages, with the same data."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [
    *(ROOT / "engine/forms").glob("*.py"),
    *(ROOT / "engine/expressions").glob("*.py"),
    ROOT / "engine/decisions.py",
    ROOT / "engine/commands/handed_in.py",
]


def sentences(language: str) -> dict[str, str]:
    return tomllib.loads((ROOT / f"web/messages/parts/rules.{language}.toml").read_text(encoding="utf-8"))


def codes() -> set[str]:
    """The codes as the sources write them."""
    found: set[str] = set()
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'"((?:form|decision|form_definition|decision_definition)\.[a-z_]+)"', text))
        found |= {f"expression.{kind}" for kind in re.findall(r'ExpressionError\("([a-z_]+)"', text)}
        family = {"loading.py": "form_definition", "decisions.py": "decision_definition"}.get(path.name)
        found |= {f"{family}.{kind}" for kind in re.findall(r'_find\("([a-z_]+)"', text) if family}
    return found - {"form.broken"}  # its sentence stands among the engine's


def test_the_sources_are_read() -> None:
    assert {"form.required", "expression.syntax", "decision.no_rule", "form_definition.name"} <= codes()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_code_has_a_sentence_and_every_sentence_a_code(language: str) -> None:
    assert set(sentences(language)) - {"expression"} == codes()


def test_both_languages_speak_of_the_same_data() -> None:
    def data(sentence: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    vietnamese, english = sentences("vi"), sentences("en")
    assert {code: data(text) for code, text in vietnamese.items()} == {
        code: data(text) for code, text in english.items()
    }

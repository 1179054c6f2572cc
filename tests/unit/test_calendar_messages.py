"""Every code of calendar, law, secrecy and scenarios has its sentence in both languages, with the same data."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from string import Formatter

import workflows

ROOT = Path(workflows.__file__).parent
PARTS = ROOT.parent / "web" / "messages" / "parts"
CODE = re.compile(r'"((?:calendar|deadline|law|secrecy|scenario)\.[a-z_]+)"')


def _sentences(language: str) -> dict[str, str]:
    return tomllib.loads((PARTS / f"calendar.{language}.toml").read_text(encoding="utf-8"))


def _codes() -> set[str]:
    folders = ("calendar", "law", "secrecy", "scenarios")
    files = (path for folder in folders for path in (ROOT / folder).glob("*.py"))
    return {code for path in files for code in CODE.findall(path.read_text(encoding="utf-8"))}


def _data(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_code_has_its_sentence() -> None:
    codes = _codes()
    assert len(codes) > 25
    assert codes <= set(_sentences("vi"))


def test_both_languages_say_the_same_things_with_the_same_data() -> None:
    vietnamese, english = _sentences("vi"), _sentences("en")
    assert set(vietnamese) == set(english)
    assert all(_data(vietnamese[code]) == _data(english[code]) for code in vietnamese)

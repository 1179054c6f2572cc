"""Every code that this part raises has a sentence in both languages, with the same data to fill it."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path

from engine.errors import PhoiHopError
from workflows.agencies import errors
from workflows.demo import store

PARTS = Path(__file__).parents[2] / "web" / "messages" / "parts"


def sentences(language: str) -> dict[str, str]:
    return tomllib.loads((PARTS / f"agencies.{language}.toml").read_text(encoding="utf-8"))


def raised_codes() -> set[str]:
    classes = [value for module in (errors, store) for value in vars(module).values() if isinstance(value, type)]
    own = {c.code for c in classes if issubclass(c, PhoiHopError) and c.__module__.startswith("workflows.")}
    folder = Path(errors.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    return own | set(re.findall(r'"(import\.[a-z0-9_]+)"', source))


def test_every_code_has_its_sentence_and_no_sentence_is_left_over() -> None:
    assert set(sentences("vi")) == raised_codes()
    assert set(sentences("en")) == raised_codes()


def test_both_languages_use_the_same_data() -> None:
    def names(sentence: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    vietnamese, english = sentences("vi"), sentences("en")
    assert {code: names(text) for code, text in vietnamese.items()} == {
        code: names(text) for code, text in english.items()
    }

"""Texts on the pages: every one has its English, every code its sentence, and moments are told the Vietnamese way."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask

from web import formatting, language
from web.messages import catalogue, sentence

WEB = Path(formatting.__file__).parent
NOW = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


@pytest.fixture(scope="module")
def english() -> Catalog:
    with (WEB / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="en")


def source_texts() -> set[str]:
    """Every text that pages and code mark for translation."""
    found = extract_from_dir(str(WEB), method_map=METHODS)
    return {text[0] if isinstance(text, tuple) else text for _file, _line, text, _comments, _context in found}


def test_every_text_has_an_english_translation(english: Catalog) -> None:
    missing = [text for text in source_texts() if not (message := english.get(text)) or not message.string]
    assert missing == []


def test_no_translation_has_lost_its_text(english: Catalog) -> None:
    texts = source_texts()
    ids = [message.id[0] if isinstance(message.id, tuple) else message.id for message in english if message.id]
    assert [text for text in ids if text not in texts] == []


def test_translations_keep_the_values_of_their_texts(english: Catalog) -> None:
    for message in english:
        if isinstance(message.id, str) and message.id:
            assert isinstance(message.string, str)
            assert set(re.findall(r"%\((\w+)\)", message.id)) == set(re.findall(r"%\((\w+)\)", message.string))


def test_the_english_catalogue_compiles(english: Catalog, tmp_path: Path) -> None:
    with (tmp_path / "messages.mo").open("wb") as file:
        write_mo(file, english)
    assert (tmp_path / "messages.mo").stat().st_size > 1000


def names(pattern: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(pattern) if name}


def test_every_code_has_a_sentence_in_both_languages_with_the_same_values() -> None:
    vietnamese, english = catalogue("vi"), catalogue("en")
    assert set(vietnamese) == set(english)
    different = [code for code in vietnamese if names(vietnamese[code]) != names(english[code])]
    assert different == []


def test_a_code_without_a_sentence_uses_that_of_its_ancestor_and_in_the_end_names_itself() -> None:
    assert sentence("sign_in.wrong.twice", {}) == sentence("sign_in.wrong", {})
    assert "never.heard.of" in sentence("never.heard.of", {})


def test_a_sentence_never_fails_for_want_of_a_value() -> None:
    assert "…" in sentence("sign_in.throttled", {})


def test_a_value_in_two_languages_is_shown_in_that_of_the_sentence() -> None:
    params = {"name": {"vi": "ảnh", "en": "photograph"}}
    assert "“ảnh”" in sentence("upload.empty", params, "vi")
    assert "“photograph”" in sentence("upload.empty", params, "en")


@pytest.mark.parametrize(
    ("due", "told"),
    [
        (NOW - timedelta(days=2, hours=3), "quá hạn 2 ngày"),
        (NOW - timedelta(seconds=5), "quá hạn 1 phút"),
        (NOW + timedelta(minutes=59), "còn 59 phút"),
        (NOW + timedelta(hours=5), "còn 5 giờ"),
        (NOW + timedelta(hours=47), "còn 47 giờ"),
        (NOW + timedelta(days=2), "còn 2 ngày"),
    ],
)
def test_deadlines_are_told_in_words(due: datetime, told: str) -> None:
    app = Flask("web")
    language.init_app(app)
    with app.test_request_context():
        assert formatting.remaining(due, NOW) == told


def test_moments_are_told_in_the_time_of_vietnam() -> None:
    assert formatting.moment(datetime(2025, 12, 31, 17, 5, tzinfo=UTC)) == "01/01/2026 00:05"
    assert formatting.day(datetime(2025, 12, 31, 17, 5, tzinfo=UTC)) == "01/01/2026"
    assert (formatting.day("2026-09-02"), formatting.day(None), formatting.moment("")) == ("02/09/2026", "", "")


def test_sizes_are_told_with_a_decimal_comma() -> None:
    assert [formatting.size(n) for n in (1, 2048, 20 * 1024 * 1024)] == ["1 KB", "2 KB", "20,0 MB"]


@pytest.mark.parametrize(("chosen", "told"), [("vi", "20.000"), ("en", "20,000")])
def test_whole_numbers_are_grouped_as_the_language_does(chosen: str, told: str) -> None:
    app = Flask("web")
    language.init_app(app)
    with app.test_request_context(headers={"Cookie": f"{language.COOKIE}={chosen}"}):
        assert formatting.count(20_000) == told
        assert formatting.count(500) == "500"


def test_every_error_of_the_program_has_a_sentence_of_its_own() -> None:
    pattern = re.compile(r'^    code(?:: ClassVar\[str\])? = "([^"]+)"', re.MULTILINE)
    root = WEB.parent
    sources = [path for part in ("engine", "workflows", "web") for path in (root / part).rglob("*.py")]
    codes = {code for path in sources for code in pattern.findall(path.read_text(encoding="utf-8"))}
    assert codes - set(catalogue("vi")) - {"expression"} == set()

"""The documentation is true: commands exist, settings are read, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from flask import Flask

from engine.procedures import drawing
from web import cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = re.compile(r"flask --app web ((?:[a-z][a-z-]* ?)+)")
LINK = re.compile(r"\]\(([^)#]+)\)")


@pytest.fixture(scope="module")
def commands() -> click.Group:
    app = Flask("docs")
    cli.init_app(app)
    return app.cli


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_in_the_docs_exists(page: Path, commands: click.Group) -> None:
    for words in COMMAND.findall(page.read_text()):
        found: click.Command | None = commands
        for word in words.split():
            if isinstance(found, click.Group):
                found = found.commands.get(word)
                assert found is not None, f"{page.name}: flask --app web {words}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_in_the_docs_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_docs_leads_to_a_file(page: Path) -> None:
    inside = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_every_documented_setting_is_read_and_every_setting_is_documented() -> None:
    table = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    sources = "".join((ROOT / "web" / name).read_text() for name in ("config.py", "gunicorn_conf.py"))
    read = set(re.findall(r'(?:source\.get|environ\.get)\("([A-Z_]+)"', sources))
    assert set(table) == read


def test_the_drawings_in_the_docs_are_those_of_the_procedures() -> None:
    """Draw them again with `flask --app web procedures draw` after a change of a diagram."""
    for drawing_file in (ROOT / "docs" / "images").glob("*.svg"):
        diagram = ROOT / "bpmn" / drawing_file.stem / "process.bpmn"
        assert drawing_file.read_text(encoding="utf-8") == drawing.svg(diagram.read_bytes())


def test_each_decision_has_a_number_of_its_own_that_its_title_repeats() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    titles = [page.read_text(encoding="utf-8").splitlines()[0] for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    assert [title for number, title in zip(numbers, titles, strict=True) if not title.startswith(f"# {number}. ")] == []

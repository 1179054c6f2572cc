"""The diagram editor's own files: what it writes, what it says, how heavy it is."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine.procedures.checks.profile import EXTENSIONS
from scripts.setup import find_node

ROOT = Path(__file__).parents[2]
DIAGRAMS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("bpmn/**/*.bpmn"))
LIBRARIES = ("bpmn-js/lib", "diagram-js/lib", "diagram-js-direct-editing/lib", "diagram-js-minimap/dist/index.esm.js")
HEAVIEST = 500 * 1024
SAID = re.compile(r"""translate\(\s*(['"])(.+?)\1\s*[,)]""")
LABEL = re.compile(r"""(?:label|_ERR_MSG)\s*[:=]\s*'([^']+)'""")
ALIGNED = ("left", "center", "right", "top", "middle", "bottom")
# Written out though it is what BPMN assumes anyway.
ASSUMED = {("cancelActivity", "true"), ("isSequential", "false"), ("testBefore", "false")}


@pytest.fixture(scope="module")
def saved() -> dict[str, str]:
    """Every shipped diagram, opened and saved by the editor's reader and writer."""
    command = ["node", "tests/support/reopen.mjs", *DIAGRAMS]
    answer = subprocess.run(command, cwd=ROOT, env=find_node(), capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    found: dict[str, str] = json.loads(answer.stdout)
    return found


@pytest.mark.parametrize("path", DIAGRAMS)
def test_a_diagram_opened_and_saved_says_the_same(path: str, saved: dict[str, str]) -> None:
    assert meaning(saved[path].encode()) == meaning((ROOT / path).read_bytes())


def test_every_extension_of_the_profile_is_known_to_the_editor() -> None:
    source = (ROOT / "web/assets/studio/moddle.js").read_text(encoding="utf-8")
    declared = {
        name.lower(): set(re.findall(r'"(\w+)"', names))
        for name, names in re.findall(r'type\("(\w+)", \[([^\]]*)\]', source)
    }
    assert declared == {name: set(names) for name, names in EXTENSIONS.items()}


def test_everything_that_the_drawing_tool_says_is_said_in_vietnamese() -> None:
    used = set(_sentences())
    translated = set(re.findall(r'^  "((?:[^"\\]|\\.)+)":', _ours("vietnamese.js"), re.M))
    assert used - translated == set(), "untranslated"
    assert translated - used == set(), "no longer said"


def test_every_text_of_the_editor_is_sent_to_it_and_none_in_vain() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "web/assets/studio").glob("*.js"))
    sources += (ROOT / "web/assets/studio.js").read_text(encoding="utf-8")
    sent = set(re.findall(r'^        "([^"]+)": _\(', (ROOT / "web/studio/texts.py").read_text(encoding="utf-8"), re.M))
    plain = set(re.findall(r'text\("([^"]+)"', sources)) | _chosen(sources)
    written = re.findall(r"text\(`([^`]+)`", sources)
    built = [re.sub(r"\\\$\\\{\w+\\\}", r"[^\\s]+( \\w+)?", re.escape(one)) for one in written]
    assert plain - sent == set()
    assert [key for key in sent - plain if not any(re.fullmatch(one, key) for one in built)] == []


@pytest.mark.parametrize("name", ["app.js", "studio.js"])
def test_no_page_loads_more_script_than_agreed(name: str) -> None:
    dist = ROOT / "web/static/dist"
    file = dist / json.loads((dist / "manifest.json").read_text(encoding="utf-8"))[name]
    everywhere = dist / json.loads((dist / "manifest.json").read_text(encoding="utf-8"))["app.js"]
    weight = sum(len(gzip.compress(one.read_bytes())) for one in {file, everywhere})
    assert weight < HEAVIEST


def meaning(content: bytes) -> Any:
    """What a file says: elements in their order, attributes that are not assumed anyway, texts; no comments."""
    return _node(etree.fromstring(content, etree.XMLParser(remove_comments=True)))


def _node(node: Any) -> Any:
    said = sorted((str(key), str(value)) for key, value in node.items() if (key, value) not in ASSUMED)
    return node.tag, said, (node.text or "").strip(), [_node(child) for child in node]


def _sentences() -> Iterator[str]:
    """What bpmn-js and its parts give to their `translate`."""
    for library in LIBRARIES:
        folder = ROOT / "node_modules" / library
        for file in [folder] if folder.is_file() else sorted(folder.rglob("*.js")):
            source = re.sub(r"(?m)^\s*(\*|//).*$", "", file.read_text(encoding="utf-8"))
            yield from (found for _quote, found in SAID.findall(source) if "+" not in found)
            if file.name in ("PopupEntries.js", "ReplaceOptions.js", "ModelingFeedback.js"):
                yield from LABEL.findall(source)
            if "'Align elements ' + alignment" in source:
                yield from (f"Align elements {side}" for side in ALIGNED)


def _chosen(sources: str) -> set[str]:
    """Keys that stand in a choice: `text(a ? "x" : "y")`."""
    pairs = re.findall(r'text\([\w.]+(?: === "\w+")? \? "(\w+)" : "(\w+)"', sources)
    return {key for pair in pairs for key in pair}


def _ours(name: str) -> str:
    return (ROOT / "web/assets/studio" / name).read_text(encoding="utf-8")

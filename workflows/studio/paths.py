"""Where files of a procedure may lie, and how large they may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import yaml

from engine.errors import DefinitionError, Finding
from engine.procedures.bundle import DEADLINES, DESCRIPTION, DIAGRAM, SAFE_LOADER
from engine.procedures.checks.examination import MAX_FILES, MAX_TOTAL
from engine.procedures.checks.folder import ALIAS, MAXIMUM_YAML
from engine.procedures.xml import MAX_BYTES
from engine.procedures.xml import parse as parse_xml
from workflows.studio.errors import BadPath, TooLarge

SCENARIOS: Final = "scenarios/"
MAXIMUM_NODES: Final = 50_000
_NAME: Final = r"[a-z0-9][a-z0-9_-]{0,79}"
_ALLOWED: Final = re.compile(
    rf"{re.escape(DESCRIPTION)}|{re.escape(DIAGRAM)}|{re.escape(DEADLINES)}"
    rf"|{_NAME}\.dmn|tables/{_NAME}\.dmn|forms/{_NAME}\.json|notices/{_NAME}\.yaml|scenarios/{_NAME}\.yaml"
)


def check_path(path: str) -> str:
    """The path, where a file of a procedure may lie there.

    Raises:
        BadPath: it may not.
    """
    if not _ALLOWED.fullmatch(path):
        raise BadPath(path=path[:200])
    return path


def check_content(path: str, content: bytes) -> None:
    """Refuse what nobody may keep: too large, no text, XML with a document type, YAML that refers to itself.

    Raises:
        DefinitionError: with the finding.
    """
    if len(content) > MAX_BYTES:
        params = {"size": len(content), "limit": MAX_BYTES}
        raise DefinitionError([Finding("xml.too_large", path, params=params)])
    suffix = PurePosixPath(path).suffix
    if suffix in (".bpmn", ".dmn"):
        parse_xml(content, path)
    elif not _is_text(content):
        raise DefinitionError([Finding("studio.no_text", path)])
    elif suffix == ".yaml" and (len(content) > MAXIMUM_YAML or _refers_to_itself(path, content)):
        raise DefinitionError([Finding("file.yaml_refused", path, params={"limit": MAXIMUM_YAML})])


def check_size(files: Mapping[str, bytes]) -> None:
    """Refuse more than a procedure may hold.

    Raises:
        TooLarge: too many files or bytes.
    """
    total = sum(map(len, files.values()))
    if len(files) > MAX_FILES or total > MAX_TOTAL:
        raise TooLarge(files=len(files), size=total)


def of_version(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those files of a draft that make its version."""
    return {path: content for path, content in files.items() if not path.startswith(SCENARIOS)}


def scenarios(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those files of a draft that try it."""
    return {path: content for path, content in files.items() if path.startswith(SCENARIOS)}


def _refers_to_itself(path: str, content: bytes) -> bool:
    """Whether a YAML file uses aliases. Scenarios may, to say the same form twice, as long as they stay small."""
    if not ALIAS.search(content):
        return False
    if not path.startswith(SCENARIOS):
        return True
    try:
        return _expanded(yaml.compose(content, Loader=SAFE_LOADER), {}) > MAXIMUM_NODES
    except RecursionError:  # deeper than anybody writes, or a circle
        return True
    except yaml.YAMLError:  # the findings tell the line
        return False


def _expanded(node: Any, known: dict[int, int]) -> int:
    """How many nodes there are once each alias stands for what it refers to."""
    if id(node) not in known:
        pairs = node.value if isinstance(node, yaml.CollectionNode) else []
        children = [part for pair in pairs for part in (pair if isinstance(pair, tuple) else (pair,))]
        known[id(node)] = 1 + sum(_expanded(child, known) for child in children)
    return known[id(node)]


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False

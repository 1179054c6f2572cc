"""A procedure folder, read: its description, diagram, forms, tables and deadlines, as immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from engine.decisions import DecisionTable, load_table
from engine.errors import DefinitionError, Finding
from engine.forms import Form, load_form
from engine.procedures.model import Process, read_process
from engine.procedures.xml import parse as parse_xml

DESCRIPTION, DIAGRAM, DEADLINES = "procedure.yaml", "process.bpmn", "deadlines.yaml"
TEXT_SUFFIXES = frozenset({".yaml", ".json", ".bpmn", ".dmn"})
PROCEDURE, SHARED = "procedure", "shared"
# The compiled reader is ten times faster; wheels have it, a build without libyaml does not.
SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Outcome:
    """One way in which a case can end.

    Args:
        code: stable code.
        title: what people read, by language.
        result: "required" where the coordinating agencies must hold the written result, "parent" where they hold it
            from the case that started this one, "none" with a reason.
        reason: why no result is due.
    """

    code: str
    title: Mapping[str, str]
    result: str
    reason: Mapping[str, str]


@dataclass(frozen=True)
class Choice:
    """Another regime that the law lets be chosen for a case.

    Args:
        id: stable id.
        title: what people read, by language.
        law_on: ISO day; the case then goes by the law of a case received on that day.
        duty: who of the leading agency may choose it: head or specialist (a head may what a specialist may).
        when: condition over the case for the choice to be open.
        basis: `<instrument>:<clause>` that allows it.
        confidence: how sure that is: V, V2, R or U.
        note: a remark, by language.
    """

    id: str
    title: Mapping[str, str]
    law_on: str
    duty: str
    when: str
    basis: str
    confidence: str
    note: Mapping[str, str]


@dataclass(frozen=True)
class Bundle:
    """The files of one procedure and what they say. Everything is read when first asked for."""

    files: Mapping[str, bytes]

    @cached_property
    def description(self) -> Mapping[str, Any]:
        """`procedure.yaml`."""
        return read_yaml(self.files, DESCRIPTION)

    @property
    def id(self) -> str:
        """Id of the procedure."""
        return str(self.description["id"])

    @property
    def kind(self) -> str:
        """`procedure`, or `shared` for one that is only called."""
        return str(self.description["kind"])

    @property
    def title(self) -> dict[str, str]:
        """What people read, by language."""
        return dict(self.description["title"])

    @property
    def uses(self) -> list[str]:
        """Ids of the shared procedures that it calls."""
        return list(self.description.get("uses") or [])

    @cached_property
    def diagram(self) -> etree._Element:
        """The parsed BPMN file."""
        root: etree._Element = parse_xml(self._content(DIAGRAM), DIAGRAM)
        return root

    @cached_property
    def process(self) -> Process:
        """What the diagram says."""
        return read_process(self.diagram, DIAGRAM)

    @cached_property
    def deadlines(self) -> Mapping[str, Mapping[str, Any]]:
        """Deadline rules by id, each with its `id`."""
        if DEADLINES not in self.files:
            return {}
        return {key: {**rule, "id": key} for key, rule in read_yaml(self.files, DEADLINES).items()}

    @cached_property
    def forms(self) -> Mapping[str, Form]:
        """Forms by id."""
        paths = [p for p in self.files if p.startswith("forms/") and p.endswith(".json")]
        return {form.id: form for form in (load_form(self.files[p], p) for p in sorted(paths))}

    @cached_property
    def tables(self) -> Mapping[str, DecisionTable]:
        """Decision tables by path."""
        return {path: load_table(self.files[path], path) for path in sorted(self.files) if path.endswith(".dmn")}

    @cached_property
    def outcomes(self) -> Mapping[str, Outcome]:
        """Outcomes by code."""
        declared: Mapping[str, Mapping[str, Any]] = self.description.get("outcomes") or {}
        return {code: _outcome(code, value) for code, value in declared.items()}

    @cached_property
    def choices(self) -> Mapping[str, Choice]:
        """Regimes that may be chosen, by id."""
        return {str(one["id"]): _choice(one) for one in self.description.get("choices") or []}

    def _content(self, path: str) -> bytes:
        if path not in self.files:
            raise DefinitionError([Finding("procedure.file_missing", path)])
        return self.files[path]


def read_folder(folder: Path) -> Bundle:
    """Read the files of a procedure folder; scenarios are tests and do not belong to a version.

    Raises:
        DefinitionError: a required file is missing or cannot be read.
    """
    return check_required(Bundle(read_files(folder)))


def read_files(folder: Path) -> dict[str, bytes]:
    """The contents of the files that make a version, by path; nothing is looked into."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in TEXT_SUFFIXES and "scenarios" not in path.relative_to(folder).parts
    }


def check_required(bundle: Bundle) -> Bundle:
    """The bundle, once its description says what it must.

    Raises:
        DefinitionError: with one finding for each missing key.
    """
    wanted = {"id", "kind", "title"} | (
        {"code", "lead", "outcomes"} if bundle.description.get("kind") == PROCEDURE else set()
    )
    missing = sorted(wanted - set(bundle.description))
    if missing:
        raise DefinitionError([Finding("procedure.key_missing", DESCRIPTION, params={"key": key}) for key in missing])
    _ = bundle.process
    return bundle


def read_yaml(files: Mapping[str, bytes], path: str) -> Mapping[str, Any]:
    """A YAML file that holds a mapping.

    Raises:
        DefinitionError: missing, unreadable, or no mapping.
    """
    if path not in files:
        raise DefinitionError([Finding("procedure.file_missing", path)])
    try:
        value = yaml.load(files[path], Loader=SAFE_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # unreadable; no text, an impossible date; too deep
        raise DefinitionError([Finding("procedure.yaml_unreadable", path, params={"why": str(error)[:300]})]) from error
    if not isinstance(value, dict):
        raise DefinitionError([Finding("procedure.yaml_no_mapping", path)])
    return value


def _choice(entry: Mapping[str, Any]) -> Choice:
    return Choice(
        id=str(entry["id"]),
        title=entry["title"],
        law_on=str(entry["law_on"]),
        duty=str(entry.get("duty", "head")),
        when=str(entry.get("when", "True")),
        basis=str(entry["basis"]),
        confidence=str(entry["confidence"]),
        note=entry.get("note") or {},
    )


def _outcome(code: str, value: Mapping[str, Any]) -> Outcome:
    title = {lang: str(value[lang]) for lang in ("vi", "en") if lang in value}
    reason = value.get("reason") or {}
    return Outcome(
        code, title, str(value.get("result", "required")), reason if isinstance(reason, dict) else {"vi": str(reason)}
    )

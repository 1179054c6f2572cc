"""Checks at the door: everything that is wrong with the files of a procedure, told as findings, never as a traceback.

In layers: is it a safe and true BPMN 2.0 file (`file`); does it keep to the profile (`profile`); is the graph sound
(`structure`); does what elements name exist and what expressions read (`meaning`, `variables`). A layer that cannot
stand on the one before is left out. `check` reads in this process; files from outside are given to
`engine.procedures.checks.examination`, which reads them in a process with limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import DefinitionError, Finding
from engine.procedures.bundle import DIAGRAM
from engine.procedures.checks import file
from engine.procedures.checks.findings import Findings
from engine.procedures.checks.folder import Folder
from engine.procedures.checks.graph import Graph
from engine.procedures.checks.meaning import Meaning, top_end_without_outcome
from engine.procedures.checks.profile import check_profile
from engine.procedures.checks.structure import check_structure
from engine.procedures.checks.surroundings import Surroundings
from engine.procedures.model import Process, read_process
from engine.spiff.parser import parse

__all__ = ["Surroundings", "check"]


def check(files: Mapping[str, bytes], known: Surroundings | None = None) -> list[Finding]:
    """Everything that is wrong with a procedure.

    Args:
        files: contents by path: a procedure's folder (with `procedure.yaml`), or a lone BPMN file.
        known: services and shared procedures that may be named; where None these are not looked up.
    """
    known = known or Surroundings()
    folder = Folder(files)
    findings = [finding for of_file in folder.findings for finding in of_file.all]
    diagrams = [DIAGRAM] if folder.complete else sorted(path for path in files if path.endswith(".bpmn"))
    for path in diagrams:
        findings += _check_diagram(path, folder, known)
    return findings


def _check_diagram(path: str, folder: Folder, known: Surroundings) -> list[Finding]:
    findings = Findings(path)
    if path not in folder.files:
        findings.add("procedure.file_missing")
        return findings.all
    root = file.read(folder.files[path], findings)
    if root is not None and check_profile(root, findings):
        process = read_process(root, path)
        _check_process(process, folder, known, findings)
        if not findings:
            _check_runnable(path, root, process, findings)
    return findings.all


def _check_process(process: Process, folder: Folder, known: Surroundings, findings: Findings) -> None:
    graph = Graph(process, known.call_waits)
    if not check_structure(graph, findings):
        return
    _check_calls(process, known, findings)
    Meaning(graph, folder, known, findings).check()
    top_end_without_outcome(graph, folder, findings)


def _check_calls(process: Process, known: Surroundings, findings: Findings) -> None:
    """No process calls itself, directly or by way of others."""
    for element in process.elements.values():
        reached, stack = set[str](), [element.called] if element.called else []
        while stack:
            called = stack.pop()
            if called in reached:
                continue
            reached.add(called)
            part = known.parts.get(called)
            stack.extend(part.calls if part else ())
        if process.id in reached:
            findings.at("structure.call_circle", element, process=element.called)


def _check_runnable(path: str, root: Any, process: Process, findings: Findings) -> None:
    """The last word has what will run it."""
    try:
        parse(process.id, [(path, root, process)])
    except DefinitionError as error:
        findings.extend(error.findings)

"""Examining procedures from the command line: a file, a folder or a tree, with each finding in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from engine.errors import Finding
from engine.procedures.bundle import DESCRIPTION, DIAGRAM, Bundle, read_files
from engine.procedures.checks.examination import Examiner
from engine.procedures.checks.surroundings import Surroundings
from engine.procedures.versions import folders
from engine.procedures.xml import MAX_BYTES
from web.messages import sentence
from web.wiring import PROCEDURES
from workflows import publication as regulation
from workflows.law.clauses import Ended
from workflows.law.uses import outdated

Files = Mapping[str, bytes]


def check_path(path: Path, services: frozenset[str]) -> Iterator[Finding]:
    """Everything that is wrong with a BPMN file, a procedure folder, or all procedures and BPMN files below a folder.

    Lone BPMN files are examined for what the engine asks, procedure folders also for what the regulation asks.
    """
    if path.name == DIAGRAM and (path.parent / DESCRIPTION).exists():
        path = path.parent  # the diagram of a procedure is examined with what belongs to it
    known = Surroundings(services, _shared(path))
    with Examiner() as examiner:
        for folder in folders(path) if path.is_dir() else []:
            files = read_files(folder)
            found = examiner.examine(files, known)
            yield from _within(folder, found or regulation.check(Bundle(files)))
        for file in _lone_files(path):
            yield from _within(file.parent, examiner.examine({file.name: _content(file)}, known))


def warnings(path: Path, on: date, ended: Sequence[Ended]) -> Iterator[Finding]:
    """What deserves a look and blocks nothing: bases that are no longer in force for new cases.

    Args:
        ended: the ends of clauses that process owners have recorded.
    """
    if path.name == DIAGRAM:
        path = path.parent
    for folder in folders(path) if path.is_dir() else []:
        yield from _within(folder, outdated(Bundle(read_files(folder)), on, ended))


def _content(file: Path) -> bytes:
    """What the file holds; of one that is too large only so much that this is seen."""
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def described(finding: Finding) -> dict[str, Any]:
    """A finding with its sentences, for JSON."""
    return {
        "file": finding.file,
        "element": finding.element,
        "name": finding.name,
        "code": finding.code,
        "params": dict(finding.params),
        "vi": sentence(finding.code, finding.params, "vi"),
        "en": sentence(finding.code, finding.params, "en"),
    }


def told_finding(finding: Finding) -> str:
    """A finding on two lines, one in each language."""
    name = f" “{finding.name}”" if finding.name else ""
    where = finding.file + (f" · {finding.element}{name}" if finding.element else "")
    said = described(finding)
    return f"{where} [{finding.code}]\n    {said['vi']}\n    {said['en']}"


def _within(folder: Path, findings: list[Finding]) -> Iterator[Finding]:
    for finding in findings:
        yield replace(finding, file=str(folder / finding.file))


def _lone_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [file for file in sorted(path.rglob("*.bpmn")) if not (file.parent / DESCRIPTION).exists()]


def _shared(path: Path) -> dict[str, Files]:
    """The procedures that may be called: those that ship, and over them those beside and below the given path."""
    beside = path if path.is_dir() else path.parent
    found = {folder.name: folder for root in (PROCEDURES, beside.parent, beside) for folder in _folders_near(root)}
    return {name: read_files(folder) for name, folder in found.items()}


def _folders_near(root: Path) -> list[Path]:
    """Procedure folders at most two levels below a folder."""
    return sorted(file.parent for depth in ("", "*/", "*/*/") for file in root.glob(f"{depth}{DESCRIPTION}"))

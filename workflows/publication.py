"""What must hold of a procedure before it may be published: the engine's checks, and what the regulation asks."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Final, Self

from engine import canonical
from engine.errors import Finding
from engine.procedures.bundle import DEADLINES, DESCRIPTION, DIAGRAM, PROCEDURE, Bundle
from engine.procedures.checks.examination import Examiner
from engine.procedures.checks.graph import Graph
from engine.procedures.checks.surroundings import Surroundings
from engine.procedures.model import Element
from workflows.calendar.rules import check_rules
from workflows.documents.templates import check_template
from workflows.law import CONFIDENCES, Force, check_basis, force_of
from workflows.law.choices import check_choices

SOURCES: Final = frozenset({"QC", "PL", "TK"})
WRITTEN_RESULT: Final = "written_result"
"""The shared process that sends the written result of Article 5.2."""
PARENT: Final = "parent"
"""How an outcome says that the case which started this one tells the result."""
INITIATOR: Final = "case.initiator_agency"
LEAD: Final = "case.lead_agency"
COORDINATING, INITIATING, LEADING = "coordinating", "initiating", "leading"

_REMEMBERED: Final = 500
_examined: dict[str, list[Finding]] = {}
"""Findings of the files examined last in this process, by digest: the same files have the same findings."""


class PublicationChecks:
    """Examines bundles in a process of its own, then by the regulation; a context manager. Threads take turns.

    Args:
        services: names of the services that diagrams may call.
    """

    def __init__(self, services: frozenset[str]) -> None:
        self._services, self._examiner, self._lock = services, Examiner(), threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._examiner.close()

    def __call__(self, bundle: Bundle, shared: Mapping[str, Bundle]) -> list[Finding]:
        """All findings of a bundle that calls the shared procedures given by id."""
        files = {id_: part.files for id_, part in shared.items()}
        return self._examine(bundle.files, files) or check(bundle)

    def arrange(self, diagram: bytes) -> bytes:
        """A BPMN file, laid out anew.

        Raises:
            DefinitionError: it cannot be.
        """
        with self._lock:
            return self._examiner.arrange(diagram)

    def _examine(self, files: Mapping[str, bytes], shared: Mapping[str, Mapping[str, bytes]]) -> list[Finding]:
        key = _digest(files, shared, self._services)
        with self._lock:
            if key not in _examined:
                found = self._examiner.examine(files, Surroundings(self._services, shared))
                if len(_examined) >= _REMEMBERED:
                    _examined.clear()
                _examined[key] = found
            return _examined[key]


def _digest(files: Mapping[str, bytes], shared: Mapping[str, Mapping[str, bytes]], services: frozenset[str]) -> str:
    def addresses(of: Mapping[str, bytes]) -> dict[str, str]:
        return {path: hashlib.sha256(content).hexdigest() for path, content in of.items()}

    asked = [addresses(files), {id_: addresses(part) for id_, part in shared.items()}, sorted(services)]
    return canonical.digest(canonical.dumps(asked))


def check(bundle: Bundle) -> list[Finding]:
    """Deadlines and notices that cannot be used, elements without a known legal basis, ends without the result.

    Raises:
        DefinitionError: the files cannot be read.
    """
    findings = list(check_rules(bundle.deadlines)) if DEADLINES in bundle.files else []
    for path, content in sorted(bundle.files.items()):
        if path.startswith("notices/"):
            findings += check_template(path, content)
    for element in bundle.process.elements.values():
        findings += _legal(element)
    findings += _forms(bundle)
    if bundle.kind == PROCEDURE:
        findings += check_choices(bundle.description)
        findings += _results(bundle)
    return findings


def _legal(element: Element) -> Iterator[Finding]:
    """Every element says why it exists: the regulation, national law, or a design choice with its reason."""
    if not element.legal:
        yield _finding("legal.missing", element)
    for legal in element.legal:
        if legal.source not in SOURCES:
            yield _finding("legal.source_unknown", element, source=legal.source)
        elif legal.source == "TK" and not legal.note:
            yield _finding("legal.reason_missing", element)
        elif legal.basis and (problem := check_basis(legal.basis)) is not None:
            yield _finding(problem.code, element, **problem.params)
        elif not legal.basis and legal.source != "TK":
            yield _finding("legal.basis_missing", element, source=legal.source)


def _forms(bundle: Bundle) -> Iterator[Finding]:
    """A field that only the law of some days asks for rests on clauses that were law on all of them."""
    fields = [(id_, field, field.law) for id_, form in bundle.forms.items() for field in form.fields if field.law]
    for form, field, law in fields:
        cited = field.basis and all(check_basis(basis) is None for basis in field.basis)
        if not cited or law.confidence not in CONFIDENCES:
            yield Finding("legal.form_law_bad", f"forms/{form}.json", field.name)
        elif not all(force_of(basis).includes(Force(law.since, law.until)) for basis in field.basis):
            yield Finding("legal.form_law_not_in_force", f"forms/{form}.json", field.name)


def _results(bundle: Bundle) -> Iterator[Finding]:
    """Article 5.2: whoever coordinated gets the result in writing, on every way on which another agency took part."""
    graph = Graph(bundle.process)
    lead = str(bundle.description["lead"])
    taking_part = [e for e in bundle.process.elements.values() if part_in(e, lead) == COORDINATING]
    unsent = {e.id: graph.closure(graph.successors[e.id], _sends_result) for e in taking_part}
    for end in bundle.process.elements.values():
        outcome = bundle.outcomes.get(end.outcome or "")
        if end.kind != "endEvent" or not end.outcome:
            continue
        if outcome is not None and outcome.result != "required" and not outcome.reason:
            yield Finding("legal.result_reason_missing", DESCRIPTION, params={"outcome": outcome.code})
        if outcome is not None and outcome.result == PARENT:
            continue
        first = next((e for e in taking_part if end.id in unsent[e.id]), None)
        if first is not None:
            yield _finding("legal.result_missing", end, **{"from": first.name or first.id, "process": WRITTEN_RESULT})


def part_in(element: Element, lead: str) -> str:
    """How the agency that works at an element stands to the written result of Article 5.2.

    Args:
        lead: the role that leads the procedure.

    Returns:
        COORDINATING: it must get the result; INITIATING: it began the case and knows what it began; LEADING: it sends
        the result; empty where nobody works.
    """
    works = element.asked_form is not None or (element.kind == "callActivity" and not _sends_result(element))
    lane = element.lane
    if not works or lane is None:
        return ""
    own = element.incoming.agency if element.incoming else element.agency
    performer = (own or lane.agency or "").strip()
    if performer == INITIATOR:
        return INITIATING
    return LEADING if performer == LEAD or (lane.role == lead and not own) else COORDINATING


def _sends_result(element: Element) -> bool:
    return element.kind == "callActivity" and element.called == WRITTEN_RESULT


def _finding(code: str, element: Element, **params: str) -> Finding:
    return Finding(code, DIAGRAM, element.id, element.name, params)

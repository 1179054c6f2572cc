"""How much of the procedures the scenarios have really run: elements passed and sequence flows taken.

What cannot run is excused by id, with a reason, in `scenarios/coverage.yaml` of its procedure or shared part; an
excuse for something that did run, or does not exist, is itself a defect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from engine.errors import DefinitionError, Finding
from engine.procedures.bundle import Bundle
from engine.procedures.model import Flow, Process
from workflows.scenarios.format import COVERAGE_FILE


@dataclass
class Passages:
    """What ran, over any number of cases; given to the engine as `Ports.observe`."""

    elements: set[tuple[str, str]] = field(default_factory=set)
    flows: set[tuple[str, str, str]] = field(default_factory=set)

    def __call__(self, process_id: str, element_id: str, to: str | None) -> None:
        """Note an element that was passed (`to` is None), or the way from one to the next."""
        if to is None:
            self.elements.add((process_id, element_id))
        else:
            self.flows.add((process_id, element_id, to))


@dataclass(frozen=True)
class Missed:
    """An element or flow that never ran."""

    id: str
    name: str


@dataclass(frozen=True)
class Coverage:
    """What ran of one procedure or shared part. `needless`: ids excused although they ran or do not exist."""

    id: str
    elements: int
    elements_passed: int
    flows: int
    flows_taken: int
    missed: tuple[Missed, ...]
    excused: Mapping[str, str]
    needless: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether everything ran that is not excused, and nothing is excused without need."""
        return not self.missed and not self.needless


def measure(bundles: Iterable[tuple[Bundle, Mapping[str, str]]], passages: Passages) -> list[Coverage]:
    """The coverage of each bundle, with its excuses by id."""
    return [_coverage(bundle, excuses, passages) for bundle, excuses in bundles]


def read_excuses(folder: Path) -> dict[str, str]:
    """The excuses of a procedure folder: reason (in Vietnamese) by id of the element or flow.

    Raises:
        DefinitionError: an entry without id or reason.
    """
    path = folder / "scenarios" / COVERAGE_FILE
    return excuses(path.read_bytes()) if path.exists() else {}


def excuses(content: bytes) -> dict[str, str]:
    """What such a file excuses. Raises as `read_excuses`."""
    try:
        entries = yaml.safe_load(content.decode("utf-8")) or []
        return {str(entry["id"]): str(entry["reason"]["vi"]) for entry in entries}
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, KeyError) as error:
        raise DefinitionError(
            [Finding("scenario.bad_excuses", COVERAGE_FILE, params={"file": COVERAGE_FILE})]
        ) from error


def _coverage(bundle: Bundle, excuses: Mapping[str, str], passages: Passages) -> Coverage:
    process = bundle.process
    elements, flows = list(process.elements.values()), wanted_flows(process)
    passed = {e.id for e in elements if (process.id, e.id) in passages.elements}
    taken = {f.id for f in flows if (process.id, f.source, f.target) in passages.flows}
    everything = {e.id: e.name or e.kind for e in elements} | {f.id: flow_name(process, f) for f in flows}
    missed = [Missed(id_, name) for id_, name in everything.items() if id_ not in passed | taken | excuses.keys()]
    needless = tuple(id_ for id_ in excuses if id_ not in everything or id_ in passed | taken)
    return Coverage(
        bundle.id, len(elements), len(passed), len(flows), len(taken), tuple(missed), dict(excuses), needless
    )


def wanted_flows(process: Process) -> Sequence[Flow]:
    """The flows between elements of the process."""
    return [flow for flow in process.flows if flow.source in process.elements and flow.target in process.elements]


def flow_name(process: Process, flow: Flow) -> str:
    """A flow in words: from where to where, after its own name."""
    ends: list[Any] = [process.elements[flow.source], process.elements[flow.target]]
    way = " → ".join(end.name or end.id for end in ends)
    return f"{flow.name}: {way}" if flow.name else way

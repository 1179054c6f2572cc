"""What the scenarios of a draft have passed, painted on its diagram and told in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from engine.errors import DefinitionError
from engine.procedures import drawing
from engine.procedures.bundle import DIAGRAM, Bundle
from engine.procedures.model import Process
from web.language import _
from workflows.scenarios.coverage import excuses, flow_name, wanted_flows
from workflows.scenarios.format import COVERAGE_FILE
from workflows.studio import paths

Title = Mapping[str, str]
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Passing:
    """An element or a flow, with the scenarios that passed it and why none need to."""

    id: str
    name: str
    flow: bool
    scenarios: tuple[Title, ...]
    excuse: str

    @property
    def missed(self) -> bool:
        """Whether no scenario passed it and none is excused from it."""
        return not self.scenarios and not self.excuse


@dataclass(frozen=True)
class Covered:
    """All of it, what is missed first; the diagram is None where it cannot be drawn."""

    rows: list[Passing]
    diagram: Markup | None

    def count(self, *, flow: bool) -> tuple[int, int]:
        """How many elements, or flows, were passed, and how many there are."""
        of_kind = [row for row in self.rows if row.flow == flow]
        return sum(bool(row.scenarios) for row in of_kind), len(of_kind)


def covered(content: Files, results: Mapping[str, Any]) -> Covered | None:
    """What ran of the draft; None where its diagram cannot be read, or the run is older than such notes.

    Args:
        results: of the last run, one entry for each scenario.
    """
    noted = [one for one in results.values() if "passed" in one]
    try:
        process = Bundle(paths.of_version(content)).process
    except DefinitionError:
        return None
    if not noted:
        return None
    rows = sorted(_rows(process, noted, _excused(content)), key=lambda row: not row.missed)
    return Covered(rows, _painted(content, rows))


def _rows(process: Process, results: Sequence[Mapping[str, Any]], excused: Mapping[str, str]) -> list[Passing]:
    def through(key: str, place: str) -> tuple[Title, ...]:
        return tuple(one["title"] for one in results if place in (one.get(key) or ()))

    elements = [
        Passing(id_, one.name or id_, False, through("passed", f"{process.id}/{id_}"), excused.get(id_, ""))
        for id_, one in process.elements.items()
    ]
    flows = [
        Passing(
            one.id,
            flow_name(process, one),
            True,
            through("taken", f"{process.id}/{one.source}/{one.target}"),
            excused.get(one.id, ""),
        )
        for one in wanted_flows(process)
    ]
    return [*elements, *flows]


def _excused(content: Files) -> Mapping[str, str]:
    file = content.get(f"{paths.SCENARIOS}{COVERAGE_FILE}")
    try:
        return excuses(file) if file else {}
    except DefinitionError:  # the checks tell
        return {}


def _painted(content: Files, rows: Sequence[Passing]) -> Markup | None:
    """The core draws and escapes."""
    states = {row.id: "passed" if row.scenarios else "missed" for row in rows if row.scenarios or row.missed}
    notes = {row.id: str(len(row.scenarios)) for row in rows if row.scenarios and not row.flow}
    try:
        drawn = drawing.svg(
            content[DIAGRAM], states=states, notes=notes, title=_("Các bước và luồng mà kịch bản đã đi qua")
        )
    except (DefinitionError, KeyError):
        return None
    return Markup(drawn)

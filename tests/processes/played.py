"""A store in which every scenario of every procedure has run."""

from __future__ import annotations

from dataclasses import dataclass

from engine.procedures.bundle import read_folder
from engine.procedures.versions import folders
from web.wiring import PROCEDURES, Container
from workflows.scenarios import ScenarioResult
from workflows.scenarios.coverage import Passages

# Procedures that somebody or something begins; those of child cases run within their parents' scenarios.
IDS = [bundle.id for bundle in map(read_folder, folders(PROCEDURES)) if bundle.description.get("start")]


@dataclass(frozen=True)
class Played:
    """The store, what was passed in it, and how each scenario of a procedure went."""

    container: Container
    passages: Passages
    results: dict[str, list[ScenarioResult]]

    def case_id(self, procedure: str, scenario: str) -> str:
        """The case that a scenario left behind."""
        [found] = [one.case_id for one in self.results[procedure] if one.name == scenario]
        assert found is not None
        return found

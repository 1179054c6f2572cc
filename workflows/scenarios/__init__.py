"""Scenarios: a procedure's own tests, run through the same commands as the work of people.

A scenario tells who does what and when, and what must then be open, due and sent. It is checked at publication, by the
command line, and by the tests of the procedures.
"""

from workflows.scenarios.format import Expectation, Scenario, Step, load_all, load_scenario
from workflows.scenarios.runner import ScenarioResult, StepFailure, run_scenario
from workflows.scenarios.world import issued_documents

__all__ = [
    "Expectation",
    "Scenario",
    "ScenarioResult",
    "Step",
    "StepFailure",
    "issued_documents",
    "load_all",
    "load_scenario",
    "run_scenario",
]

"""Nothing waits for good unnoticed: every wait for a person or a message has its day or its reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from engine.procedures.bundle import read_folder
from engine.procedures.model import Element, Process
from engine.procedures.versions import folders
from web.wiring import PROCEDURES

EXCUSED: dict[str, str] = yaml.safe_load((Path(__file__).parents[1] / "support/data/waits.yaml").read_text("utf-8"))
"""Waits without a day by `<procedure or part>/<element>`, each with its reason."""


def unbounded(process: Process) -> Iterator[Element]:
    """What waits for a person or a message, with no day of its own and no moment beside it."""
    for element in process.elements.values():
        waits = element.is_person_task or element.is_message
        # A message at the border of an activity may never come: what is waited for is the activity.
        if (
            waits
            and not element.deadline
            and element.kind != "boundaryEvent"
            and not _has_moment_beside(element, process)
        ):
            yield element


def _has_moment_beside(element: Element, process: Process) -> bool:
    """Whether a timer hangs at its border, or is another branch of the event gateway before it."""
    if any(other.attached_to == element.id and other.is_timer for other in process.elements.values()):
        return True
    before = {flow.source for flow in process.flows if flow.target == element.id}
    gateways = {id_ for id_ in before if process.elements[id_].kind == "eventBasedGateway"}
    return any(process.elements[flow.target].is_timer for flow in process.flows if flow.source in gateways)


def test_every_wait_has_its_day_or_a_reason_and_no_reason_is_stale() -> None:
    found = {
        f"{bundle.id}/{element.id}"
        for bundle in map(read_folder, folders(PROCEDURES))
        for element in unbounded(bundle.process)
    }
    assert found - EXCUSED.keys() == set(), "give the step a ph:deadline, a timer beside it, or a reason"
    assert EXCUSED.keys() - found == set(), "these have their day now"
    assert all(len(reason) > 20 for reason in EXCUSED.values())

"""What a work item says: by its completion, and by the corrections since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from engine import events
from engine.commands.case_run import COMPLETIONS, CaseRun
from engine.tables import WorkItem

CORRECTED: Final = "WorkItemCorrected"


class Told(Protocol):
    """An event of a case, as far as it matters here."""

    @property
    def type(self) -> str:
        """Its name in the past tense."""

    @property
    def payload(self) -> Mapping[str, Any] | None:
        """What it says; None where that was lawfully deleted."""


def values_of(history: Iterable[Told], work_item_id: str) -> Mapping[str, Any]:
    """The values of a done work item as they hold now; none where it is not done."""
    said: Mapping[str, Any] = {}
    for event in history:
        told = event.payload or {}
        if event.type in (*COMPLETIONS, CORRECTED) and told.get("work_item_id") == work_item_id:
            said = told.get("values") or {}
    return said


def values_before(run: CaseRun, item: WorkItem) -> Mapping[str, Any]:
    """What was said the time before, where the step was sent back and opened again."""
    return values_of(events.read(run.session, run.stream), item.earlier_id) if item.earlier_id else {}

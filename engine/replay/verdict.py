"""What a re-execution says: it agrees, differs at one event, or cannot tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

AGREES, DIFFERS, NOT_COMPARABLE = "agrees", "differs", "not_comparable"


@dataclass(frozen=True)
class Difference:
    """The first place where log and re-execution part.

    Args:
        seq: number of the event in the case's stream.
        type: the event's type.
        element: BPMN element, empty where none is meant.
        what: step, path, inputs, outputs, decision, moment, outcome or state.
        recorded: what the log says.
        replayed: what came out now.
    """

    seq: int
    type: str
    element: str
    what: str
    recorded: Any
    replayed: Any


@dataclass(frozen=True)
class Verdict:
    """What a re-execution says. `reason`: code of why nothing can be said; `events`: how many were compared."""

    answer: str
    events: int
    difference: Difference | None = None
    reason: str = ""

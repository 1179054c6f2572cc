"""What departs from the decree's layout, in words."""

from __future__ import annotations

from web.messages import sentence
from workflows.documents.measuring import Departure


def departure(found: Departure, language: str = "vi") -> str:
    """One departure as a sentence."""
    component = sentence(f"format.component.{found.component}", {}, language)
    return sentence(found.code, {**found.params, "component": component}, language)

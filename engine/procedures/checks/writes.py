"""Which variables a step leaves behind."""

from __future__ import annotations

from collections.abc import Mapping

from engine.forms import Form
from engine.procedures.model import Element


def written_by(element: Element, forms: Mapping[str, Form]) -> frozenset[str]:
    """The variables that a step sets, in its own run where it has several."""
    names = set(element.outputs)
    form = forms.get(element.asked_form or "")
    if form is not None:
        names |= {field.name for field in form.fields if field.type != "note"}
    if element.kind == "businessRuleTask":
        names.add(element.decision_output or element.id)
    if element.multiple and element.multiple.output:
        names.add(element.multiple.output)
    return frozenset(names)

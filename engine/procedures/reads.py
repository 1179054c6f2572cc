"""What an element reads: the expressions on it and behind it, its form, its table, its deadline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine import expressions
from engine.forms import Form
from engine.forms.notes import placeholders
from engine.procedures.bundle import Bundle
from engine.procedures.model import SERVICE_TASKS, Element


def read_by(element: Element, bundle: Bundle) -> frozenset[str]:
    """The variables that an element and the choice behind it read."""
    texts = [text for text, _ in expressions_of(element)] + [*_of_deadline(element, bundle), *_of_lane(element)]
    texts += [flow.condition for flow in bundle.process.flows if flow.source == element.id and flow.condition]
    if (form := bundle.forms.get(element.asked_form or "")) is not None:
        texts += _of_form(form)
    table = bundle.tables.get(element.decision_table or "")
    return frozenset().union(*map(expressions.names, texts), table.reads if table else ())


def expressions_of(element: Element) -> Iterator[tuple[str, str]]:
    """What is evaluated when a token comes to the element, with words for where it stands."""
    for text, what in (
        (element.agency, "ph:task agency"),
        (element.document, "ph:task document"),
        (element.incoming.agency if element.incoming else None, "ph:incoming agency"),
        (element.correlation, "ph:correlation key"),
        (element.date, "timeDate"),
        (element.multiple.collection if element.multiple else None, "loopDataInputRef"),
    ):
        if text:
            yield text, what
    if element.kind in ("callActivity", *SERVICE_TASKS):
        for name, text in element.inputs.items():
            yield text, f"ph:input {name}"
    if element.loop and element.loop.condition:
        yield element.loop.condition, "loopCondition"


def regimes_of(rule: Any) -> list[dict[str, Any]]:
    """The regimes of a deadline rule, as far as it has any."""
    regimes = rule.get("regimes") if isinstance(rule, dict) else None
    return [r for r in regimes if isinstance(r, dict)] if isinstance(regimes, list) else []


def _of_deadline(element: Element, bundle: Bundle) -> Iterator[str]:
    for regime in regimes_of(bundle.deadlines.get(element.deadline or "")):
        yield from (text for key in ("start", "when") if isinstance(text := regime.get(key), str))


def _of_lane(element: Element) -> Iterator[str]:
    if element.asked_form and not element.agency and element.lane and element.lane.agency:
        yield element.lane.agency


def _of_form(form: Form) -> Iterator[str]:
    for field in form.fields:
        found = (field.when, field.prefill, *(p for note in field.text.values() for p in placeholders(note)))
        yield from (text for text in found if text)

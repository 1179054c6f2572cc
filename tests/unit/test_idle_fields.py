"""Fields that do not apply to what stands in the boxes are told apart from those that are required now."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.forms import Form, idle, load_form
from web.tasks.fields import Surroundings, form_view
from web.tasks.typed import Typed

LABEL = {"vi": "Nhãn", "en": "Label"}
CHOICES = [{"value": value, "label": LABEL} for value in ("accepted", "return")]


def form() -> Form:
    result = {"name": "result", "type": "choice", "label": LABEL, "required": True, "choices": CHOICES}
    note = {"name": "note", "type": "textarea", "label": LABEL, "required": True, "when": "result == 'return'"}
    count = {"name": "count", "type": "integer", "label": LABEL, "required": True}
    why = {"name": "why", "type": "text", "label": LABEL, "required": True, "when": "count != known"}
    kept = {"name": "kept", "type": "text", "label": LABEL, "required": True, "when": "kind == 'report'"}
    fields = [result, note, count, why, kept]
    return load_form(json.dumps({"id": "check", "title": LABEL, "fields": fields}).encode(), "forms/check.json")


@pytest.mark.parametrize(
    ("stands", "idle_fields"),
    [
        ({}, {"note", "why"}),
        ({"result": "return"}, {"why"}),
        ({"result": "accepted", "count": "3"}, {"note", "why"}),
        ({"result": "return", "count": "1.000"}, set()),
        ({"result": "?", "count": "x"}, {"note", "why"}),
    ],
)
def test_a_field_is_idle_while_what_it_hangs_on_is_open_or_says_otherwise(
    stands: dict[str, Any], idle_fields: set[str]
) -> None:
    assert idle(form(), stands, {"known": 3, "kind": "report"}) == idle_fields


def test_only_idle_fields_say_that_they_may_stay_empty() -> None:
    views = form_view(form(), Typed({"result": "return"}), Surroundings(idle=frozenset({"why"}))).fields
    assert {view.name for view in views if view.hint.startswith("Chỉ điền khi")} == {"why"}

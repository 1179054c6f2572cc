"""What the regulation asks of form fields that only the law of some days asks for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.procedures.bundle import Bundle
from tests.support.small import procedure, task
from workflows.publication import check

LABEL = {"vi": "Giấy tờ", "en": "Papers"}


def _bundle(**field: Any) -> Bundle:
    asked = {"name": "papers", "type": "text", "label": LABEL, **field}
    form = {"title": LABEL, "fields": [asked]}
    return procedure(
        "asked",
        ["startEvent begin", task("ask"), "endEvent done"],
        ["begin ask", "ask done"],
        forms={"note": json.loads(json.dumps(form))},
    )


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ({"law": {"from": "2026-07-01", "confidence": "V"}}, "legal.form_law_bad"),
        ({"law": {"from": "2026-07-01", "confidence": "V"}, "basis": ["nd99-1999:1"]}, "legal.form_law_bad"),
        ({"law": {"from": "2026-07-01", "confidence": "sure"}, "basis": ["nd262-2026:16.3"]}, "legal.form_law_bad"),
        ({"law": {"to": "2026-06-30", "confidence": "V"}, "basis": ["nd88-2012:13.3"]}, "legal.form_law_not_in_force"),
        (
            {"law": {"from": "2026-06-30", "confidence": "V"}, "basis": ["nd262-2026:16.3"]},
            "legal.form_law_not_in_force",
        ),
        ({"law": {"from": "2026-07-01", "confidence": "V"}, "basis": ["nd262-2026:16.3"]}, None),
        ({}, None),
    ],
)
def test_such_a_field_rests_on_clauses_that_were_law_on_all_of_its_days(
    field: dict[str, Any], code: str | None
) -> None:
    found = [finding.code for finding in check(_bundle(**field)) if finding.element == "papers"]
    assert found == ([code] if code else [])

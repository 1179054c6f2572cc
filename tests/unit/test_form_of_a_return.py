"""The one form of all returns shows what its campaign asks for, and nothing else."""

from __future__ import annotations

import pytest

from engine.forms import ruled_out
from engine.procedures.bundle import read_folder
from web.wiring import PROCEDURES

FORM = read_folder(PROCEDURES / "respondent-return").forms["return"]
ALWAYS = {"returned", "no_secret"}
KINDS = {
    "plan": {"tasks", "training_courses", "budget", "beyond_budget", "officer"},
    "tracking": {"progress"},
    "adhoc": {"answer"},
}


@pytest.mark.parametrize(("kind", "asked"), KINDS.items())
def test_a_return_asks_only_what_its_campaign_wants(kind: str, asked: set[str]) -> None:
    names = {field.name for field in FORM.fields}
    variables = {"kind": kind, "check_note": "Thiếu số liệu.", "tasks": [], "answer": "trước đây"}
    assert names - ruled_out(FORM, variables) == ALWAYS | asked


def test_what_depends_on_other_fields_of_the_form_stays() -> None:
    figures = {"press_teams": 0, "incidents": 0}
    left_out = ruled_out(FORM, {"kind": "report", "own_figures": figures})
    assert "figures_note" not in left_out
    assert {"tasks", "progress", "answer", "returned"} <= left_out

"""Conditions as rows of field, comparison and value, and as the expressions that they stand for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from engine.procedures.bundle import read_folder
from web.studio.conditions import Condition, Row, offered, read, typed, write

SHIPPED = sorted(
    {
        field.when
        for file in Path("bpmn").glob("**/procedure.yaml")
        for form in read_folder(file.parent).forms.values()
        for field in form.fields
        if field.when
    }
)


def meaning(expression: str) -> str:
    return ast.dump(ast.parse(expression, mode="eval"))


def test_conditions_that_ship_are_shown_as_what_they_say() -> None:
    shown = {one: found for one in SHIPPED if (found := read(one)) is not None}
    assert len(shown) > len(SHIPPED) / 2
    assert [one for one, found in shown.items() if meaning(write(found)) != meaning(one)] == []


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        ("", ()),
        ("kind == 'plan'", (Row("kind", "==", "plan"),)),
        ("days >= 3", (Row("days", ">=", "3"),)),
        ("signs == True", (Row("signs", "==", "True"),)),
        ("'police' not in invited", (Row("invited", "has not", "police"),)),
        ("not defined('note')", (Row("note", "not defined"),)),
        ("place != \"Nhà khách 'Phú Thọ'\"", (Row("place", "!=", "Nhà khách 'Phú Thọ'"),)),
    ],
)
def test_rows_and_expressions_stand_for_each_other(expression: str, rows: tuple[Row, ...]) -> None:
    found = read(expression)
    assert found == Condition(rows)
    assert expression == "" or meaning(write(found)) == meaning(expression)


@pytest.mark.parametrize(
    "expression",
    ["a", "a == b", "len(a) > 1", "1 < a < 3", "a == '3'", "a == 'x' and (b == 'y' or c == 'z')", "(", "not a"],
)
def test_what_rows_cannot_say_stays_an_expression(expression: str) -> None:
    assert read(expression) is None


def test_the_expression_wins_where_somebody_changed_it() -> None:
    rows = {"when.0.field": "a", "when.0.comparison": "==", "when.0.value": "x", "when.1.field": ""}
    assert typed({"when": "", "when.before": "", **rows}, "when") == "a == 'x'"
    assert typed({"when": "b > 2", "when.before": "", **rows}, "when") == "b > 2"
    assert typed({"when": "len(b) > 2", "when.before": "len(b) > 2"}, "when") == "len(b) > 2"


def test_a_field_may_ask_for_those_above_it() -> None:
    fields = [{"name": "hint", "type": "note"}, {"name": "kind", "type": "choice"}, {"name": "mine", "type": "text"}]
    assert [one["name"] for one in offered(fields, "mine")] == ["kind"]
    assert [one["name"] for one in offered(fields, "+")] == ["kind", "mine"]

"""Tables whose rows come from a step before, and columns that tell rows apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from engine.errors import InvalidForm
from engine.forms import Form, load_form, prefill, validate
from web.tasks.fields import Surroundings, form_view
from web.tasks.typed import submitted, typed_from

LABEL = {"vi": "Nhãn", "en": "Label"}
NOMINEES = {"nominees": [{"name": "Phóng viên 1"}, {"name": "Phóng viên 2"}]}
VOTES = [{"name": "Phóng viên 1", "votes": "8"}, {"name": "Phóng viên 2", "votes": "3"}]


def table(given: bool = False, distinct: bool = False, prefilled: str = "nominees") -> Form:
    name = {"name": "name", "type": "text", "label": LABEL, "required": True, "given": given, "distinct": distinct}
    votes = {"name": "votes", "type": "integer", "label": LABEL, "required": True}
    rows = {"name": "rows", "type": "table", "label": LABEL, "required": True, "prefill": prefilled}
    declared = {"id": "votes", "title": LABEL, "fields": [{**rows, "columns": [name, votes]}]}
    return load_form(json.dumps(declared).encode(), "forms/votes.json")


def hand_in(form: Form, rows: Any, variables: Mapping[str, Any]) -> Any:
    return validate(form, {"rows": rows}, variables=variables, agencies=())


def refused(form: Form, rows: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidForm) as error:
        hand_in(form, rows, NOMINEES)
    return {name: [one.code for one in found] for name, found in error.value.fields.items()}


def test_a_council_finds_its_nominees_in_the_table_and_writes_the_votes_beside_them() -> None:
    form = table(given=True)
    known = prefill(form, NOMINEES)
    assert known == {"rows": [{"name": "Phóng viên 1", "votes": None}, {"name": "Phóng viên 2", "votes": None}]}
    [field] = form_view(form, typed_from(form.fields, known), Surroundings()).fields
    assert [[(cell.text, cell.given) for cell in row] for row in field.rows] == [
        [("Phóng viên 1", True), ("", False)],
        [("Phóng viên 2", True), ("", False)],
    ]
    assert field.fixed
    sent = typed_from(form.fields, known)
    sent.update({"rows.0.votes": "8", "rows.1.votes": "3"})
    kept = validate(form, submitted(form, sent), variables=NOMINEES, agencies=())
    assert [row["votes"] for row in kept["rows"]] == [8, 3]


@pytest.mark.parametrize(
    "rows",
    [VOTES[:1], VOTES[::-1], [*VOTES, {"name": "Khác", "votes": 1}], [VOTES[0], {**VOTES[1], "name": "Phóng viên"}]],
)
def test_given_rows_are_neither_dropped_nor_moved_added_to_or_renamed(rows: Any) -> None:
    assert refused(table(given=True), rows) == {"rows": ["form.given"]}
    assert hand_in(table(), rows, NOMINEES)


def test_where_nothing_was_given_the_person_writes_the_rows() -> None:
    assert hand_in(table(given=True), VOTES, {})["rows"][0]["votes"] == 8
    form = table(given=True)
    [field] = form_view(form, typed_from(form.fields, {}), Surroundings()).fields
    assert not field.fixed


def test_rows_that_are_told_apart_by_a_column_do_not_repeat_it() -> None:
    twice = [VOTES[0], VOTES[1], {"name": "Phóng viên 1", "votes": 5}]
    assert refused(table(distinct=True), twice) == {"rows.2.name": ["form.repeated"]}
    assert hand_in(table(distinct=True), VOTES, {})

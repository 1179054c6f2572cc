"""What a page says of a basis: whether it is law for this case, and whether it ended since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask

from engine.procedures.model import Legal
from web import language
from web.legal import bases, standing

OLD, NEW = "nd88-2012:13.3", "nd262-2026:16.3"
BEFORE, AFTER = date(2026, 6, 30), date(2026, 7, 1)


@pytest.fixture(autouse=True)
def in_vietnamese() -> Iterator[None]:
    app = Flask("web")
    language.init_app(app)
    with app.test_request_context():
        yield


def test_what_is_law_for_the_case_and_today_needs_no_word() -> None:
    assert standing(OLD, BEFORE, BEFORE) == standing(NEW, AFTER, AFTER) == ""
    assert standing("qd01-2020:5.2", BEFORE, AFTER) == ""


def test_law_of_other_days_is_told_as_not_applying() -> None:
    assert standing(NEW, BEFORE, AFTER) == "không áp dụng ở đây: có hiệu lực từ 01/07/2026"
    assert standing(OLD, AFTER, AFTER) == "không áp dụng ở đây: hết hiệu lực từ 01/07/2026"


def test_law_that_ended_while_the_case_ran_is_told_to_hold_all_the_same() -> None:
    told = standing(OLD, BEFORE, AFTER)
    assert told == "đã hết hiệu lực từ 01/07/2026; vụ việc vẫn theo pháp luật của ngày 30/06/2026"
    assert [one.standing for one in bases([Legal("PL", OLD, "")], BEFORE, AFTER)] == [told]


def test_a_design_choice_and_what_nobody_knows_are_left_alone() -> None:
    assert standing("", BEFORE, AFTER) == standing("nd99-1999:1", BEFORE, AFTER) == ""

"""The history of a case is told in few lines from which nothing is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from flask import Flask

from engine.actors import SYSTEM
from engine.queries.history import HistoryRow
from web import language
from web.cases.facts import Lexicon
from web.cases.history import Line, tell

NAMES = {"office": "Văn phòng Ủy ban nhân dân tỉnh", "press": "Báo Phú Thọ", "radio": "Đài phát thanh"}
LEXICON = Lexicon({}, NAMES, "", {NAMES["office"]: frozenset({"VP UBND tỉnh"})})
POST = "Chuyên viên 1, VP UBND tỉnh"


@pytest.fixture(autouse=True)
def in_vietnamese() -> Iterator[None]:
    app = Flask("web")
    language.init_app(app)
    with app.test_request_context():
        yield


def row(type_: str, at: str, step: str, who: str = POST, **payload: Any) -> HistoryRow:
    at = f"2026-09-01T{at}:00Z"
    return HistoryRow(0, type_, cast(Any, at), who, NAMES["office"], step, step, 1, payload)


def told(*rows: HistoryRow) -> list[Line]:
    return tell(rows, LEXICON)


def test_claim_completion_and_what_follows_are_one_line() -> None:
    # Given a step claimed, completed an hour later, and passed on to two agencies
    [line] = told(
        row("WorkItemClaimed", "08:00", "Soạn tin", work_item_id="1"),
        row("WorkItemCompleted", "09:00", "Soạn tin", work_item_id="1"),
        row("WorkItemCreated", "09:00", "Đăng tin", work_item_id="2", agency_id="press"),
        row("WorkItemCreated", "09:00", "Đăng tin", work_item_id="3", agency_id="radio"),
        row("WorkItemCancelled", "09:00", "Chờ ý kiến", work_item_id="4"),
    )
    # Then one line tells it, and each event can be read beneath it
    assert line.text == "Hoàn thành: Soạn tin"
    assert line.moves == ("chuyển đến Báo Phú Thọ; Đài phát thanh: Đăng tin", "không cần làm nữa: Chờ ý kiến")
    assert [text for _at, text in line.events] == [
        "Nhận việc: Soạn tin",
        "Chuyển đến Báo Phú Thọ: Đăng tin",
        "Chuyển đến Đài phát thanh: Đăng tin",
        "Không cần làm nữa: Chờ ý kiến",
    ]


def test_what_a_clock_does_day_by_day_is_told_once_with_all_its_days() -> None:
    # Given a clock that struck three times, the last time after somebody had done something
    lines = told(
        row("TimerFired", "08:00", "Mỗi ngày", SYSTEM.name),
        row("ServiceCompleted", "08:00", "Xem cơ quan sắp xếp lại", SYSTEM.name),
        row("TimerFired", "09:00", "Mỗi ngày", SYSTEM.name),
        row("WorkItemClaimed", "10:00", "Soạn tin", work_item_id="1"),
        row("TimerFired", "11:00", "Mỗi ngày", SYSTEM.name),
    )
    # Then the first two are one line, in which each day can be read
    assert [line.text for line in lines] == ["Đến hạn: Mỗi ngày", "Nhận việc: Soạn tin", "Đến hạn: Mỗi ngày"]
    assert [(str(line.at)[11:16], len(line.events)) for line in lines] == [("09:00", 1), ("10:00", 0), ("11:00", 0)]
    assert lines[0].events == (("2026-09-01T08:00:00Z", "Đến hạn: Mỗi ngày"),)


def test_an_approval_is_told_beneath_the_step_in_which_it_was_given() -> None:
    [line] = told(
        row("WorkItemCompleted", "09:00", "Duyệt văn bản", work_item_id="1"),
        row("DocumentApproved", "09:00", "save_approval"),
    )
    assert (line.text, line.moves) == ("Hoàn thành: Duyệt văn bản", ("văn bản được duyệt",))


def test_a_claim_stands_alone_until_the_same_person_completes_the_step() -> None:
    lines = told(
        row("WorkItemClaimed", "08:00", "Soạn tin", "Lan", work_item_id="1"),
        row("WorkItemReleased", "08:10", "Soạn tin", "Lan", work_item_id="1"),
        row("WorkItemClaimed", "08:20", "Soạn tin", "Minh", work_item_id="1"),
        row("WorkItemClaimed", "08:30", "Việc khác", "Lan", work_item_id="2"),
        row("WorkItemCompleted", "09:00", "Soạn tin", "Minh", work_item_id="1"),
    )
    expected = ["Nhận việc: Soạn tin", "Trả việc: Soạn tin", "Nhận việc: Việc khác", "Hoàn thành: Soạn tin"]
    assert [line.text for line in lines] == expected


def test_an_arrival_that_no_told_act_caused_has_a_line_of_its_own() -> None:
    lines = told(
        row("CaseStarted", "08:00", ""),
        row("MessageReceived", "10:00", "Chờ văn bản"),
        row("WorkItemCreated", "10:00", "Tiếp nhận", work_item_id="1", agency_id="office"),
    )
    assert [line.text for line in lines] == ["Mở vụ việc", f"Chuyển đến {NAMES['office']}: Tiếp nhận"]


@pytest.mark.parametrize(
    ("name", "who"),
    [
        (POST, POST),
        ("Nguyễn Văn Ước", f"Nguyễn Văn Ước, {NAMES['office']}"),
        (f"Lãnh đạo {NAMES['office']}", f"Lãnh đạo {NAMES['office']}"),
    ],
)
def test_the_agency_is_named_once_beside_a_person_and_beside_a_post(name: str, who: str) -> None:
    [line] = told(row("WorkItemCompleted", "08:00", "Soạn tin", name, work_item_id="1"))
    assert line.actor == who

"""What an officer typed survives an expired session, a mistake and a faster colleague; sending twice acts once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.e2e.office import SEND, Desk, Office
from tests.e2e.steps import RUMOUR, rumour
from tests.support.server import Server

pytestmark = pytest.mark.requires("chromium")

Sent = dict[str, str | float | bool | bytes | FilePayload]
OFFICER = "cv.so-ngoai-vu"
GATE = "Trả lời câu hỏi về bí mật nhà nước"
DETECT = "Ghi nhận thông tin sai lệch"


@pytest.fixture
def code(office: Office) -> str:
    """A case whose detection is being recorded: every field is filled in, nothing sent."""
    desk = office.desk(OFFICER)
    case = desk.start_case()
    desk.complete(GATE, {"secret": "no"})
    desk.take(DETECT, case)
    desk.fill(rumour())
    return case


def cookie_lost(desk: Desk, server: Server) -> None:
    desk.context.clear_cookies()


def session_ended(desk: Desk, server: Server) -> None:
    with closing(sqlite3.connect(server.data_dir / "phoihop.sqlite3")) as store, store:
        store.execute("DELETE FROM web_sessions")


@pytest.mark.parametrize("happens", [cookie_lost, session_ended])
def test_typed_form_is_there_again_after_the_session_expired(
    office: Office, server: Server, code: str, happens: Callable[[Desk, Server], None]
) -> None:
    desk = office.desk(OFFICER)
    happens(desk, server)

    desk.send()
    desk.check_accessible("sign-in with carried form")
    expect(desk.page.get_by_text("Nội dung đã nhập được giữ lại")).to_be_visible()
    desk.sign_in()
    assert_still_typed(desk)

    desk.send()
    desk.expect_message(f"Đã hoàn thành bước “{DETECT}”.")
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text(RUMOUR)


def test_mistake_is_named_and_everything_else_stays(office: Office, code: str) -> None:
    desk = office.desk(OFFICER)
    desk.fill({"detected_at": "31/02/2026 08:00"})

    desk.send()
    desk.check_accessible("refused form")
    expect(desk.page.get_by_role("alert")).to_contain_text("Chưa gửi được")
    expect(field(desk, "detected_at")).to_have_value("31/02/2026 08:00")
    expect(field(desk, "detected_at")).to_have_attribute("aria-invalid", "true")
    expect(field(desk, "detected_at")).to_be_focused()
    assert_still_typed(desk)

    desk.fill({"detected_at": rumour()["detected_at"]})
    desk.send()
    desk.expect_message(f"Đã hoàn thành bước “{DETECT}”.")


def test_slower_of_two_browsers_is_told_and_keeps_its_text_for_copying(office: Office, code: str) -> None:
    slow, fast = office.desk(OFFICER), office.another_desk(OFFICER)
    fast.take(DETECT, code)
    fast.complete(DETECT, {**rumour(), "subject": "Tin đồn khác"})

    slow.send()
    slow.check_accessible("conflict")
    expect(slow.page.get_by_role("alert")).to_contain_text("Nội dung vừa gửi chưa được ghi nhận")
    expect(slow.page.get_by_role("region", name="Nội dung đã nhập, để sao chép")).to_contain_text(RUMOUR)
    expect(slow.page.get_by_role("button", name=SEND)).to_have_count(0)
    slow.open(f"/vu-viec/{code}")
    expect(slow.page.get_by_role("heading", level=1)).to_contain_text("Tin đồn khác")


def test_form_that_arrives_twice_gets_the_first_answer(office: Office, code: str) -> None:
    desk = office.desk(OFFICER)
    action, sent = form_as_sent(desk)
    desk.send()
    desk.expect_message(f"Đã hoàn thành bước “{DETECT}”.")

    again = desk.context.request.post(action, multipart=sent, max_redirects=0)
    assert (again.status, again.headers["location"]) == (303, f"/vu-viec/{code}")
    other = desk.context.request.post(action, multipart={**sent, "_key": "0" * 32}, max_redirects=0)
    assert other.status == 409
    assert times_completed(desk, code) == 1


def test_back_button_shows_that_the_step_is_done(office: Office, code: str) -> None:
    desk = office.desk(OFFICER)
    desk.send()
    desk.expect_message(f"Đã hoàn thành bước “{DETECT}”.")

    desk.page.go_back()
    expect(desk.page.get_by_role("heading", level=1, name=DETECT)).to_be_visible()
    expect(desk.page.get_by_role("button", name=SEND)).to_have_count(0)


def assert_still_typed(desk: Desk) -> None:
    """What was typed and chosen stands in the form, save the moment that a test may have changed."""
    for name in ("subject", "source_name", "source_url", "false_claim"):
        expect(field(desk, name)).to_have_value(str(rumour()[name]))
    for name in ("origin", "spread", "self_impact"):
        expect(desk.page.locator(f'[name="{name}"][value="{rumour()[name]}"]')).to_be_checked()


def field(desk: Desk, name: str) -> Locator:
    return desk.page.locator(f'form.task-form [name="{name}"]')


def form_as_sent(desk: Desk) -> tuple[str, Sent]:
    """Where the open form goes and what it sends, without files."""
    form = desk.page.locator("form.task-form")
    sent = form.evaluate(
        "form => Object.fromEntries([...new FormData(form)].filter(([name, value]) => typeof value === 'string'))"
    )
    return form.get_attribute("action") or "", sent


def times_completed(desk: Desk, code: str) -> int:
    """How often the history of a case says that detection was recorded."""
    desk.open(f"/vu-viec/{code}")
    return desk.page.locator("ol.history li").filter(has_text=f"Hoàn thành: {DETECT}").count()

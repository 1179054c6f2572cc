"""The program is whole without JavaScript, and without a mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.office import PASSWORD, Office
from tests.e2e.steps import RESULT, carry, detection, not_false
from tests.support.server import Server

pytestmark = pytest.mark.requires("chromium")

GATE = "Trả lời câu hỏi về bí mật nhà nước"
MOST_STOPS = 60


@pytest.fixture
def plain_office(browser: Browser, server: Server) -> Office:
    """Officers whose browsers run no JavaScript."""
    return Office(browser, server.url, java_script=False)


def test_case_is_carried_to_its_end_without_javascript(plain_office: Office, tmp_path: Path) -> None:
    evidence = tmp_path / "Bài đăng.txt"
    evidence.write_text("Bài đăng.", encoding="utf-8")
    with plain_office as office:
        officer = office.desk("cv.so-ngoai-vu")
        code = officer.start_case()
        for step in detection(evidence) + not_false():
            carry(office, code, step)

        expect(officer.open_ended(code)).to_contain_text("Thông tin không sai")
        expect(officer.page.locator(".diagram svg")).to_be_visible()
        officer.open("/van-ban-den")
        expect(officer.page.get_by_role("row").filter(has_text=RESULT)).to_have_count(1)


def test_secret_information_ends_the_case_at_once_without_javascript(plain_office: Office) -> None:
    with plain_office as office:
        officer = office.desk("cv.so-khcn")
        code = officer.start_case()
        officer.take(GATE, code)
        officer.complete(GATE, {"secret": "yes"})

        expect(officer.page.locator(".facts-bar")).to_contain_text("Chuyển kênh mật")
        expect(officer.page.get_by_text("Không còn việc nào đang chờ.")).to_be_visible()


def test_officer_signs_in_claims_and_completes_with_the_keyboard_alone(office: Office) -> None:
    colleague = office.desk("cv.so-cong-thuong")
    code = colleague.start_case()
    colleague.page.get_by_role("button", name="Trả việc").click()

    officer = office.new_desk("cv2.so-cong-thuong")
    page = officer.page
    officer.open("/hop-viec")
    page.keyboard.type("cv2.so-cong-thuong")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    go_to(page, officer.in_inbox(GATE, code).get_by_role("button", name="Nhận việc"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=GATE)).to_be_visible()
    go_to(page, page.get_by_role("radio", name="Không"))
    page.keyboard.press("Space")
    go_to(page, page.get_by_role("button", name="Hoàn thành bước này"))
    page.keyboard.press("Enter")
    officer.expect_message(f"Đã hoàn thành bước “{GATE}”.")


def test_first_stop_of_the_keyboard_leads_past_the_menu(office: Office) -> None:
    page = office.desk("cv.so-khcn").page
    page.goto("/hop-viec")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Đến nội dung chính")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def go_to(page: Page, control: Locator) -> None:
    """Press the tab key until the control has the focus."""
    expect(control).to_be_visible()
    for _ in range(MOST_STOPS):
        if control.and_(page.locator(":focus")).count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tab key does not reach {control}")

"""What officers do with a case beside its steps, with and without JavaScript; the pages are checked for access."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.office import Office
from tests.support.server import Server

pytestmark = pytest.mark.requires("chromium")


@pytest.mark.parametrize("java_script", [True, False])
def test_a_case_is_linked_and_withdrawn(browser: Browser, server: Server, java_script: bool) -> None:
    with Office(browser, server.url, java_script=java_script) as office:
        officer = office.desk("cv.so-khcn")
        other, code = officer.start_case(), officer.start_case()
        page = officer.page
        officer.open(f"/vu-viec/{code}")
        officer.check_accessible("case with acts")

        page.get_by_role("link", name="Liên kết với vụ việc khác").click()
        officer.check_accessible("link")
        page.get_by_label("Mã vụ việc kia").fill(other)
        page.get_by_label("liên quan đến").check()
        page.get_by_label("Lý do").fill("Cùng một bài đăng")
        page.get_by_role("button", name="Liên kết").click()
        expect(page.get_by_role("link", name=other)).to_be_visible()

        page.get_by_role("link", name="Rút vụ việc").click()
        page.get_by_role("button", name="Rút vụ việc").click()
        officer.check_accessible("withdrawal without a reason")
        expect(page.get_by_role("alert")).to_contain_text("Lý do")
        page.get_by_label("Lý do").fill("Mở nhầm")
        page.get_by_role("button", name="Rút vụ việc").click()
        expect(page.locator(".facts-bar")).to_contain_text("Đã hủy")
        expect(page.locator(".history li").first).to_contain_text("Rút vụ việc")

"""A process owner records a small scenario in the browser: a step, a day that passes, one step back, saved."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.office import Desk, Office, keep_picture
from tests.e2e.workshop import LONG_MILLISECONDS, OWNER, begin_draft
from tests.support.server import Server

pytestmark = pytest.mark.requires("chromium")

DESCRIBED = {
    "clause": "khoản 4 Điều 25",
    "difficulty": "Chưa rõ mẫu danh sách cán bộ phụ trách.",
    "proposal": "Ban hành mẫu thống nhất.",
    "no_secret": "confirmed",
}


@pytest.fixture
def owner(browser: Browser, server: Server) -> Iterator[Desk]:
    with Office(browser, server.url) as office:
        yield office.desk(OWNER)


def test_a_scenario_is_recorded_by_clicking(owner: Desk, server: Server) -> None:
    draft, page = begin_draft(server, "difficulty"), owner.page
    owner.open(f"/xuong/{draft}")
    page.get_by_role("link", name="Chạy thử từng bước").click()
    expect(page.get_by_label("Ai mở vụ việc")).to_be_visible(timeout=LONG_MILLISECONDS)
    owner.check_accessible("start of a recording")
    page.get_by_label("Ai mở vụ việc").select_option(label="Chuyên viên 1, Sở Ngoại vụ")
    page.get_by_label("Mở lúc").fill("03/09/2026 08:00")
    page.get_by_role("button", name="Bắt đầu").click()

    page.get_by_role("link", name="Nêu khó khăn, đề xuất").click(timeout=LONG_MILLISECONDS)
    owner.check_accessible("step of a recording")
    owner.fill(DESCRIBED)
    page.get_by_role("button", name="Ghi bước này").click()
    owner.expect_message("Đã ghi bước “Nêu khó khăn, đề xuất”.")

    page.get_by_role("button", name="Thêm một ngày làm việc").click()
    recorded = page.get_by_role("region", name="Các bước đã ghi").get_by_role("row")
    expect(recorded).to_have_count(3, timeout=LONG_MILLISECONDS)
    owner.check_accessible("recording")
    keep_picture(page, "chay-tung-buoc")
    page.get_by_role("button", name="Lùi một bước").click()
    expect(recorded).to_have_count(2, timeout=LONG_MILLISECONDS)

    page.get_by_label("Tên kịch bản").fill("Nêu khó khăn")
    page.get_by_label("Tên tệp").fill("09-neu-kho-khan")
    page.get_by_role("button", name="Lưu thành kịch bản").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("09-neu-kho-khan", timeout=LONG_MILLISECONDS)
    expect(page.get_by_label("Nội dung kịch bản (YAML)")).to_have_value(re.compile("do: describe"))

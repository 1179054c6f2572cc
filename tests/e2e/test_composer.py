"""A paper from its draft to its number in the browser: composed by an officer, sent back by head and clerk, issued."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.e2e.office import Desk, Office
from tests.e2e.steps import APPROVED, FORM_READ, TEXT_READ
from tests.support.server import Server

pytestmark = pytest.mark.requires("chromium")

OFFICER, HEAD, CLERK = "cv.so-ngoai-vu", "ld.so-ngoai-vu", "vt.so-ngoai-vu"
EDIT, APPROVE, NUMBER = "Hoàn thiện bản thảo", "Duyệt văn bản", "Kiểm tra thể thức, cấp số"
TABLE = (("Mẫu", "Số trang"), ("Danh sách cán bộ", "3"))
ADDED = "Đang soạn quy định liên quan"
TO = "Sở Nội vụ"
LEFT_OUT, WAIVED = "Sở Văn hóa, Thể thao và Du lịch", "Đã trao đổi trực tiếp"
ENCLOSED, FILE = "tong-hop.pdf", b"%PDF-1.7 tong hop"


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def office(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Office]:
    with Office(browser, server.url, java_script=request.param) as opened:
        yield opened


def start(desk: Desk) -> str:
    """A case whose first paper waits to be composed; returns its code."""
    desk.open("/vu-viec/moi")
    desk.page.get_by_role("button", name="Mở vụ việc Phản ánh khó khăn, vướng mắc").click()
    code = desk.page.get_by_text("Đã mở vụ việc").inner_text().removeprefix("Đã mở vụ việc").strip(" .")
    difficulty = {"clause": "khoản 4 Điều 25", "difficulty": "Chưa rõ mẫu danh sách.", "proposal": "Ban hành mẫu."}
    desk.fill({**difficulty, **TEXT_READ})
    desk.send()
    return code


def press(page: Page, button: str) -> None:
    """Press a button with the keyboard; the page comes again with what was typed."""
    page.get_by_role("button", name=button, exact=True).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def add_table(page: Page, after: int) -> None:
    """A table below that part, by keyboard: the new part has the focus, its cells come when its kind is changed."""
    number = after + 1
    press(page, f"Thêm dưới phần {after}")
    kind = page.get_by_label(f"Loại của phần {number}")
    expect(kind).to_be_focused()
    kind.select_option("table")
    press(page, f"Đổi loại phần {number}")
    for line, row in enumerate(TABLE):
        for place, text in enumerate(row):
            page.locator(f'[name="paper_body.{after}.cells.{line}.{place}"]').fill(text)


def compose(desk: Desk) -> None:
    """Another text, a table, an enclosure, urgency, a receiver more; the pages are looked at before they are sent."""
    page = desk.page
    page.locator('[name="paper_body.0.text"]').fill("Sở Ngoại vụ gặp vướng mắc sau đây.")
    add_table(page, 1)
    desk.fill({"paper_enclosures.0.title": "Bản tổng hợp ý kiến", "paper_urgency": "khan", **TEXT_READ})
    desk.fill({"added_recipients.0.agency": "so-noi-vu"})
    desk.send()
    expect(page.get_by_role("alert").filter(has_text="Lý do")).to_be_visible()
    assert page.locator('[name="paper_body.1.cells.1.0"]').input_value() == TABLE[1][0], "nothing typed is lost"
    desk.fill({"added_recipients.0.reason": ADDED})
    desk.fill({"waived_recipients.0.agency": "so-vhttdl", "waived_recipients.0.reason": WAIVED})
    press(page, "Xem trang như khi in")
    expect(page.get_by_role("img", name="Trang 1 như khi in")).to_be_visible()
    desk.check_accessible("composer with pages")


def looked_at(desk: Desk, step: str, code: str) -> Page:
    """The paper as the next desk finds it: its pages, its table, and whom it goes to besides the procedure's list."""
    desk.take(step, code)
    page = desk.page
    expect(page.get_by_role("img", name="Trang 1 như khi in")).to_be_visible()
    expect(page.locator(".document-body")).to_contain_text(TABLE[1][0])
    expect(page.get_by_text(f"Gửi thêm Sở Nội vụ: {ADDED}")).to_be_visible()
    expect(page.get_by_text(f"Không gửi {LEFT_OUT}: {WAIVED}")).to_be_visible()
    enclosed = page.locator(".document").get_by_role("link", name=ENCLOSED)
    status, file = desk.download(str(enclosed.get_attribute("href")))
    assert (status, file) == (200, FILE)
    return page


def issued_text(desk: Desk) -> str:
    """The words of the last paper of the agency."""
    desk.open("/van-ban-di")
    desk.page.get_by_role("row").nth(1).get_by_role("link").first.click()
    status, file = desk.download(f"{desk.page.url}.pdf")
    assert status == 200
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages).split())


def test_a_paper_is_composed_sent_back_twice_and_issued_exactly_as_it_was_approved(
    office: Office, tmp_path: Path
) -> None:
    # Given a paper that an officer composed with the keyboard
    officer, head, clerk = office.desk(OFFICER), office.desk(HEAD), office.desk(CLERK)
    code = start(officer)
    officer.take(EDIT, code)
    compose(officer)
    (tmp_path / ENCLOSED).write_bytes(FILE)
    officer.fill({"paper_files": tmp_path / ENCLOSED})  # chosen last: a browser forgets chosen files with each answer
    officer.send()
    officer.expect_message(f"Đã hoàn thành bước “{EDIT}”.")

    # When the head sends it back, the officer reads why, and what was composed stands there as it was
    looked_at(head, APPROVE, code)
    head.fill({"approval": "return"})
    if not office.java_script:
        head.send()  # the field for the reason comes with the answer
    head.complete(APPROVE, {"return_note": "Nêu rõ điều khoản."})
    officer.take(EDIT, code)
    expect(officer.page.get_by_text("Nêu rõ điều khoản.").first).to_be_visible()
    assert officer.page.locator('[name="added_recipients.0.reason"]').input_value() == ADDED
    officer.complete(EDIT, {"paper_body.0.text": "Vướng mắc ở khoản 4 Điều 25 Quy chế.", **TEXT_READ})

    # And when it is approved and the clerk sends it back, it must be approved again, changed or not
    looked_at(head, APPROVE, code)
    head.complete(APPROVE, APPROVED)
    looked_at(clerk, NUMBER, code)
    clerk.complete(NUMBER, {"clerk_return": "Thiếu dấu chấm."})
    officer.take(EDIT, code)
    officer.complete(EDIT, TEXT_READ)
    assert clerk.open("/hop-viec") == 200 and not clerk.in_inbox(NUMBER, code).count()
    looked_at(head, APPROVE, code)
    head.complete(APPROVE, APPROVED)
    looked_at(clerk, NUMBER, code)
    clerk.complete(NUMBER, FORM_READ)

    # Then what is issued is what was approved, with its number
    text = issued_text(clerk)
    for words in (
        "Vướng mắc ở khoản 4 Điều 25 Quy chế.",
        *TABLE[1],
        "Bản tổng hợp ý kiến",
        "KHẨN",
        "Kính gửi: Sở Nội vụ",
    ):
        assert words in text, words
    assert "gặp vướng mắc sau đây" not in text
    assert f"Kính gửi: {LEFT_OUT}" not in text and f"- {LEFT_OUT}" not in text

"""The process owner's studio, from a decree to a migrated case, without touching a file.

A decree shortens the time for the answer and has the department of finance asked for its opinion. The owner changes
both in the browser, repairs what the checks find, sees what differs and whom it concerns; a second person approves; new
cases go by the new version, the one that runs already is put onto it, and its history says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.office import Desk, Office
from tests.e2e.workshop import LONG_MILLISECONDS, OWNER, SECOND, Workshop, begin_draft, submit_and_approve, today
from tests.support.server import Server

pytestmark = pytest.mark.requires("chromium")

TITLE = "Cho phép phóng viên nước ngoài hoạt động tại tỉnh"
CONSULTED = "Xác định cơ quan lấy ý kiến"
LOOKS = 60
TRIAL_LOOKS = 300


@pytest.fixture
def office(browser: Browser, server: Server) -> Iterator[Office]:
    with Office(browser, server.url) as opened:
        yield opened


def test_a_decree_becomes_a_version_and_reaches_new_and_running_cases(office: Office) -> None:
    officer, owner, second = office.desk("cv.so-ngoai-vu"), office.desk(OWNER), office.desk(SECOND)
    old_case = begin_case(officer)

    # Given the owner opens a draft of the procedure in force
    owner.open("/xuong")
    owner.check_accessible("studio")
    owner.page.get_by_role("button", name=f"Mở bản nháp {TITLE}", exact=True).click()
    draft = owner.page.url.rsplit("/", 1)[1].partition("?")[0]
    owner.check_accessible("draft")

    # When the deadline is shortened from today on, first with a clause that nobody knows
    shorten_the_answer(owner)
    # And the department of finance is asked too, in the diagram
    ask_finance(owner, draft)

    # Then the draft says in words what differs, and nothing is left to repair
    owner.open(f"/xuong/{draft}")
    main = owner.page.locator("main")
    expect(main).to_contain_text("Đạt: không thấy lỗi.")
    expect(main).to_contain_text(CONSULTED)
    expect(main).to_contain_text("FINANCE")
    expect(main).to_contain_text("Trả lời người đề nghị")
    main.get_by_text("Sơ đồ trước và sau").click()
    owner.check_accessible("draft that differs")
    # And whom it concerns
    assert owner.open(f"/xuong/{draft}/anh-huong") == 200
    owner.check_accessible("impact")
    expect(section(owner, "Vụ việc đang chạy")).to_contain_text(old_case)
    expect(section(owner, "Từng vụ việc")).to_contain_text(old_case)
    expect(section(owner, "Thời hạn đổi")).to_contain_text("Trả lời người đề nghị")

    # And which scenarios go another way: those in which opinions are asked for wait for one more agency
    run_scenarios(owner, draft)

    # When it is submitted with its reason and day, and the second person approves
    submit_and_approve(owner, second, draft)
    second.open("/quy-trinh/foreign-press-permit/lich-su")
    second.check_accessible("versions")
    second.page.get_by_role("link", name="với phiên bản 1").click()
    expect(second.page.locator("main")).to_contain_text(CONSULTED)
    second.check_accessible("comparison of versions")

    # Then new cases go by the new version, and the running one goes by its own
    new_case = begin_case(officer)
    assert version_of(officer, new_case) != version_of(officer, old_case)

    # When the owner plans to put the running case onto it, and the second person approves
    migrate(owner, second)

    # Then it stands on the new version, where it stood, and its history says so
    assert version_of(officer, old_case) == version_of(officer, new_case)
    officer.open(f"/vu-viec/{old_case}")
    expect(officer.page.locator("main")).to_contain_text("Chuyển từ phiên bản 1 sang phiên bản 2 của quy trình")
    officer.check_accessible("migrated case")
    expect(officer.find("Trả lời câu hỏi về bí mật nhà nước", old_case)).to_be_visible()


def test_pages_with_forms_are_for_everybody(office: Office, server: Server) -> None:
    """Description, forms, tables, texts, clauses, new procedures: no page breaks a rule that a program can check."""
    owner, draft = office.desk(OWNER), begin_draft(server, "foreign-press-permit")
    inside = ("mo-ta", "bieu-mau", "bieu-mau/request", "bieu-mau/request/+", "bang", "bang/outcome.dmn")
    texts = ("van-ban", "van-ban/reply")
    for page in (*inside, *texts):
        assert owner.open(f"/xuong/{draft}/{page}") == 200
        owner.check_accessible(page)
    for page in ("moi", "nhap", "can-cu?dieu=qd01-2020:5.2"):
        assert owner.open(f"/xuong/{page}") == 200
        owner.check_accessible(page)


def begin_case(officer: Desk) -> str:
    """Open a case of the procedure; its code."""
    officer.open("/vu-viec/moi")
    officer.page.get_by_role("button", name=f"Mở vụ việc {TITLE}", exact=True).click()
    message = officer.page.get_by_text("Đã mở vụ việc").inner_text()
    return message.removeprefix("Đã mở vụ việc").strip(" .")


def shorten_the_answer(owner: Desk) -> None:
    """Three working days instead of five for resident offices, from today on."""
    page = owner.page
    page.get_by_role("link", name="Sửa thời hạn").click()
    owner.check_accessible("deadlines")
    rule = page.locator("section#reply")
    third = rule.get_by_role("group", name="Chế độ 3")
    expect(third.get_by_label("Căn cứ")).to_have_value("nd262-2026:16.3")
    third.get_by_label("Thay từ ngày").fill(today())
    third.get_by_role("button", name="Thay bằng chế độ mới").click()

    fourth = rule.get_by_role("group", name="Chế độ 4")
    expect(fourth.get_by_label("Từ ngày tiếp nhận")).to_have_value(today())
    fourth.get_by_label("Số lượng").fill("3")
    fourth.get_by_label("Căn cứ").fill("nd999-2026:1")
    fourth.get_by_role("button", name="Lưu").click()
    told = rule.get_by_role("alert")
    expect(told).to_contain_text("nd999-2026")

    fourth.get_by_label("Căn cứ").fill("nd262-2026:16.3")
    fourth.get_by_label("Lý do, ghi chú").fill("03 ngày làm việc kể từ khi nhận đề nghị.")
    fourth.get_by_role("button", name="Lưu").click()
    expect(told).to_have_count(0)


def ask_finance(owner: Desk, draft: str) -> None:
    """One more role among those whose agencies are asked."""
    editor = Workshop(owner, draft)
    editor.open("find_consulted")
    editor.checked()
    roles = editor.panel.get_by_role("group", name="Đầu vào 1").get_by_label("Biểu thức")
    asked = roles.input_value()
    assert "'POLICE', 'EXT_INFO'" in asked

    # Half a change first: the evaluator tells at once, the checks tell on the element
    roles.fill(asked.replace("'EXT_INFO'", "'EXT_INFO', FINANCE"))
    expect(editor.panel.locator(".expression-verdict.is-wrong").first).to_be_visible(timeout=LONG_MILLISECONDS)
    roles.blur()
    editor.saved()
    finding = editor.findings.get_by_role("button", name=re.compile(CONSULTED))
    expect(finding.first).to_be_visible(timeout=LONG_MILLISECONDS)

    roles.fill(asked.replace("'EXT_INFO'", "'EXT_INFO', 'FINANCE'"))
    roles.blur()
    expect(editor.findings).to_contain_text("Không có lỗi", timeout=LONG_MILLISECONDS)
    assert "FINANCE" in editor.stored()


def run_scenarios(owner: Desk, draft: str) -> None:
    """Run all scenarios before and after the change; some differ, others do not."""
    address = f"/xuong/{draft}/kich-ban"
    owner.open(address)
    owner.check_accessible("scenarios")
    owner.page.get_by_role("button", name="Chạy kịch bản").click()
    results = owner.page.get_by_role("region", name="Kết quả kịch bản")
    for _ in range(TRIAL_LOOKS):
        if results.count() and not owner.page.get_by_role("progressbar").count():
            break
        owner.page.wait_for_timeout(1_000)
        owner.open(address)
    rows = results.get_by_role("row")
    expect(rows.filter(has_text="khác trước").first).to_be_visible()
    expect(rows.filter(has_text="như trước").first).to_be_visible()


def migrate(owner: Desk, second: Desk) -> None:
    """Plan, try and approve that the one running case of the old version goes onto the new one."""
    owner.open("/xuong/chuyen")
    owner.check_accessible("migrations")
    target = owner.page.get_by_label("Chuyển sang phiên bản")
    label = target.get_by_role("option").filter(has_text=f"{TITLE} – phiên bản 2").inner_text()
    assert "1 vụ việc đang chạy phiên bản 1" in label
    target.select_option(label=label)
    owner.page.get_by_label("Lý do, văn bản làm căn cứ").fill("Nghị định 300/2026/NĐ-CP")
    owner.page.get_by_role("button", name="Lập kế hoạch và chạy thử").click()
    plan = owner.page.url
    press_when_there(owner.page, plan, "Trình phê duyệt")
    owner.check_accessible("plan of migration")

    second.open(plan)
    press_when_there(second.page, plan, re.compile("Phê duyệt và chuyển 1 vụ việc"))
    for _ in range(LOOKS):
        second.open(plan)
        if second.page.get_by_role("heading", level=2, name="Đã xong").count():
            return
        second.page.wait_for_timeout(500)
    raise AssertionError(second.page.locator("main").inner_text())


def press_when_there(page: Page, address: str, name: str | re.Pattern[str]) -> None:
    """Press a button that appears once work in the background is done."""
    button = page.get_by_role("button", name=name)
    for _ in range(LOOKS):
        if button.count():
            button.click()
            return
        page.wait_for_timeout(500)
        page.goto(address)
    raise AssertionError(page.locator("main").inner_text())


def section(desk: Desk, heading: str) -> Locator:
    """The part of the open page under that heading."""
    return desk.page.locator("section").filter(has=desk.page.get_by_role("heading", name=heading, exact=True))


def version_of(officer: Desk, case: str) -> str:
    """The version by which a case goes, as its page tells."""
    officer.open(f"/vu-viec/{case}")
    return officer.page.locator(".side-box").filter(has_text="Phiên bản quy trình").locator("code").inner_text()

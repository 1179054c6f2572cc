"""The diagram editor in the browser: changed, checked, saved, merged; files of other tools are repaired in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Browser, expect

from tests.e2e.office import Office
from tests.e2e.workshop import (
    LONG_MILLISECONDS,
    OWNER,
    SECOND,
    Workshop,
    accessible,
    begin_draft,
    owner,
    submit_and_approve,
)
from tests.support.server import Server

pytestmark = pytest.mark.requires("chromium")

ACTIONS = ("panel-append", "panel-connect", "panel-attach")
REFUSED = re.compile("script|transaction|ad-hoc|event-subprocess|replace-with-task$")
FOREIGN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="Definitions_1" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="Process_1" name="Từ công cụ khác" isExecutable="true" camunda:historyTimeToLive="P30D">
    <bpmn:startEvent id="Started" name="Bắt đầu"/>
    <!-- Hỏi theo mẫu cũ -->
    <bpmn:userTask id="Ask" name="Hỏi" camunda:assignee="${starter}"/>
    <bpmn:scriptTask id="Count" name="Tính" scriptFormat="groovy"><bpmn:script>x = 1</bpmn:script></bpmn:scriptTask>
    <bpmn:endEvent id="Ended" name="Xong"/>
    <bpmn:sequenceFlow id="f1" sourceRef="Started" targetRef="Ask"/>
    <bpmn:sequenceFlow id="f2" sourceRef="Ask" targetRef="Count"/>
    <bpmn:sequenceFlow id="f3" sourceRef="Count" targetRef="Ended"/>
  </bpmn:process>
</bpmn:definitions>
"""


@pytest.fixture
def office(browser: Browser, server: Server) -> Iterator[Office]:
    with Office(browser, server.url) as opened:
        yield opened


@pytest.fixture
def permit(office: Office, server: Server) -> Workshop:
    """The process owner at a draft of the permit for foreign reporters."""
    return owner(office, begin_draft(server, "foreign-press-permit"))


def test_what_is_changed_in_the_panel_is_saved_by_itself_and_can_be_undone(permit: Workshop) -> None:
    permit.open()
    permit.checked()
    before = permit.stored()
    permit.choose("Phân loại, kiểm tra hồ sơ")
    permit.fill("Tên", "Phân loại hồ sơ")
    permit.select("Chức trách", "head")
    permit.saved()
    task = _element(permit.stored(), "examine")
    assert task.get("name") == "Phân loại hồ sơ"
    assert 'duty="head"' in _said(permit.stored(), "examine")

    undo = permit.page.get_by_role("button", name="Hoàn tác")
    undo.click()
    undo.click()
    expect(undo).to_be_disabled()
    permit.page.get_by_role("button", name="Lưu ngay").click()
    expect(permit.panel.get_by_label("Chức trách")).to_have_value("specialist")
    permit.saved()
    assert _said(permit.stored(), "examine") == _said(before, "examine")


def test_a_finding_stands_on_its_element_and_the_list_leads_to_it(permit: Workshop) -> None:
    permit.open("examine")
    permit.checked()
    expect(permit.findings).to_contain_text("Không có lỗi")
    permit.select("Biểu mẫu", "")
    permit.saved()
    link = permit.findings.get_by_role("button", name=re.compile("Phân loại, kiểm tra hồ sơ")).first
    expect(link).to_be_visible(timeout=LONG_MILLISECONDS)
    expect(permit.page.locator(".finding-mark").first).to_be_visible()
    permit.choose("Xác định kết quả")
    link.click()
    expect(permit.panel.get_by_role("heading", level=2, name="Phân loại, kiểm tra hồ sơ")).to_be_visible()
    expect(permit.panel.get_by_role("list", name="Lỗi tại phần tử này")).to_be_visible()


def test_a_condition_is_built_from_field_comparison_and_value(permit: Workshop) -> None:
    permit.open("flow_which_way_to_interview")
    permit.checked()
    value = permit.panel.get_by_label("Giá trị của vế 1", exact=True)
    expect(value).to_have_value("D")
    value.select_option("E")
    expression = permit.panel.get_by_label("Điều kiện, viết thành biểu thức")
    expect(expression).to_have_value("variant == 'E'")
    permit.panel.get_by_label("So sánh của vế 1", exact=True).select_option("!=")
    expect(expression).to_have_value("variant != 'E'")

    expression.fill("variant == open('x')")
    verdict = permit.panel.locator("#panel-condition-verdict")
    expect(verdict).to_have_class(re.compile("is-wrong"), timeout=LONG_MILLISECONDS)
    expression.fill("variant == 'A' and summary != ''")
    expect(verdict).to_contain_text("Biểu thức dùng được", timeout=LONG_MILLISECONDS)
    expression.blur()
    expect(permit.panel.get_by_label("Trường của vế 2", exact=True)).to_have_value("summary")


def test_two_people_at_one_diagram_lose_nothing(office: Office, permit: Workshop) -> None:
    other = Workshop(office.desk(SECOND), permit.draft)
    permit.open("examine")
    other.open("settle_outcome")
    expect(other.page.locator("#studio-others")).to_contain_text("đang sửa sơ đồ của bản nháp này từ")

    # What each changed at another step becomes one diagram, while both go on
    permit.fill("Tên", "Tên của người thứ nhất")
    permit.saved()
    other.fill("Tên", "Tên của người thứ hai")
    notice = other.page.locator("#studio-notice")
    expect(notice).to_contain_text("Thay đổi của cả hai đã được gộp", timeout=LONG_MILLISECONDS)
    expect(other.panel.get_by_label("Tên", exact=True)).to_have_value("Tên của người thứ hai")
    other.saved()
    stored = permit.stored()
    assert 'name="Tên của người thứ nhất"' in stored and 'name="Tên của người thứ hai"' in stored

    # Where both changed the same, the second is told at which step and chooses
    other.choose("Tên của người thứ nhất")
    other.fill("Tên", "Lời của người thứ hai")
    other.saved()
    permit.fill("Tên", "Lời của người thứ nhất")
    asked = permit.page.locator("#studio-notice")
    expect(asked).to_contain_text("Cả hai cùng sửa: Lời của người thứ nhất", timeout=LONG_MILLISECONDS)
    assert accessible(permit.page) == []
    with permit.page.expect_download() as download:
        asked.get_by_role("button", name="Tải bản đang mở về máy").click()
    assert "Lời của người thứ nhất" in download.value.path().read_text(encoding="utf-8")
    asked.get_by_role("button", name="chỗ trùng giữ phần tôi sửa").click()
    permit.saved()
    stored = permit.stored()
    assert 'name="Lời của người thứ nhất"' in stored and 'name="Tên của người thứ hai"' in stored

    # Or keeps what is open as a draft of its own, and goes on with what the first one saved
    other.fill("Tên", "Bản khác hẳn")
    expect(notice).to_contain_text("Cả hai cùng sửa", timeout=LONG_MILLISECONDS)
    notice.get_by_role("button", name="Để bản đang mở thành bản nháp riêng").click()
    expect(other.panel.get_by_label("Tên", exact=True)).to_have_value("Lời của người thứ nhất")
    assert permit.stored() == stored
    notice.get_by_role("link").click()
    expect(other.page.locator("#studio[data-state=open]")).to_be_attached(timeout=LONG_MILLISECONDS)
    expect(other.chooser.get_by_role("option", name="Bản khác hẳn", exact=True)).to_be_attached()


def test_what_is_being_typed_is_not_lost_when_the_server_answers(permit: Workshop) -> None:
    permit.open("examine")
    permit.checked()
    with permit.page.expect_response(re.compile("/von-tu$")):
        permit.select("Chức trách", "head")
        permit.panel.get_by_label("Tên", exact=True).press_sequentially(" đang gõ")
    permit.checked()
    expect(permit.panel.get_by_label("Tên", exact=True)).to_be_focused()
    permit.page.keyboard.type(" dở")
    permit.page.keyboard.press("Control+s")
    expect(permit.panel.get_by_label("Tên", exact=True)).to_be_focused()
    permit.saved()
    assert _element(permit.stored(), "examine").get("name") == "Phân loại, kiểm tra hồ sơ đang gõ dở"


def test_work_outlives_the_session_in_which_it_began(office: Office, permit: Workshop) -> None:
    permit.open("examine")
    permit.desk.context.clear_cookies()
    permit.fill("Tên", "Sửa khi đã hết phiên")
    notice = permit.page.locator("#studio-notice")
    expect(notice.get_by_role("button", name="Tải bản đang mở về máy")).to_be_visible(timeout=LONG_MILLISECONDS)

    renewed = office.another_desk(OWNER).context.cookies()
    permit.desk.context.add_cookies(
        [{"name": one["name"], "value": one["value"], "url": office.url} for one in renewed]
    )
    permit.page.keyboard.press("Control+s")
    permit.saved()
    assert _element(permit.stored(), "examine").get("name") == "Sửa khi đã hết phiên"


@pytest.mark.parametrize("element", ["examine", "flow_which_way_to_interview", "lane_foreign"])
def test_every_field_of_the_panel_is_changed_by_the_keyboard_and_taken_back_at_once(
    permit: Workshop, element: str
) -> None:
    permit.open(element)
    permit.checked()
    undo = permit.page.get_by_role("button", name="Hoàn tác")
    for control in [one for one in permit.controls() if one not in ACTIONS]:
        before = permit.controls()
        permit.change(control)
        expect(undo, control).to_be_enabled()
        permit.page.keyboard.press("Control+z")
        expect(undo, control).to_be_disabled()
        permit.expect_controls(before)


def test_a_way_is_drawn_without_a_mouse_and_taken_back(permit: Workshop) -> None:
    permit.open()
    permit.checked()
    before = permit.stored()
    permit.choose("Phân loại, kiểm tra hồ sơ")

    # Another agency works here, a step follows, leads back, and an event hangs on it
    permit.pick("Thuộc làn", "Văn phòng UBND tỉnh")
    permit.pick("Cơ quan làm", "Cơ quan mở vụ việc")
    expect(permit.panel.get_by_label("Cơ quan làm (biểu thức)", exact=True)).to_have_value("case.initiator_agency")
    permit.pick("Sự kiện kèm theo bước", "Tin", then="Gắn sự kiện")
    expect(permit.panel.locator(".panel-kind")).to_contain_text("Sự kiện kèm theo (Tin)")
    permit.pick("Loại bước tiếp theo", "Việc của người", then="Thêm bước sau")
    permit.page.keyboard.type("Bước mới")
    permit.page.keyboard.press("Enter")
    expect(permit.panel.get_by_role("heading", level=2, name="Bước mới", exact=True)).to_be_visible()
    permit.pick("Bước để nối đến", "Xác định kết quả", then="Nối đến")
    permit.press("Đổi loại phần tử")
    permit.page.keyboard.type("tự động")
    permit.page.keyboard.press("Enter")
    expect(permit.panel.locator(".panel-kind")).to_contain_text("Việc tự động")
    permit.press("Lưu ngay", within=permit.page.locator(".studio-tools"))
    permit.saved()

    stored = etree.fromstring(permit.stored().encode())
    [step] = [one for one in stored.iter("{*}serviceTask") if one.get("name") == "Bước mới"]
    flows = {(one.get("sourceRef"), one.get("targetRef")) for one in stored.iter("{*}sequenceFlow")}
    hosts = [
        one.get("attachedToRef") for one in stored.iter("{*}boundaryEvent") if (one.get("id"), step.get("id")) in flows
    ]
    assert (step.get("id"), "settle_outcome") in flows and hosts == ["examine"]
    [lane] = [one for one in stored.iter("{*}lane") if one.get("name") == "Văn phòng UBND tỉnh"]
    assert "examine" in [one.text for one in lane.iter("{*}flowNodeRef")]

    # And all of it is taken back by the same keys
    while permit.page.get_by_role("button", name="Hoàn tác").is_enabled():
        permit.page.keyboard.press("Control+z")
    permit.page.keyboard.press("Control+s")
    permit.saved()
    assert _said(permit.stored(), "examine") == _said(before, "examine")
    assert permit.stored().count("<bpmn:boundaryEvent") == before.count("<bpmn:boundaryEvent")


def test_steps_are_copied_beside_themselves_and_into_another_draft(permit: Workshop, server: Server) -> None:
    permit.open("examine")
    permit.checked()
    tools = permit.page.locator(".studio-tools")
    permit.press("Chép", within=tools)
    expect(permit.page.locator("#studio-told")).to_contain_text("Đã chép 1 phần tử")
    permit.press("Dán", within=tools)
    expect(permit.page.locator("#studio-told")).to_contain_text("Đã dán 1 phần tử")
    permit.saved()
    assert permit.stored().count('form="examination"') == 2

    other = Workshop(permit.desk, begin_draft(server, "difficulty"))
    other.open()
    other.checked()
    other.press("Dán", within=tools)
    other.saved()
    steps = etree.fromstring(other.stored().encode()).iter("{*}userTask")
    [copy] = [one for one in steps if one.get("name") == "Phân loại, kiểm tra hồ sơ"]
    assert _bases(copy) == _bases(_element(permit.stored(), "examine")) != []
    # What it needs of the procedure that it came from is told by the checks
    expect(other.findings).to_contain_text("examination", timeout=LONG_MILLISECONDS)


def test_a_file_of_another_tool_is_laid_out_told_of_repaired_and_published(
    office: Office, server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "foreign.bpmn"
    file.write_text(FOREIGN, encoding="utf-8")
    editor = owner(office, begin_draft(server, "difficulty"))

    # Given a file with a script, another tool's expressions, and no coordinates
    editor.open()
    editor.page.get_by_label("Tệp BPMN").set_input_files(file)
    editor.saved()
    finding = editor.findings.get_by_role("button", name=re.compile("^Tính "))
    expect(finding.first).to_be_visible(timeout=LONG_MILLISECONDS)
    expect(editor.page.locator(".finding-mark").first).to_be_visible()
    assert "BPMNShape" in editor.stored()
    expect(editor.page.locator("#studio-told")).to_contain_text("1 lời chú giải ẩn")
    editor.choose("Hỏi")
    expect(editor.panel.get_by_label("Ghi chú cho người đọc", exact=True)).to_have_value("Hỏi theo mẫu cũ")

    # When each element gets what the profile and the regulation ask of it
    editor.choose("Tính")
    editor.page.locator(".djs-context-pad [data-action=replace]").click()
    editor.page.locator(".djs-popup [data-id=replace-with-user-task]").click()
    for step in ("Hỏi", "Tính"):
        editor.choose(step)
        editor.select("Biểu mẫu", "difficulty")
        editor.fill("Cơ quan làm (biểu thức)", "case.initiator_agency")
    editor.choose("Hỏi")
    editor.panel.get_by_role("button", name="Gỡ bỏ").click()
    editor.choose("Xong")
    editor.select("Kết quả của vụ việc", "DA_GIAI_THICH")
    for element in ("Bắt đầu", "Hỏi", "Tính", "Xong"):
        editor.choose(element)
        editor.panel.get_by_role("button", name="Thêm căn cứ").click()
        editor.fill("Điều khoản", "qd01-2020:27")
    editor.saved()

    # Then nothing is left to repair but what the file as a whole carried
    expect(editor.findings).to_contain_text("Không có lỗi", timeout=LONG_MILLISECONDS)
    stored = editor.stored()
    assert "scriptTask" not in stored and "camunda:assignee" not in stored

    # And it can be submitted and approved
    submit_and_approve(editor.desk, office.desk(SECOND), editor.draft)


def test_a_file_that_is_no_diagram_changes_nothing(permit: Workshop, tmp_path: Path) -> None:
    permit.open()
    before = permit.stored()
    for name, content in {"a.bpmn": "<html>", "b.bpmn": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        permit.page.get_by_label("Tệp BPMN").set_input_files(tmp_path / name)
        expect(permit.page.locator("#studio-told")).to_contain_text("không thay đổi", timeout=LONG_MILLISECONDS)
    permit.page.get_by_role("button", name="Lưu ngay").click()
    assert permit.stored() == before


def test_the_diagram_is_arranged_exported_and_taken_back(permit: Workshop) -> None:
    permit.open()
    with permit.page.expect_download() as download:
        permit.page.get_by_role("button", name="Xuất BPMN").click()
    before = download.value.path().read_text(encoding="utf-8")
    permit.page.get_by_role("button", name="Sắp xếp").click()
    permit.saved()
    expect(permit.page.locator("#studio-told")).to_contain_text("Đã sắp xếp")
    with permit.page.expect_download() as download:
        permit.page.get_by_role("button", name="Xuất SVG").click()
    assert download.value.path().read_bytes().lstrip().startswith((b"<?xml", b"<svg", b"<!--"))
    permit.page.get_by_role("button", name="Lấy lại sơ đồ trước").click()
    expect(permit.page.get_by_role("button", name="Lấy lại sơ đồ trước")).to_be_hidden()
    permit.saved()
    assert _said(before, "decide_permit") == _said(permit.stored(), "decide_permit")


def test_only_what_the_profile_allows_is_offered(permit: Workshop) -> None:
    permit.open("examine")
    pad = permit.page.locator(".djs-context-pad")
    pad.locator("[data-action=replace]").click()
    offered = permit.page.locator(".djs-popup .entry")
    names = offered.evaluate_all("all => all.map(one => one.dataset.id)")
    assert "replace-with-service-task" in names
    assert not [name for name in names if REFUSED.search(name)]
    palette = permit.page.locator(".djs-palette .entry").evaluate_all("all => all.map(one => one.dataset.action)")
    assert "create.user-task" in palette
    assert "create.task" not in palette


def test_the_page_is_accessible_quick_and_strict(permit: Workshop) -> None:
    violations: list[str] = []
    permit.page.on("console", lambda said: violations.append(said.text) if "Content Security" in said.text else None)
    permit.open("examine")
    permit.checked()
    assert accessible(permit.page) == []
    assert violations == []
    expect(permit.page.locator(".bjs-powered-by")).to_be_visible()
    permit.page.get_by_role("link", name="Xem sơ đồ viết thành bảng").click()
    expect(permit.page.get_by_role("row").filter(has_text="Phân loại, kiểm tra hồ sơ").first).to_be_visible()
    assert accessible(permit.page) == []


def test_only_process_owners_come_in(office: Office, permit: Workshop) -> None:
    assert office.desk("cv.so-ngoai-vu").open(f"/xuong/{permit.draft}/so-do") == 404
    assert office.desk(OWNER).open("/xuong/none/so-do") == 404


def _element(content: str, id_: str) -> etree._Element:
    return next(one for one in etree.fromstring(content.encode()).iter() if one.get("id") == id_)


def _bases(element: etree._Element) -> list[str | None]:
    """The clauses that an element names."""
    return [one.get("basis") for one in element.iter("{urn:phoihop:bpmn:1}legal")]


def _said(content: str, id_: str) -> str:
    """What an element says, without the white space between its parts."""
    written = etree.tostring(_element(content, id_), method="c14n").decode()
    return re.sub(r">\s+<", "><", written).strip()

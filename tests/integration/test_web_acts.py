"""Acts at the browser: each is a page with its reason; what is typed is kept, what came of it is told."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from tests.integration.test_acts_on_cases import REVIEW
from tests.integration.test_recorded_messages import ASKING
from tests.support.small import complete, install, item_of, start
from tests.support.web import Office
from tests.support.world import World

LEAD, LEAD_HEAD, LEAD_CLERK = "cv.so-vhttdl", "ld.so-vhttdl", "vt.so-vhttdl"
INITIATOR, ASKED, CLERK = "cv.so-ngoai-vu", "cv.so-noi-vu", "vt.so-ngoai-vu"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    install(world_of(office), REVIEW, ASKING)
    yield office
    office.container.engine.database.dispose()


def world_of(office: Office) -> World:
    return World(office.container, office.clock)


def asked(office: Office) -> tuple[str, str]:
    """Id and code of a case on which Sở Nội vụ gives its opinion."""
    world = world_of(office)
    receipt = start(world, "review", INITIATOR, asked="so-noi-vu")
    complete(world, receipt.case_id, "draft", INITIATOR, subject="Cầu Việt Trì", level="high")
    complete(world, receipt.case_id, "check", LEAD, note="Đã xem")
    return receipt.case_id, receipt.case_code


def test_a_clerk_finds_what_is_awaited_and_records_it_from_the_page_of_the_case(office: Office) -> None:
    world = world_of(office)
    receipt = start(world, "asking", LEAD, asked="so-ngoai-vu")
    complete(world, receipt.case_id, "ask", LEAD, note="Đề nghị cho ý kiến")
    clerk = office.browser(CLERK)
    assert receipt.case_code in clerk.open("/hop-viec").text
    assert receipt.case_code in clerk.open("/dang-cho-den").text
    page = clerk.open(f"/vu-viec/{receipt.case_code}").text
    path = link(page, "/ghi-nhan/")
    form = clerk.open(path).text
    unsaid = clerk.send(form, path, {"answer": "Bộ đồng ý"})
    assert unsaid.status_code == 422
    assert "Bộ đồng ý" in unsaid.text
    sent = clerk.send(form, path, {"answer": "Bộ đồng ý", "_came_by": "email", "scan": (BytesIO(b"x"), "cv.txt")})
    assert sent.status_code == 303
    told = clerk.open(sent.headers["Location"]).text
    assert "Ghi nhận văn bản, thông tin đến: reply" in told
    assert "Thư điện tử" in told
    assert "cv.txt" in told
    assert clerk.open(path).status_code == 404


def test_a_letter_is_recorded_for_the_agency_that_wrote_it(office: Office) -> None:
    _, code = asked(office)
    clerk = office.browser(LEAD_CLERK)
    path = link(clerk.open(f"/vu-viec/{code}").text, "/van-ban-tra-loi")
    fields = {"answer": "Đồng ý", "_symbol": "12/SNV-VP", "_dated_on": "31/08/2026", "_came_by": "paper"}
    late = clerk.send(clerk.open(path).text, path, {**fields, "_dated_on": "31/12/2026"})
    assert late.status_code == 400
    sent = clerk.send(clerk.open(path).text, path, fields)
    assert sent.status_code == 303
    told = office.browser(ASKED).open(f"/vu-viec/{code}").text
    assert "Ghi nhận văn bản trả lời của Sở Nội vụ" in told
    assert "12/SNV-VP ngày 31/08/2026" in told


def test_a_correction_shows_what_is_said_now_and_tells_old_and_new(office: Office) -> None:
    _, code = asked(office)
    officer = office.browser(INITIATOR)
    path = link(officer.open(f"/vu-viec/{code}").text, "/dinh-chinh")
    form = officer.open(path).text
    assert 'value="Cầu Việt Trì"' in form
    fields = {"subject": "Cầu Phong Châu", "level": "high"}
    assert officer.send(form, path, fields).status_code == 422
    sent = officer.send(form, path, {**fields, "_reason": "Nhầm tên cầu"})
    assert sent.status_code == 303
    told = officer.open(sent.headers["Location"]).text
    assert "Đính chính: draft" in told
    assert "(trước đây: Cầu Việt Trì)" in told
    assert "Nhầm tên cầu" in told


def test_a_step_is_sent_back_and_says_why_when_it_opens_again(office: Office) -> None:
    world = world_of(office)
    receipt = start(world, "review", INITIATOR, asked="so-noi-vu")
    complete(world, receipt.case_id, "draft", INITIATOR, subject="Cầu Việt Trì", level="high")
    officer = office.browser(LEAD)
    task = f"/viec/{item_of(world, receipt.case_id, 'check')}"
    officer.send(officer.open(task).text, f"{task}/nhan")
    path = link(officer.open(task).text, "/tra-lai-buoc-truoc")
    page = officer.open(path).text
    assert "draft" in page
    assert officer.send(page, path, {"_reason": "Thiếu nguồn tin"}).status_code == 303
    again = office.browser(INITIATOR).open(f"/viec/{item_of(world, receipt.case_id, 'draft')}").text
    assert "Bước này được trả lại để làm lại." in again
    assert "Thiếu nguồn tin" in again
    assert 'value="Cầu Việt Trì"' in again


def test_a_case_stands_still_for_everybody_until_it_goes_on(office: Office) -> None:
    case_id, code = asked(office)
    head, officer = office.browser(LEAD_HEAD), office.browser(ASKED)
    task = f"/viec/{item_of(world_of(office), case_id, 'opinion')}"
    path = f"/vu-viec/{code}/thao-tac/tam-dung"
    assert head.send(head.open(path).text, path, {"_reason": "Chờ Bộ"}).status_code == 303
    assert "Trong vụ việc tạm dừng" in officer.open("/hop-viec").text
    assert "Nhận việc này" not in officer.open(task).text
    assert "Tạm dừng" in officer.open(f"/vu-viec/{code}").text
    assert head.open(path).status_code == 403
    path = f"/vu-viec/{code}/thao-tac/tiep-tuc"
    assert head.send(head.open(path).text, path, {"_reason": "Đã rõ"}).status_code == 303
    assert "Nhận việc này" in officer.open(task).text


def test_cancelling_asks_for_the_notice_to_those_who_took_part(office: Office) -> None:
    _, code = asked(office)
    head = office.browser(LEAD_HEAD)
    path = f"/vu-viec/{code}/thao-tac/huy"
    owed = head.send(head.open(path).text, path, {"_reason": "Trùng"})
    assert owed.status_code == 409
    assert "Sở Ngoại vụ" in owed.text
    assert "Trùng" in owed.text
    done = head.send(owed.text, path, {"_reason": "Trùng", "_notice": "15/TB-SVHTTDL ngày 01/9/2026"})
    assert done.status_code == 303
    assert "15/TB-SVHTTDL ngày 01/9/2026" in head.open(f"/vu-viec/{code}").text


def test_two_cases_are_linked_by_code_and_each_shows_the_other(office: Office) -> None:
    (_, one), (_, other) = asked(office), asked(office)
    officer = office.browser(INITIATOR)
    path = f"/vu-viec/{one}/thao-tac/lien-ket"
    wrong = officer.send(officer.open(path).text, path, {"_other": "XX-26-0001", "_kind": "related", "_reason": "x"})
    assert wrong.status_code == 400
    fields = {"_other": other.lower(), "_kind": "duplicate", "_reason": "Cùng bài đăng"}
    assert officer.send(officer.open(path).text, path, fields).status_code == 303
    office.container.engine.drain()
    assert f"trùng với {other}" in officer.open(f"/vu-viec/{one}").text
    assert f"bị trùng bởi {one}" in officer.open(f"/vu-viec/{other}").text


def test_what_was_typed_survives_an_expired_session(office: Office) -> None:
    _, code = asked(office)
    path = f"/vu-viec/{code}/thao-tac/tam-dung"
    stranger = office.browser()
    page = stranger.client.post(path, data={"_reason": "Chờ ý kiến của Bộ"})
    assert page.status_code == 401
    again = stranger.send(page.text, "/dang-nhap", {"user_name": LEAD_HEAD, "password": "phoihop-demo"})
    assert "Chờ ý kiến của Bộ" in again.text


def link(page: str, part: str) -> str:
    """The first link of a page whose path holds `part`."""
    return next(text.split('"')[0] for text in page.split('href="')[1:] if part in text.split('"')[0])

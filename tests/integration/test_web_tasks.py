"""Stories at the task page: filling in, mistakes, rivals, attachments, secrets, and other people's work."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine.tables import Attachment, Event
from tests.support.web import COLLEAGUE, HEAD, SPECIALIST, Browser, Office, hidden_fields
from web.config import MAX_FILE_BYTES

FILLED: dict[str, Any] = {
    "subject": "Tin sai về cầu Việt Trì",
    "source_kind": "social",
    "origin": "domestic",
    "source_name": "Trang “Tin nhanh”",
    "detected_at": "01/09/2026 07:30",
    "false_claim": "Bài viết nói cầu đã sập, thực tế cầu vẫn thông xe.",
    "spread": "some",
    "self_impact": "medium",
    "urgent": "no",
}


@pytest.fixture
def officer(office: Office) -> Browser:
    return office.browser(SPECIALIST)


def events(office: Office) -> int:
    with office.container.read() as session:
        return session.scalar(select(func.count()).select_from(Event)) or 0


def test_a_case_begins_at_the_secrecy_gate_which_takes_no_files(officer: Browser) -> None:
    page = officer.open(officer.start_case()).text
    assert "bí mật nhà nước" in page and 'type="file"' not in page


def test_a_filled_form_completes_the_step_and_leads_to_the_case(officer: Browser) -> None:
    task = officer.start_detection()
    page = officer.open(task).text
    answer = officer.send(page, f"{task}/hoan-thanh", FILLED)
    assert answer.status_code == 303
    case = officer.open(answer.headers["Location"]).text
    assert "Tin sai về cầu Việt Trì" in case
    assert "01/09/2026 07:30" in case


def test_mistakes_are_told_at_the_field_and_in_a_summary_and_change_nothing(office: Office, officer: Browser) -> None:
    task = officer.start_detection()
    before = events(office)
    answer = officer.complete(task, {"source_name": "Trang tin", "detected_at": "31/02/2026 10:00"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text and 'href="#f-subject"' in answer.text
    assert 'aria-describedby="f-detected_at-hint f-detected_at-error"' in answer.text
    assert 'value="31/02/2026 10:00"' in answer.text and 'value="Trang tin"' in answer.text
    assert "mã form." not in answer.text
    assert events(office) == before


def test_an_unknown_field_is_refused_by_name(office: Office, officer: Browser) -> None:
    task = officer.start_detection()
    page = officer.open(task).text
    answer = officer.send(page, f"{task}/hoan-thanh", {**FILLED, "approved": "yes"})
    assert answer.status_code == 422 and "approved" in answer.text


def test_the_second_submit_of_one_form_gets_the_first_answer(office: Office, officer: Browser) -> None:
    task = officer.start_detection()
    page = officer.open(task).text
    first = officer.send(page, f"{task}/hoan-thanh", FILLED)
    after_first = events(office)
    second = officer.send(page, f"{task}/hoan-thanh", FILLED)
    assert (second.status_code, second.headers["Location"]) == (303, first.headers["Location"])
    assert events(office) == after_first


def test_a_rival_copy_of_the_form_meets_a_conflict_that_keeps_the_typed_text(officer: Browser) -> None:
    task = officer.start_detection()
    mine, rival = officer.open(task).text, officer.open(task).text
    assert officer.send(rival, f"{task}/hoan-thanh", FILLED).status_code == 303
    answer = officer.send(mine, f"{task}/hoan-thanh", {**FILLED, "subject": "Bản của tôi"})
    assert answer.status_code == 409
    assert "chưa được ghi nhận" in answer.text and "Bản của tôi" in answer.text
    assert f'action="{task}/hoan-thanh"' not in answer.text


def test_a_form_without_its_key_is_refused(officer: Browser) -> None:
    task = officer.start_detection()
    page = officer.open(task).text
    answer = officer.send(page, f"{task}/hoan-thanh", {**FILLED, "_key": "1"})
    assert answer.status_code == 400 and "chống gửi trùng" in answer.text


def test_the_work_of_another_agency_does_not_exist(office: Office, officer: Browser) -> None:
    task = officer.start_detection()
    stranger = office.browser(COLLEAGUE)
    assert stranger.open(task).status_code == 404
    token = hidden_fields(stranger.open("/hop-viec").text, "/dang-xuat")
    for action in ("nhan", "tra", "giao", "hoan-thanh"):
        assert stranger.client.post(f"{task}/{action}", data={**token, "_key": "a" * 32}).status_code == 404


def test_a_head_assigns_work_and_a_specialist_may_not(office: Office, officer: Browser) -> None:
    task = officer.start_detection()
    head = office.browser(HEAD)
    page = head.open(task).text
    candidates = re.findall(r'<option value="([^"]+)"', page[page.index("giao-cho") :])
    assert head.send(page, f"{task}/giao", {"person_id": candidates[-1]}).status_code == 303
    token = hidden_fields(officer.open("/hop-viec").text, "/dang-xuat")
    fields = {**token, "_key": "b" * 32, "person_id": candidates[0]}
    assert officer.client.post(f"{task}/giao", data=fields).status_code == 403


def test_work_is_released_and_claimed_again(officer: Browser) -> None:
    task = officer.start_detection()
    assert officer.send(officer.open(task).text, f"{task}/tra").status_code == 303
    page = officer.open(task).text
    assert f'action="{task}/hoan-thanh"' not in page
    assert officer.send(page, f"{task}/nhan").status_code == 303
    assert f'action="{task}/hoan-thanh"' in officer.open(task).text


def upload(officer: Browser, task: str, content: bytes, name: str) -> TestResponse:
    page = officer.open(task).text
    field = re.search(r'type="file"[^>]*? name="([a-z_]+)"', page)
    assert field is not None
    fields = {**hidden_fields(page, f"{task}/hoan-thanh"), **FILLED, field[1]: (BytesIO(content), name)}
    return officer.client.post(f"{task}/hoan-thanh", data=fields, content_type="multipart/form-data")


def stored_files(office: Office) -> int:
    with office.container.read() as session:
        return session.scalar(select(func.count()).select_from(Attachment)) or 0


def test_an_attachment_is_kept_under_a_harmless_name_and_only_ever_downloaded(office: Office, officer: Browser) -> None:
    answer = upload(officer, officer.start_detection(), b"<script>alert(1)</script>", "../../ảnh chụp.html")
    assert answer.status_code == 303
    case = officer.open(answer.headers["Location"]).text
    link = re.search(r'href="(/tep/[^"]+)">([^<]+)<', case)
    assert link is not None and link[2] == "ảnh chụp.html"
    got = officer.open(link[1])
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert office.browser(COLLEAGUE).open(link[1]).status_code == 404


def test_a_file_that_is_too_large_is_refused_and_the_typed_text_stays(office: Office, officer: Browser) -> None:
    before = stored_files(office)
    answer = upload(officer, officer.start_detection(), b"0" * (MAX_FILE_BYTES + 1), "lớn.bin")
    assert answer.status_code == 422
    assert "20,0 MB" in answer.text and "Tin sai về cầu Việt Trì" in answer.text and "chọn lại" in answer.text
    assert stored_files(office) == before


def test_a_stamp_of_secrecy_in_text_or_file_stops_everything(office: Office, officer: Browser) -> None:
    task = officer.start_detection()
    before, files = events(office), stored_files(office)
    page = officer.open(task).text
    text = officer.send(page, f"{task}/hoan-thanh", {**FILLED, "false_claim": "CÔNG VĂN\nTỐI MẬT\nNội dung"})
    assert text.status_code == 422 and "mã secrecy" not in text.text
    assert upload(officer, task, "TUYỆT MẬT\nBáo cáo".encode(), "bao-cao.txt").status_code == 422
    assert (events(office), stored_files(office)) == (before, files)


def test_text_is_brought_to_nfc_at_the_door(office: Office, officer: Browser) -> None:
    task = officer.start_detection()
    page = officer.open(task).text
    decomposed = "Tin sai về cầu Việt Trì"
    answer = officer.send(page, f"{task}/hoan-thanh", {**FILLED, "subject": decomposed})
    assert "Tin sai về cầu Việt Trì" in officer.open(answer.headers["Location"]).text
    assert "Tin sai" in officer.open("/vu-viec?tim=cau+viet+tri").text


def test_the_inbox_counts_and_groups_what_waits(officer: Browser) -> None:
    officer.start_detection()
    page = officer.open("/hop-viec").text
    assert "Ghi nhận thông tin sai lệch" in page and 'id="so-luong"' in page
    assert "Ghi nhận thông tin sai lệch" not in officer.open("/hop-viec?han=overdue").text


def test_what_may_be_opened_is_grouped_by_who_leads_it(officer: Browser) -> None:
    page = officer.open("/vu-viec/moi").text  # of the department of foreign affairs
    here, elsewhere, recurring = (page.index(f'id="nhom-{group}"') for group in ("here", "elsewhere", "recurring"))
    assert here < page.index('id="qt-foreign-press-permit"') < elsewhere < page.index('id="qt-incident-rebuttal"')
    assert page.index('id="qt-incident-rebuttal"') < recurring < page.index('id="qt-annual-report"')


def test_no_page_carries_inline_script_or_style(officer: Browser) -> None:
    task = officer.start_detection()
    for path in ("/hop-viec", task, "/vu-viec", "/vu-viec/moi", "/quy-trinh", "/quy-trinh/incident-rebuttal"):
        answer = officer.open(path)
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", answer.text), path

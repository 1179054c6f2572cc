"""The pages on which an auditor replays a case: who did what on which form, what it changed, what was open then."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from html import unescape

import pytest

from engine.events.store import RecordedEvent
from engine.tables import Case, EventPayload
from tests.integration.test_web_tasks import upload
from tests.support.web import SPECIALIST, Browser
from tests.support.world import World
from web.app import assemble
from web.cases import reading
from web.replay import views


@dataclass(frozen=True)
class Desk:
    """An auditor at the browser, and a case whose statement is late."""

    world: World
    code: str
    log: list[RecordedEvent]
    auditor: Browser

    def page(self, path: str) -> str:
        """What can be read on a page of the case's replay."""
        answer = self.auditor.open(f"/vu-viec/{self.code}/{path}")
        assert answer.status_code == 200, path
        return text_of(answer.text)

    def number(self, type_: str, element: str) -> int:
        """Number of the first event of that type at that element."""
        return next(e.seq for e in self.log if (e.type, e.envelope["origin"]["element_id"]) == (type_, element))


@pytest.fixture
def desk(sqlite_world: World) -> Desk:
    world, case_id = sqlite_world, sqlite_world.stating()
    world.clock.advance(timedelta(hours=25))
    world.engine.drain()
    [case] = world.rows(Case, id=case_id)
    return Desk(world, case.code, world.history(case_id), browser(world, "kiemtra"))


def browser(world: World, user_name: str) -> Browser:
    found = Browser(assemble(world.container).test_client())
    assert found.sign_in(user_name).status_code == 303
    return found


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_a_step_shows_who_filled_in_which_form_in_time_and_what_it_changed(desk: Desk) -> None:
    seen = desk.page(f"dien-lai?buoc={desk.number('WorkItemCompleted', 'detect')}")
    assert "Ai Chuyên viên 1, Sở Ngoại vụ (Chuyên viên)" in seen
    assert "Từ đâu trang web, bước “Ghi nhận thông tin sai lệch”" in seen
    assert "đúng hạn (hạn 03/09/2026 23:59)" in seen
    assert "Biểu mẫu đã điền: Ghi nhận thông tin sai lệch" in seen
    assert "Tên vụ việc (bắt buộc) Tin sai về cầu Việt Trì" in seen
    assert "Tên vụ việc – Tin sai về cầu Việt Trì" in seen  # before and after
    assert "Quy chế: Khoản 1 Điều 10" in seen
    assert "Chạy lại khớp với nhật ký đến hết sự kiện này." in seen


def test_a_deadline_that_came_is_told_and_its_step_stays_open_overdue(desk: Desk) -> None:
    fired = next(e for e in desk.log if e.type == "TimerFired")
    seen = desk.page(f"dien-lai?buoc={fired.seq}")
    assert "quá hạn (hạn" not in seen
    drawn = desk.auditor.open(f"/vu-viec/{desk.code}/dien-lai?buoc={fired.seq}").text
    assert "is-overdue" in drawn


def test_files_stand_with_their_digests(desk: Desk) -> None:
    specialist = browser(desk.world, SPECIALIST)
    assert upload(specialist, specialist.start_detection(), b"anh", "anh.png").status_code == 303
    case = max(desk.world.rows(Case), key=lambda case: case.code)
    other = replace(desk, code=case.code, log=desk.world.history(case.id))
    seen = other.page(f"dien-lai?buoc={other.number('WorkItemCompleted', 'detect')}")
    assert f"anh.png 1 KB {sha256(b'anh').hexdigest()}" in seen


def test_two_events_are_compared_in_data_and_open_steps(desk: Desk) -> None:
    first = desk.number("WorkItemCreated", "detect")
    seen = desk.page(f"dien-lai/so-sanh?tu={first}&den={len(desk.log)}")
    assert "Tên vụ việc – Tin sai về cầu Việt Trì" in seen
    only = seen.partition("Chỉ mở sau sự kiện A")[2]
    before, after = only.split("Chỉ mở sau sự kiện B")
    assert "Ghi nhận thông tin sai lệch" in before
    assert "Phát ngôn ban đầu" in after and "Ghi nhận thông tin sai lệch" not in after
    same = desk.page("dien-lai/so-sanh?tu=9&den=9")
    assert "Dữ liệu ở hai sự kiện như nhau." in same


def test_the_table_has_every_event_in_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "TABLE_PAGE", 20)
    found: list[str] = []
    for number_ in range(1, -(-len(desk.log) // 20) + 1):
        html = desk.auditor.open(f"/vu-viec/{desk.code}/dien-lai/bang?trang={number_}").text
        found += re.findall(r'<th scope="row" class="number"><a href="[^"]*buoc=(\d+)"', html)
    assert [int(one) for one in found] == [event.seq for event in desk.log]


@pytest.mark.parametrize("asked", ["0", "-1", "99999999999", "x", ""])
def test_what_is_no_event_leads_to_one_there_is(desk: Desk, asked: str) -> None:
    for path in (f"dien-lai?buoc={asked}", f"dien-lai/bang?trang={asked}", f"dien-lai/so-sanh?tu={asked}&den={asked}"):
        assert desk.auditor.open(f"/vu-viec/{desk.code}/{path}").status_code == 200
    assert desk.auditor.open(f"/vu-viec/{desk.code}/dien-lai/buoc/99999").status_code == 200


def test_the_page_of_the_case_tells_its_history_in_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given pages of a few events, when one goes from the latest to the first, then each act was told once."""
    whole = desk.auditor.open(f"/vu-viec/{desk.code}").text
    assert "Cũ hơn" not in whole
    monkeypatch.setattr(reading, "PAGE", 9)
    told, path, pages = "", f"/vu-viec/{desk.code}", 0
    while path:
        page = desk.auditor.open(path)
        assert page.status_code == 200
        told, pages = told + text_of(page.text.partition('id="dien-bien"')[2].partition("<aside")[0]), pages + 1
        older = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = unescape(older[1]) if older else ""
    assert pages == -(-len(desk.log) // 9)
    done = [event for event in desk.log if event.type == "WorkItemCompleted"]
    assert told.count("Hoàn thành:") == len(done) and told.count("Mở vụ việc") == 1
    assert "Mới hơn" in page.text
    for wild in ("0", "-3", "x", "9" * 30):
        assert desk.auditor.open(f"/vu-viec/{desk.code}?den={wild}").status_code == 200


def test_what_no_form_describes_is_told_by_the_step_that_sets_it(desk: Desk) -> None:
    seen = desk.page(f"dien-lai/so-sanh?tu=1&den={len(desk.log)}")
    assert "Kết quả của bước “Kiểm tra bí mật nhà nước” (is_secret) – Không" in seen
    assert '"' not in seen.partition("Dữ liệu khác nhau")[2].partition("Các bước đang mở")[0]


def test_where_a_payload_was_deleted_the_page_says_so_and_stands_still(desk: Desk) -> None:
    at = desk.number("WorkItemCompleted", "detect")
    with desk.world.engine.transaction() as session:
        gone = session.get(EventPayload, desk.log[at - 1].hash)
        assert gone is not None
        session.delete(gone)
    seen = desk.page(f"dien-lai?buoc={at}")
    assert "Không so sánh tiếp được" in seen and "đã được xoá theo quy định" in seen

"""Findings of audits: outside the case, answered by the agency, closed or returned by the auditor."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from engine.errors import NotFound
from engine.tables import Case, Event
from tests.support.web import Office
from tests.support.world import HEAD, SPECIALIST, World
from workflows.oversight import findings
from workflows.oversight.findings import AuditFinding, BadFinding, NotYours, WrongState
from workflows.secrecy import SecretMarkFound

AUDITOR, AGENCY = "kiemtra", "so-ngoai-vu"
TODAY, DUE = date(2026, 9, 1), date(2026, 9, 8)
CODE = "PB-26-0001"


def write(world: World, text: str = "Thiếu căn cứ", agency: str | None = AGENCY, due: date | None = DUE) -> str:
    with world.engine.transaction() as session:
        now = world.clock.now()
        return findings.write(session, world.actor_of(AUDITOR), now, CODE, text, agency, due).id


def act(world: World, what: str, id_: str, by: str, text: str = "Đã bổ sung", *day: date | None) -> None:
    with world.engine.transaction() as session:
        getattr(findings, what)(session, world.actor_of(by), world.clock.now(), id_, text, *day)


def status(world: World) -> list[str]:
    return [row.status for row in world.rows(AuditFinding)]


def test_a_finding_goes_to_the_agency_and_back_until_the_auditor_closes_it_and_the_case_stays_as_it_is(
    world: World,
) -> None:
    world.detecting()
    [case] = world.rows(Case)
    before = [event.hash for event in world.history(case.id)]

    id_ = write(world)
    assert world.ask(lambda s: findings.waiting(s, world.actor_of(SPECIALIST))) == 1
    world.clock.advance(timedelta(days=10))
    [seen] = world.ask(lambda s: findings.findings(s, world.actor_of(HEAD), world.clock.now()))
    assert seen.late and seen.may_reply and not seen.may_judge

    for by in (SPECIALIST, AUDITOR):
        with pytest.raises(NotYours):
            act(world, "reply", id_, by)
    act(world, "reply", id_, HEAD)
    with pytest.raises(WrongState):
        act(world, "reply", id_, HEAD)
    with pytest.raises(NotYours):
        act(world, "close", id_, HEAD)
    with pytest.raises(BadFinding):
        act(world, "send_back", id_, AUDITOR, "Chưa đủ", TODAY)
    act(world, "send_back", id_, AUDITOR, "Chưa đủ", date(2026, 9, 30))
    act(world, "reply", id_, HEAD, "Đã đủ")
    act(world, "close", id_, AUDITOR, "Đạt")

    assert status(world) == ["closed"]
    [shown] = world.ask(lambda s: findings.findings(s, world.actor_of(AUDITOR), world.clock.now(), CODE))
    types = ["FindingSent", "FindingReplied", "FindingReturned", "FindingReplied", "FindingClosed"]
    assert [event.type for event in shown.history] == types
    assert {(e.stream_kind, e.stream_id) for e in world.rows(Event, type="FindingSent")} == {
        ("audit", f"finding-{id_}")
    }
    assert [event.hash for event in world.history(case.id)] == before and world.faults() == []


def test_who_takes_no_part_sees_nothing_and_nothing_wrong_is_kept(world: World) -> None:
    world.detecting()
    write(world)
    write(world, "Nhận xét riêng", None, None)
    stranger = world.actor_of("ld.so-noi-vu")
    assert world.ask(lambda s: findings.findings(s, stranger, world.clock.now())) == []
    assert len(world.ask(lambda s: findings.findings(s, world.actor_of(HEAD), world.clock.now()))) == 1
    with pytest.raises(NotFound):
        world.ask(lambda s: findings.findings(s, world.actor_of("quantri"), world.clock.now()))
    for text, agency, due in (
        ("", AGENCY, DUE),
        ("x" * 4001, AGENCY, DUE),
        ("x", "so-noi-vu", DUE),
        ("x", AGENCY, None),
        ("x", AGENCY, TODAY - timedelta(days=1)),
    ):
        with pytest.raises(BadFinding):
            write(world, text, agency, due)
    with pytest.raises(SecretMarkFound):
        write(world, "TUYỆT MẬT\nNội dung")
    assert sorted(status(world)) == ["comment", "sent"]


def test_on_the_pages_a_finding_is_written_answered_and_closed(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.browser(SPECIALIST).start_detection()
    auditor, head = office.browser(AUDITOR), office.browser(HEAD)
    path, form = "/giam-sat/phat-hien", f"/giam-sat/phat-hien?vu_viec={CODE}"
    fields = {"text": "Chưa nêu nguồn", "agency_id": AGENCY, "due_on": "32/09/2026"}
    wrong = auditor.send(auditor.open(form).text, path, fields)
    assert wrong.status_code == 400 and "Chưa nêu nguồn</textarea>" in wrong.text
    assert auditor.send(wrong.text, path, {**fields, "due_on": "08/09/2026"}).status_code == 303
    assert "Phát hiện kiểm tra chờ cơ quan trả lời: 1" in head.open("/hop-viec").text
    page = head.open(path).text
    id_ = page.partition('id="p')[2].partition('"')[0]
    assert head.send(page, f"{path}/{id_}/tra-loi", {"text": "Đã bổ sung nguồn"}).status_code == 303
    judged = auditor.open(path).text
    assert "Đã bổ sung nguồn" in judged
    assert auditor.send(judged, f"{path}/{id_}/dong", {"text": "Đạt"}).status_code == 303
    assert "Đã đóng" in auditor.open(path).text
    assert office.browser("cv.so-noi-vu").open(path).text.count('class="panel" id="p') == 0

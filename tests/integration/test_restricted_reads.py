"""An auditor's read of a restricted file is on record before the file is there; kept queries are one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.tables import Attachment, Case, Event
from tests.integration.test_web_tasks import upload
from tests.support.web import HEAD, SPECIALIST, Office
from tests.support.world import World
from workflows.oversight import reads, unusual
from workflows.oversight.scope import scope_of


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("reads"))
    specialist = office.browser(SPECIALIST)
    assert upload(specialist, specialist.start_detection(), b"anh", "ten-nguoi.png").status_code == 303
    return office


def test_only_an_auditors_read_of_a_restricted_file_is_on_record(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given an attachment, when it is read, then only an auditor's read of a restricted one is an event."""
    world = World(office.container, office.clock)
    [file] = world.rows(Attachment)
    path = f"/tep/{file.id}"
    assert office.browser("kiemtra").open(path).status_code == 200
    assert world.rows(Event, type=reads.READ) == []  # rebuttals are not restricted

    monkeypatch.setattr(reads, "restricted", lambda: frozenset({"incident-rebuttal"}))
    assert office.browser(SPECIALIST).open(path).status_code == 200
    assert world.rows(Event, type=reads.READ) == []  # the agency's own work
    for _ in range(2):
        assert office.browser("kiemtra").open(path).data == b"anh"
    read = world.rows(Event, type=reads.READ)
    assert [(one.stream_kind, one.stream_id, one.seq) for one in read] == [
        ("audit", f"reads-{file.case_id}", seq) for seq in (1, 2)
    ]
    assert b"ten-nguoi" not in b"".join(one.envelope for one in read)
    asked = scope_of(world.actor_of("kiemtra"), world.clock.now())
    told = world.ask(lambda s: unusual.acts(s, asked, "reads", limit=9))
    assert {(one.person, one.told["code"]) for one in told} == {("Người kiểm tra, VP UBND tỉnh", "PB-26-0001")}
    assert world.faults() == []


def test_every_restricted_procedure_exists() -> None:
    folders = {path.name for path in (Path(__file__).parents[2] / "bpmn").iterdir()}
    assert reads.restricted() <= folders


def test_a_query_is_kept_replaced_and_dropped_by_its_owner_alone(office: Office) -> None:
    world = World(office.container, office.clock)
    assert world.rows(Case)
    auditor, head = office.browser("kiemtra"), office.browser(HEAD)
    report = "/giam-sat/qua-han?quy_trinh=incident-rebuttal&tinh_trang=open"
    page = auditor.open(report).text
    for choice in ("open", "late"):
        fields = {"ten": "Phản bác quá hạn", "tinh_trang": choice}
        assert auditor.send(page, "/giam-sat/qua-han/luu", fields).status_code == 303
    kept = auditor.open("/giam-sat").text
    assert kept.count("Phản bác quá hạn</a>") == 1
    assert "quy_trinh=incident-rebuttal&amp;tinh_trang=late" in kept
    assert "Phản bác quá hạn" not in head.open("/giam-sat").text
    address = kept.partition('action="/giam-sat/truy-van/')[2].partition('"')[0]
    other = head.send(head.open(report).text, "/giam-sat/qua-han/luu", {"ten": "Của tôi"})
    assert other.status_code == 303
    foreign = f"/giam-sat/truy-van/{address}"
    token = {"csrf_token": head.open("/giam-sat").text.partition('name="csrf_token" value="')[2].partition('"')[0]}
    assert head.client.post(foreign, data=token).status_code == 404
    assert auditor.send(kept, foreign).status_code == 303
    assert "Phản bác quá hạn" not in auditor.open("/giam-sat").text

"""From a draft to a version in force: two persons, a reason, a day; and back to an earlier content."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine import events
from engine.clock import local_date
from engine.commands import StartCase
from engine.errors import Finding
from engine.events.verify import verify
from engine.procedures.checks.examination import Examiner
from engine.procedures.versions import effect_at, manifest_of, newest
from engine.services import Stream
from engine.tables import Case, ProcedureVersion, ScheduledStart
from tests.support.studio import OWNER, SECOND, Studio
from tests.support.web import SPECIALIST, Office
from tests.support.world import World
from workflows import publication
from workflows.agencies.queries import actor_for_account
from workflows.studio import comments

PROCEDURE = "foreign-press-permit"
REASON = {
    "note": "Trả lời trong 03 ngày làm việc.",
    "instrument_number": "Nghị định 300/2026/NĐ-CP",
    "instrument_date": "25/08/2026",
    "effective_on": "10/09/2026",
}


@pytest.fixture
def owner(office: Office) -> Studio:
    return Studio(office)


@pytest.fixture
def second(office: Office) -> Studio:
    return Studio(office, SECOND)


def begin(studio: Studio, procedure: str = PROCEDURE, **fields: str) -> str:
    """A new draft; returns its id."""
    answer = studio.send("/xuong", procedure=procedure, **fields)
    assert answer.status_code == 303
    return str(answer.headers["Location"]).rpartition("/")[2]


def change(studio: Studio, draft: str, path: str, old: str, new: str) -> None:
    """Change a text in a file of the draft."""
    content = studio.get(f"/xuong/{draft}/tep/{path}").data.decode()
    assert old in content
    seen = studio.get(f"/xuong/{draft}/tep").get_json()["revision"]
    assert studio.put(draft, path, content.replace(old, new, 1).encode(), seen).status_code == 200


def digest(studio: Studio, draft: str) -> str:
    """What the approval on the draft's page is bound to."""
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', studio.get(f"/xuong/{draft}").text)
    return found[1] if found else ""


def publish(owner: Studio, second: Studio, draft: str, **reason: str) -> None:
    """Submit and approve."""
    assert owner.send(f"/xuong/{draft}/trinh", **{**REASON, **reason}).status_code == 303
    assert second.send(f"/xuong/{draft}/phe-duyet", digest=digest(second, draft)).status_code == 303


def in_force(office: Office, at: datetime, procedure: str = PROCEDURE) -> int:
    """Number of the version that a case begun at that moment runs."""
    with office.container.read() as session:
        effect = effect_at(session, procedure, at)
        return session.get_one(ProcedureVersion, effect.version_hash if effect else "").number


def start_case(office: Office, key: str) -> str:
    """A new case of an officer; returns its id."""
    with office.container.read() as session:
        officer = actor_for_account(session, SPECIALIST, local_date(office.clock.now()))
    return office.container.engine.execute(StartCase(PROCEDURE), actor=officer, key=key).case_id


def log(office: Office, procedure: str = PROCEDURE) -> list[str]:
    with office.container.read() as session:
        assert list(verify(session, Stream("procedure", procedure))) == []
        return [event.type for event in events.read(session, Stream("procedure", procedure))]


def test_nobody_waits_for_the_checks_of_what_is_submitted_and_approved(
    office: Office, owner: Studio, second: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given files that nobody has examined, when they are submitted and approved, then others write meanwhile."""
    draft = begin(owner, "ad-hoc-report")
    change(owner, draft, "deadlines.yaml", "amount: 2", "amount: 3")
    examine, examined = Examiner.examine, list[str]()

    def meanwhile(self: Examiner, *files: Any) -> list[Finding]:
        with office.container.write() as session:  # fails where the transaction around holds the lock of writers
            comments.add(session, officer, draft, "Đang xem", now=office.clock.now())
        examined.append(draft)
        return examine(self, *files)

    with office.container.read() as session:
        officer = actor_for_account(session, OWNER, local_date(office.clock.now()))
    monkeypatch.setattr(Examiner, "examine", meanwhile)
    monkeypatch.setattr(publication, "_examined", {})
    assert owner.send(f"/xuong/{draft}/trinh", **REASON).status_code == 303
    seen = digest(second, draft)
    monkeypatch.setattr(publication, "_examined", {})
    assert second.send(f"/xuong/{draft}/phe-duyet", digest=seen).status_code == 303
    assert len(examined) == 2


def test_a_change_is_published_by_two_persons_and_taken_back(office: Office, owner: Studio, second: Studio) -> None:
    draft = begin(owner, name="Rút ngắn hạn trả lời")
    change(owner, draft, "deadlines.yaml", "amount: 5", "amount: 3")

    # What is not whole is refused, and nothing typed is lost
    refused = owner.send(f"/xuong/{draft}/trinh", **{**REASON, "instrument_number": ""})
    assert refused.status_code == 400 and "văn bản làm căn cứ" in refused.text and "03 ngày" in refused.text
    assert owner.send(f"/xuong/{draft}/trinh", **{**REASON, "effective_on": "01/01/2020"}).status_code == 400

    # Nobody approves what they changed; the second person does, and only what was shown
    assert owner.send(f"/xuong/{draft}/trinh", **REASON).status_code == 303
    seen = digest(second, draft)
    assert seen and digest(owner, draft) == ""
    assert owner.send(f"/xuong/{draft}/phe-duyet", digest=seen).status_code == 403
    assert second.send(f"/xuong/{draft}/phe-duyet", digest="0" * 64).status_code == 409
    assert second.send(f"/xuong/{draft}/tra-lai", reason="Thiếu căn cứ ở bước trả lời").status_code == 303
    assert "Thiếu căn cứ ở bước trả lời" in owner.get(f"/xuong/{draft}").text

    # A change after submission opens it again: the approval of what was seen before is void
    assert owner.send(f"/xuong/{draft}/trinh", **REASON).status_code == 303
    seen = digest(second, draft)
    change(owner, draft, "deadlines.yaml", "amount: 3", "amount: 4")
    assert second.send(f"/xuong/{draft}/phe-duyet", digest=seen).status_code == 409
    change(owner, draft, "deadlines.yaml", "amount: 4", "amount: 3")
    publish(owner, second, draft)

    # New cases use it from that day on, those that run do not change
    start, until = office.clock.now(), datetime(2026, 9, 9, 17, 0, tzinfo=UTC)
    assert [in_force(office, at) for at in (start, until - timedelta(minutes=1), until)] == [1, 1, 2]
    world = World(office.container, office.clock)
    running = start_case(office, "a")
    office.clock.set(until)
    later = start_case(office, "b")
    hashes = [row.version_hash for id_ in (running, later) for row in world.rows(Case, id=id_)]
    assert hashes[0] != hashes[1]

    # The earlier content comes back as the version that it is
    owner, second = Studio(office), Studio(office, SECOND)  # signed in again: days have passed
    back = begin(owner, version=hashes[0], name="Trở lại")
    publish(owner, second, back, effective_on="15/09/2026")
    assert [in_force(office, until), in_force(office, datetime(2026, 9, 15, tzinfo=UTC))] == [2, 1]
    assert log(office)[-4:] == ["DraftBegun", "DraftSubmitted", "DraftApproved", "VersionReinstated"]
    page = second.get(f"/quy-trinh/{PROCEDURE}/lich-su").text
    assert "Áp dụng lại phiên bản 1 từ 15/09/2026" in page and "chuỗi nguyên vẹn" in page
    assert "Nghị định 300/2026/NĐ-CP, 25/08/2026" in page


def test_a_draft_with_faults_is_not_submitted(owner: Studio) -> None:
    draft = begin(owner)
    change(owner, draft, "process.bpmn", 'rule="reply"', 'rule="nope"')

    page = owner.get(f"/xuong/{draft}").text
    assert "nope" in page and "Trình phê duyệt" not in page
    assert owner.send(f"/xuong/{draft}/trinh", **REASON).status_code == 400


def test_two_drafts_side_by_side_lose_nothing(office: Office, owner: Studio, second: Studio) -> None:
    one, other = begin(owner, "training-plan"), begin(owner, "training-plan")
    change(owner, one, "process.bpmn", "</bpmn:documentation>", " Sửa.</bpmn:documentation>")
    change(owner, other, "procedure.yaml", "title:", "# sửa\ntitle:")
    publish(owner, second, one)

    refused = owner.send(f"/xuong/{other}/trinh", **REASON)
    assert refused.status_code == 409 and "Lấy thay đổi" in refused.text
    assert owner.send(f"/xuong/{other}/lay-moi").status_code == 303
    assert "Sửa." in owner.get(f"/xuong/{other}/tep/process.bpmn").data.decode()
    publish(owner, second, other, effective_on="12/09/2026")
    assert in_force(office, datetime(2026, 9, 12, tzinfo=UTC), "training-plan") == 3


def test_both_changed_the_same_file_the_draft_keeps_its_own_and_says_so(owner: Studio, second: Studio) -> None:
    one, other = begin(owner, "difficulty"), begin(owner, "difficulty")
    change(owner, one, "procedure.yaml", "title:", "# một\ntitle:")
    change(owner, one, "process.bpmn", 'name="Nêu khó khăn, đề xuất"', 'name="Nêu vướng mắc"')
    change(owner, other, "procedure.yaml", "title:", "# hai\ntitle:")
    change(owner, other, "process.bpmn", 'name="Gửi văn bản phản ánh"', 'name="Gửi phản ánh"')
    publish(owner, second, one)

    assert owner.send(f"/xuong/{other}/lay-moi").status_code == 303
    page = owner.get(f"/xuong/{other}").text
    assert "Cả hai bên cùng sửa các tệp: procedure.yaml." in page
    assert "# hai" in owner.get(f"/xuong/{other}/tep/procedure.yaml").data.decode()
    # Of the diagram they changed different steps: it has both
    diagram = owner.get(f"/xuong/{other}/tep/process.bpmn").data.decode()
    assert 'name="Nêu vướng mắc"' in diagram and 'name="Gửi phản ánh"' in diagram


def test_publishing_a_shared_part_changes_no_caller_until_it_repins(
    office: Office, owner: Studio, second: Studio
) -> None:
    with office.container.read() as session:
        caller = newest(session, "foreign-visitor") or ""
        pinned = manifest_of(session, caller).shared["outgoing-document"]
    draft = begin(owner, "outgoing-document")
    change(owner, draft, "process.bpmn", "</bpmn:documentation>", " Sửa.</bpmn:documentation>")
    publish(owner, second, draft)

    # The caller is as it was, and its owners are told
    with office.container.read() as session:
        assert newest(session, "outgoing-document") != pinned and newest(session, "foreign-visitor") == caller
    assert "Phần dùng chung đã có phiên bản mới:" in owner.get("/xuong").text
    again = begin(owner, "foreign-visitor")
    assert "Dùng phiên bản mới" in owner.get(f"/xuong/{again}").text
    assert owner.send(f"/xuong/{again}/phan-dung-chung", part="outgoing-document").status_code == 303
    publish(owner, second, again)
    with office.container.read() as session:
        now_pinned = manifest_of(session, newest(session, "foreign-visitor") or "").shared["outgoing-document"]
        assert now_pinned == newest(session, "outgoing-document")


def test_the_calendar_goes_by_the_version_that_is_in_force_on_the_day(
    office: Office, owner: Studio, second: Studio
) -> None:
    def due() -> dict[str, datetime]:
        with office.container.read() as session:
            rows = session.query(ScheduledStart).filter_by(procedure_id="annual-report", status="waiting")
            return {row.period: row.due_at for row in rows}

    before = due()
    [(period, moment)] = before.items()
    day = moment.astimezone(UTC) + timedelta(hours=12)
    draft = begin(owner, "annual-report")
    change(owner, draft, "procedure.yaml", f'yearly: "{day:%m-%d}"', 'yearly: "02-05"')

    # In force only after this year's day: that stays as it is, and no second case is planned for the year
    publish(owner, second, draft, effective_on=f"{day + timedelta(days=2):%d/%m/%Y}")
    assert due()[period] == before[period]
    later = [at for name, at in due().items() if name != period]
    assert [f"{at + timedelta(hours=7):%m-%d}" for at in later] == ["02-05"]


def test_remarks_stand_on_elements_until_they_are_settled(owner: Studio, second: Studio) -> None:
    draft = begin(owner)
    assert second.send(f"/xuong/{draft}/gop-y", about="process.bpmn#examine", text=" ").status_code == 400
    assert second.send(f"/xuong/{draft}/gop-y", about="process.bpmn#examine", text="Thêm hạn?").status_code == 303

    page = owner.get(f"/xuong/{draft}").text
    assert "Thêm hạn?" in page and f"/xuong/{draft}/so-do#examine" in page
    comment = re.search(rf"/xuong/{draft}/gop-y/([0-9a-f-]+)/xong", page)
    assert comment is not None
    assert owner.send(f"/xuong/{draft}/gop-y/{comment[1]}/xong").status_code == 303
    assert "đã xử lý" in owner.get(f"/xuong/{draft}").text

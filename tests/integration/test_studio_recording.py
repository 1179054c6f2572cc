"""A process owner clicks through a dry run of a draft and keeps it as a scenario, which then runs by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine.tables import Case, OutboxMessage
from tests.support.studio import Studio, begin_draft
from tests.support.web import Office
from web.scenario_runs import run
from web.studio.recording import dry_runs
from web.throwaway import Copy
from web.wiring import PROCEDURES
from workflows.scenarios.format import read_scenario

PROCEDURE = "difficulty"
SHIPPED: Path = PROCEDURES / PROCEDURE / "scenarios" / "01-giai-thich.yaml"
STEPS: list[dict[str, Any]] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["steps"]
AS_TYPED = {"True": "yes", "False": "no"}
START = {"by": "cv.so-ngoai-vu", "at": "03/09/2026 08:00"}


@pytest.fixture
def studio(office: Office) -> Studio:
    return Studio(office)


class Desk:
    """The page of a dry run, and what its owner does there; `seen` is how many steps the last page knew of."""

    def __init__(self, studio: Studio, draft: str) -> None:
        self.studio, self.path, self.seen = studio, f"/xuong/{draft}/chay-tung-buoc", 0

    @property
    def page(self) -> str:
        """What it shows, once the dry run is there."""
        while "Trang tự tải lại" in (text := self.studio.get(self.path).text):
            pass
        self.seen = int(found[1]) if (found := re.search(r'name="_seen" value="(\d+)"', text)) else 0
        return text

    def begin(self, **fields: str) -> TestResponse:
        return self.studio.send(self.path, **{**START, **fields})

    def do(self, step: Mapping[str, Any], **more: Any) -> TestResponse:
        """Fill in the form of a step as the officer of the scenario and send it."""
        typed = {name: AS_TYPED.get(str(value), value) for name, value in step["data"].items()}
        element = step.get("do") or step["record"]
        place = f"viec/{element}?co_quan={step['by'].partition('.')[2]}"
        return self._send(place, {"_by": step["by"], **typed, **more})

    def act(self, act: str, **fields: Any) -> TestResponse:
        return self._send(act, fields)

    def _send(self, act: str, fields: Mapping[str, Any]) -> TestResponse:
        answer = self.studio.send(f"{self.path}/{act}", **{"_seen": self.seen, **fields})
        self.seen += answer.status_code == 303
        return answer


def test_what_was_clicked_becomes_a_scenario_that_passes(office: Office, studio: Studio) -> None:
    draft = begin_draft(office, PROCEDURE)
    desk = Desk(studio, draft)
    assert "Ai mở vụ việc" in desk.page and "Lãnh đạo Sở Ngoại vụ" in desk.page
    assert desk.begin(at="hôm qua").status_code == 400
    assert desk.begin().status_code == 303
    assert "03/09/2026 08:00" in desk.page and "Chưa ghi bước nào" in desk.page

    # The form is the officers' own: what is wrong is told as they are told it, and nothing is recorded
    form = studio.get(f"{desk.path}/viec/describe?co_quan=so-ngoai-vu").text
    assert "Điều khoản của Quy chế" in form and "Chuyên viên 1, Sở Ngoại vụ" in form
    empty = desk.do({**STEPS[0], "data": {"clause": "khoản 4 Điều 25"}})
    assert empty.status_code == 422 and "khoản 4 Điều 25" in empty.text and "error-summary" in empty.text
    assert "Chưa ghi bước nào" in desk.page

    for step in STEPS[:4]:
        assert desk.do(step).status_code == 303, step
    assert "Tổng hợp" in desk.page

    # Time passes by a working day, back again, and to a day that somebody types
    assert desk.act("thoi-gian", to="ngay-lam-viec").status_code == 303
    assert "04/09/2026 08:00" in desk.page
    assert desk.act("lui").status_code == 303
    assert "04/09/2026 08:00" not in desk.page and desk.seen == 4
    assert desk.act("thoi-gian", to="den-han").status_code == 303
    assert "Nhắc hạn" in desk.page  # the reminder before the work is due came first
    assert desk.act("lui").status_code == 303
    assert "Nhắc hạn" not in desk.page
    assert desk.act("thoi-gian", to="thoi-diem", moment="01/09/2026").status_code == 400
    assert desk.act("thoi-gian", to="thoi-diem", moment="07/09/2026 09:30").status_code == 303
    assert "07/09/2026 09:30" in desk.page

    # Another window has gone on meanwhile: what was filled in before is refused
    assert desk.do(STEPS[4], _seen=4).status_code == 409
    # Another process of the program plays it again from the start
    for place in dry_runs.RUNS._places.values():
        place.drop()
    for step in STEPS[4:]:
        assert desk.do(step).status_code == 303, step
    assert "Đã giải thích" in desk.page

    # Saved under a name of its own, with what came of it
    assert desk.act("luu", name="01-giai-thich", title="Ghi thử").status_code == 409
    assert desk.act("luu", name="09-ghi-thu", title="").status_code == 400
    assert desk.act("luu", name="09-ghi-thu", title="Ghi thử").status_code == 303
    content = studio.get(f"/xuong/{draft}/tep/scenarios/09-ghi-thu.yaml").data
    said = yaml.safe_load(content)
    assert said["expect"]["outcome"] == "DA_GIAI_THICH" and len(said["expect"]["documents"]) == 3
    assert said["steps"][3]["expect"] == {
        "open": ["consolidate_difficulty"],
        "due": {"consolidate_difficulty": "2026-09-10 23:59:59"},
    }
    assert said["steps"][4] == {"wait": "5850m", "expect": {"open": ["consolidate_difficulty"]}}
    assert "Ai mở vụ việc" in desk.page  # the recording is over

    # It passes when it is run, and notices a change
    copy = Copy()
    assert run(copy.container, PROCEDURE, read_scenario("scenarios/09-ghi-thu.yaml", content)).failures == ()
    other = read_scenario("scenarios/09-ghi-thu.yaml", content.replace(b"2026-09-10 23", b"2026-09-11 23"))
    assert {one.what for one in run(copy.container, PROCEDURE, other).failures} == {"due"}
    copy.close()

    # Nothing of all this reached the store
    with office.container.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_a_draft_changed_while_recording_tells_which_step_is_no_longer_possible(
    office: Office, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = begin_draft(office, PROCEDURE)
    desk = Desk(studio, draft)
    desk.page  # noqa: B018 - the store is made
    desk.begin()
    for step in STEPS[:2]:
        assert desk.do(step).status_code == 303

    # The form asks for more now: the first step was not filled in so
    form = studio.get(f"/xuong/{draft}/tep/forms/difficulty.json").data
    shorter = form.replace(b'"max_length": 100', b'"max_length": 3')
    assert studio.put(draft, "forms/difficulty.json", shorter, 0).status_code == 200
    monkeypatch.setattr(dry_runs, "PATIENCE", 60.0)
    assert "bước ghi thứ 1 không còn làm được" in desk.page
    assert desk.act("thoi-gian", to="ngay-lam-viec").status_code == 409
    assert desk.act("lui", to="0").status_code == 303
    assert "Chưa ghi bước nào" in desk.page

    # With a fault in its files nothing runs at all, and the recording waits
    broken = studio.get(f"/xuong/{draft}/tep/process.bpmn").data.replace(b"describe", b"written_by_nobody", 1)
    assert studio.put(draft, "process.bpmn", broken, 1).status_code == 200
    assert "nên chưa chạy thử được" in desk.page
    assert studio.send(f"{desk.path}/bo").status_code == 303
    assert "Ai mở vụ việc" in desk.page


def test_acts_on_the_case_and_what_comes_from_outside_are_recorded_too(office: Office, studio: Studio) -> None:
    draft = begin_draft(office, "foreign-visitor")
    desk = Desk(studio, draft)
    desk.page  # noqa: B018 - the store is made
    told = yaml.safe_load((PROCEDURES / "foreign-visitor" / "scenarios" / "06-kieu-bao-huy.yaml").read_text("utf-8"))
    assert desk.begin(by=told["start"]["by"], at="07/09/2026 08:00").status_code == 303
    for step in told["steps"][:-1]:
        assert desk.do(step).status_code == 303, step
    assert "Ghi nhận khi đến" in desk.page

    # Nobody acts on a case without a reason
    suspend = {"who": "suspend:ld.so-ngoai-vu"}
    assert desk.act("thao-tac", **suspend, reason=" ").status_code == 400
    assert desk.act("thao-tac", **suspend, reason="Chờ đoàn xác nhận").status_code == 303
    assert "Tạm dừng vụ việc" in desk.page
    assert desk.do(told["steps"][-1]).status_code == 409  # as for officers: it stands still
    assert desk.act("thao-tac", who="resume:ld.so-ngoai-vu", reason="Đoàn đã trả lời").status_code == 303
    assert desk.do(told["steps"][-1]).status_code == 303
    assert desk.act("luu", name="09-dung-lai", title="Dừng lại").status_code == 303

    content = studio.get(f"/xuong/{draft}/tep/scenarios/09-dung-lai.yaml").data
    said = yaml.safe_load(content)
    assert [step.get("act") or step.get("record") for step in said["steps"][-3:]] == [
        "suspend", "resume", "visit_called_off",
    ]  # fmt: skip
    assert said["expect"]["outcome"] == told["expect"]["outcome"]
    copy = Copy()
    assert run(copy.container, "foreign-visitor", read_scenario("x.yaml", content)).failures == ()
    copy.close()

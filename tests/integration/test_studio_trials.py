"""The scenarios of a draft are run in a process of their own, before and after the change; nothing is left behind."""

from __future__ import annotations

import json
import time

import pytest
from sqlalchemy import func, select

from engine.clock import local_date
from engine.tables import Case
from tests.support.studio import OWNER, Studio, begin_draft
from tests.support.web import Office
from web.studio.trying import job_of, work
from workflows.agencies.queries import actor_for_account
from workflows.studio import trials
from workflows.studio.tables import Draft, DraftTrial

PROCEDURE = "training-plan"
PART, CALLER = "submission", "document-issue"
WAIT = 240


@pytest.fixture
def studio(office: Office) -> Studio:
    return Studio(office)


def run(office: Office, studio: Studio, draft: str) -> DraftTrial:
    """Run the scenarios and wait for their end."""
    assert studio.send(f"/xuong/{draft}/kich-ban").status_code == 303
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        with office.container.read() as session:
            trial = session.scalars(select(DraftTrial).where(DraftTrial.draft_id == draft)).one()
            if trial.status != "running":
                return trial
        time.sleep(0.5)
    raise AssertionError("the run did not come to an end")


def test_results_before_and_after_stand_side_by_side(office: Office, studio: Studio) -> None:
    draft = begin_draft(office, PROCEDURE)
    deadlines = studio.get(f"/xuong/{draft}/tep/deadlines.yaml").data
    longer = deadlines.replace(b"amount: 5, start: ends_on", b"amount: 8, start: ends_on")
    assert studio.put(draft, "deadlines.yaml", longer, 0).status_code == 200

    trial = run(office, studio, draft)

    assert trial.status == "done" and trial.done == trial.total > 0
    results = trial.results["results"].values()
    assert all(one["before"]["ok"] for one in results)
    assert any(failure["what"] == "due" for one in results for failure in one["after"]["failures"])
    page = studio.get(f"/xuong/{draft}/kich-ban").text
    assert "khác trước" in page and "Các bước đã chạy qua" in page and 'class="bpmn"' in page
    # What was passed is painted, flows too, and told by scenario beside it
    assert "bpmn-kind-flow is-passed" in page and "bpmn-kind-userTask is-passed" in page
    table = page.partition("Bảng các bước, luồng và kịch bản đi qua")[2]
    assert "Hai lớp" in table and "→" in table
    with office.container.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_a_shared_part_is_tried_by_the_scenarios_of_its_callers(office: Office, studio: Studio) -> None:
    draft = begin_draft(office, PART)
    assert "Phần dùng chung không tự mở vụ việc" in studio.get(f"/xuong/{draft}/chay-tung-buoc").text
    page = studio.get(f"/xuong/{draft}/kich-ban").text
    assert "Soạn thảo, trình, ban hành văn bản" in page and "Chạy kịch bản" in page
    form = json.loads(studio.get(f"/xuong/{draft}/tep/forms/appraisal.json").data)
    form["fields"].append({"name": "more", "type": "text", "label": {"vi": "Thêm", "en": "More"}, "required": True})
    assert studio.put(draft, "forms/appraisal.json", json.dumps(form).encode(), 0).status_code == 200
    with office.container.read() as session:
        [caller] = subjects = trials.subjects(session, session.get_one(Draft, draft))

    # The caller as it is, then the same calling the draft
    assert caller.procedure_id == CALLER and caller.before[-1].files == caller.after[-1].files
    assert caller.after[-1].calls == {**caller.before[-1].calls, PART: trials.DRAFT}

    *_told, last = work(job_of(subjects))

    results = last["results"]
    assert {one["procedure"] for one in results.values()} == {CALLER}
    assert all(one["before"]["ok"] for one in results.values())
    refused = [failure["element"] for one in results.values() for failure in one["after"]["failures"]]
    assert "appraise_proposal" in refused

    # The page tells of each caller, and paints what of the part was passed
    now = office.clock.now()
    with office.container.write() as session:
        trial = trials.begin(session, actor_for_account(session, OWNER, local_date(now)), draft, now)
        trials.hear(session, trial.id, last, now)
    page = studio.get(f"/xuong/{draft}/kich-ban").text
    assert "khác trước" in page and "is-passed" in page and "is-missed" in page


def test_a_draft_that_cannot_run_ends_its_run_and_says_so(office: Office, studio: Studio) -> None:
    draft = begin_draft(office, PROCEDURE)
    assert studio.put(draft, "procedure.yaml", b"id: training-plan\n", 0).status_code == 200

    assert run(office, studio, draft).status == "failed"
    assert "bị dừng giữa chừng" in studio.get(f"/xuong/{draft}/kich-ban").text
    assert studio.send(f"/xuong/{draft}/bo").status_code == 303
    assert studio.send(f"/xuong/{draft}/kich-ban").status_code == 409


def test_a_scenario_is_copied_changed_and_removed_in_the_browser(office: Office, studio: Studio) -> None:
    draft = begin_draft(office, PROCEDURE)
    path = f"/xuong/{draft}/kich-ban/09-moi"
    copied = studio.send(f"/xuong/{draft}/kich-ban-moi", of="01-hai-lop", name="09-moi", seen="0")
    assert copied.status_code == 303 and copied.headers["Location"] == path
    assert studio.send(f"/xuong/{draft}/kich-ban-moi", of="01-hai-lop", name="../x", seen="1").status_code == 400

    # What cannot be read is kept and told with its place; what is unsafe is refused and stays before its author
    text = studio.get(f"/xuong/{draft}/tep/scenarios/09-moi.yaml").data.decode()
    assert studio.send(path, text=text.replace("steps:", "stepz:", 1), seen="1", act="save").status_code == 303
    page = studio.get(path).text
    assert "Kịch bản chưa đọc được" in page and "stepz" in page
    refused = studio.send(path, text="a: &a\n  b: *a\n", seen="2", act="save")
    assert refused.status_code == 422 and "b: *a" in refused.text
    assert studio.send(path, text=text, seen="1", act="save").status_code == 409
    assert studio.send(path, text=text, seen="2", act="save").status_code == 303
    assert "Kịch bản chưa đọc được" not in studio.get(path).text

    assert studio.send(path, seen="3", act="remove").status_code == 303
    assert studio.get(path).status_code == 404

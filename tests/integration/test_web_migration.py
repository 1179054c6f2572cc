"""The pages by which running cases are put onto another version, as two process owners and an officer see them."""

from __future__ import annotations

import re

from engine.actors import SYSTEM
from engine.clock import local_date
from engine.procedures.bundle import Bundle
from engine.procedures.versions import newest, publish, stored_bundle
from engine.tables import Case
from tests.support.studio import OWNER, SECOND, Studio
from tests.support.web import SPECIALIST, Office
from workflows.agencies.queries import actor_for_account
from workflows.studio import drafts, trials

PROCEDURE = "incident-rebuttal"


def renamed(diagram: bytes, new: bytes) -> bytes:
    """The diagram with another id for the step that records what was detected, whatever it is called now."""
    found = re.search(rb'<bpmn:userTask id="([^"]+)" name="Ghi nh', diagram)
    assert found is not None
    refers = rb'((?:id|sourceRef|targetRef|bpmnElement)="|>)' + found[1] + rb'(?=["<])'
    return re.sub(refers, rb"\1" + new, diagram)


def publish_renamed(office: Office) -> str:
    """A version in which the step that records what was detected has another id; returns its hash."""
    with office.container.write() as session:
        files = dict(stored_bundle(session, newest(session, PROCEDURE) or "").files)
        diagram = renamed(files["process.bpmn"], b"detection_step")
        return publish(
            session,
            Bundle({**files, "process.bpmn": diagram}),
            actor=SYSTEM,
            now=office.clock.now(),
            document_templates="test",
            checks=lambda *_: [],
        ).hash


def test_a_plan_is_made_mapped_approved_by_a_second_person_and_told_in_the_case(office: Office) -> None:
    """Given a case at a step that a new version calls otherwise, when it is mapped and approved, then it goes on."""
    officer, owner, second = office.browser(SPECIALIST), Studio(office), Studio(office, SECOND)
    officer.start_detection()
    target = publish_renamed(office)
    assert "1 vụ việc đang chạy phiên bản 1" in owner.get("/xuong/chuyen").text

    answer = owner.send("/xuong/chuyen", to_version=target, reason="Nghị định mới")
    page = answer.headers["Location"]
    shown, studio = owner.get(page).text, owner.get("/xuong").text
    assert "1 theo phiên bản 1" in studio and "Chuyển sang phiên bản 2</a> <strong>Đang lập</strong>" in studio
    assert '<option value="detection_step" selected>' in shown
    assert "cần ghép bước" in shown and 'name="map:detect"' in shown and "Trình phê duyệt" not in shown

    assert owner.send(page, act="map", **{"map:detect": "detection_step"}).status_code == 303
    office.container.engine.drain()
    assert "Trình phê duyệt" in owner.get(page).text
    assert owner.send(page, act="submit").status_code == 303
    assert "Người khác phải phê duyệt" in owner.get(page).text
    assert owner.send(page, act="approve").status_code == 403

    assert "Phê duyệt và chuyển 1 vụ việc" in second.get(page).text
    assert second.send(page, act="approve").status_code == 303
    assert 'hx-trigger="every 2s"' in second.get(page).text
    office.container.engine.drain()
    done = second.get(page).text
    assert "Đã xong" in done and "đã chuyển: <strong>1</strong>" in done and "hx-trigger" not in done

    log = owner.get(f"/quy-trinh/{PROCEDURE}/lich-su").text
    assert "Phê duyệt chuyển 1 vụ việc đang chạy sang phiên bản 2" in log
    assert "Chuyển xong vụ việc sang phiên bản 2: đã chuyển 1, ở lại 0" in log and "Migration" not in log
    with office.container.read() as session:
        [case] = session.query(Case).all()
    history = officer.open(f"/vu-viec/{case.code}").text
    assert "Chuyển từ phiên bản 1 sang phiên bản 2 của quy trình" in history and "Nghị định mới" in history
    replayed = officer.open(f"/vu-viec/{case.code}/dien-lai").text
    assert "Ghi nhận thông tin sai lệch" in replayed
    earlier = officer.open(f"/vu-viec/{case.code}/dien-lai?buoc=2")
    assert earlier.status_code == 200


def test_acts_out_of_order_and_unknown_ones_are_refused(office: Office) -> None:
    owner = Studio(office)
    with office.container.read() as session:
        newest_hash = newest(session, PROCEDURE) or ""
    assert owner.send("/xuong/chuyen", to_version=newest_hash, reason=" ").status_code == 400
    page = owner.send("/xuong/chuyen", to_version=newest_hash, reason="x").headers["Location"]
    for act in ("submit", "approve", "stop", "go_on", "return", "nonsense", ""):
        assert owner.send(page, act=act).status_code == 409, act
    assert owner.get(f"{page}?trang=x&trang-thai=<b>").status_code == 200
    assert owner.send(page, act="discard").status_code == 303
    assert "Đã bỏ" in owner.get(page).text


def test_the_impact_of_a_draft_tells_cases_work_deadlines_and_who_works(office: Office) -> None:
    """Given a draft that renames a step, adds one and shortens a limit, then its page tells all that by name."""
    officer, owner = office.browser(SPECIALIST), Studio(office)
    officer.start_detection()
    with office.container.write() as session:
        actor = actor_for_account(session, OWNER, local_date(office.clock.now()))
        draft = drafts.begin(session, actor, PROCEDURE, now=office.clock.now())
        files = drafts.files(session, draft)
        rules = files["deadlines.yaml"]
        assert b"clock: hours, amount: 4," in rules
        changed = {
            "deadlines.yaml": rules.replace(b"clock: hours, amount: 4,", b"clock: hours, amount: 3,"),
            "process.bpmn": renamed(files["process.bpmn"], b"detecting_step"),
        }
        drafts.save(session, actor, draft.id, changed, seen=0, now=office.clock.now())
        draft_id = draft.id
    page = owner.get(f"/xuong/{draft_id}/anh-huong")
    assert page.status_code == 200
    assert "cần ghép bước" in page.text and "không còn trong phiên bản mới" in page.text
    assert "4 giờ" in page.text and "3 giờ" in page.text
    assert "Sở Ngoại vụ" in page.text
    assert "Chưa chạy kịch bản của bản nháp này." in page.text
    with office.container.write() as session:
        trial = trials.begin(session, actor, draft_id, office.clock.now())
        same, other = {"ok": True, "outcome": "DONE", "path": ["a"]}, {"ok": True, "outcome": "SECRET", "path": ["a"]}
        results = {"x": {"title": {"vi": "Kịch bản A"}, "before": same, "after": other}}
        results["y"] = {"title": {"vi": "Kịch bản B"}, "before": same, "after": same}
        trials.hear(session, trial.id, {"results": results}, office.clock.now())
    again = owner.get(f"/xuong/{draft_id}/anh-huong").text
    assert "Kịch bản A: DONE → SECRET" in again and "Kịch bản B" not in again
    assert owner.put(draft_id, "process.bpmn", b"<x/>", 1).status_code in (200, 422)
    assert owner.get(f"/xuong/{draft_id}/anh-huong").status_code == 200
    assert office.browser(SPECIALIST).open(f"/xuong/{draft_id}/anh-huong").status_code == 404

"""From a clause to what rests on it, and from its end to a list of tasks, as two process owners see it."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from pathlib import Path

from engine import events
from engine.clock import local_date
from engine.services import Stream
from tests.support.studio import OWNER, SECOND, Studio
from tests.support.web import SPECIALIST, Office
from web.cli.checking import warnings as checked_warnings
from workflows.agencies.queries import actor_for_account
from workflows.law import force_of
from workflows.law.clauses import Ended
from workflows.studio import clauses, drafts, findings
from workflows.studio.clause_tables import ClauseTask

BASIS = "qd01-2020:10.1"
"""Detection of false information: the procedure of rebuttal rests on it."""
DAYS = ((2026, 12, 31), (2027, 1, 1))
"""Its last day of law as the test records it, and the day after."""


def test_a_clause_shows_what_rests_on_it_and_its_end_becomes_tasks(office: Office) -> None:
    """Given a clause with steps and a running case, when two people record its end, then each thing is a task."""
    officer, owner, second = office.browser(SPECIALIST), Studio(office), Studio(office, SECOND)
    officer.start_detection()
    page = owner.get(f"/xuong/can-cu?dieu={BASIS}").text
    assert "Ghi nhận thông tin sai lệch" in page and "incident-rebuttal" in page
    assert "Vụ việc đang chạy: 1" in page and re.search(r"dựa trên điều khoản này:\s*PB-26-0001", page)

    told = {"basis": BASIS, "until": "31/12/2026", "document": "QĐ 99/2026/QĐ-UBND"}
    assert owner.send("/xuong/can-cu", **{**told, "until": "31/02/2026"}).status_code == 400
    assert owner.send("/xuong/can-cu", **told, replaced_by="nd262-2026:16").status_code == 303
    with office.container.read() as session:
        [change] = clauses.changes(session)
        assert session.query(ClauseTask).count() == 0
    way = f"/xuong/can-cu/{change.id}"
    assert owner.send(way, act="confirm").status_code == 403
    assert owner.send(way, act="nonsense").status_code == 409
    assert second.send(way, act="confirm").status_code == 303
    assert second.send(way, act="confirm").status_code == 409

    with office.container.read() as session:
        tasks = list(session.query(ClauseTask))
        resting = clauses.resting(session, office.container.engine.versions, BASIS, office.clock.now())
        logged = [event.type for event in events.read(session, Stream("config", "clauses"))]
    assert {(one.procedure_id, one.kind, one.thing) for one in tasks} == {(u.part, u.kind, u.id) for u in resting}
    assert "element" in {one.kind for one in tasks}
    assert logged == ["ClauseChangeProposed", "ClauseChangeConfirmed"]

    with office.container.write() as session:
        actor = actor_for_account(session, OWNER, local_date(office.clock.now()))
        draft = drafts.begin(session, actor, "incident-rebuttal", now=office.clock.now())
        files, pins, checks = drafts.files(session, draft), draft.pins, office.container.checks
        last, after = (findings.examine(session, files, pins, checks, date(*day)) for day in DAYS)
    mended = re.findall(r'<th scope="row"><a href="(/xuong/[^"]+)"', owner.get("/xuong/can-cu").text)
    assert any(place.endswith("/so-do#detect") for place in mended)
    assert {owner.get(place.partition("#")[0]).status_code for place in mended} == {200}
    assert f"{len(tasks)} việc phải sửa" in unescape(owner.get("/xuong").text)
    new = [(one.code, one.element) for one in after.warnings if one not in last.warnings]
    assert ("law.basis_ended", "detect") in new and not last.faults

    assert owner.send(f"/xuong/can-cu/viec/{tasks[0].id}", draft_id="khong-co").status_code == 404
    assert owner.send(f"/xuong/can-cu/viec/{tasks[0].id}").status_code == 303
    shown = owner.get("/xuong/can-cu").text
    assert "Đã xong, " in shown and "còn dựa trên điều khoản" in shown and "thay bằng" in shown
    assert owner.send(f"/xuong/can-cu/viec/{tasks[0].id}").status_code == 303
    assert "Đã xong, " not in owner.get("/xuong/can-cu").text


def test_a_recorded_end_is_told_wherever_the_law_is(office: Office) -> None:
    """Given the end that was confirmed above, then register, steps and command line say so from the day after."""
    owner = Studio(office)
    until = "Hết hiệu lực sau ngày 31/12/2026"
    assert until in owner.get("/quy-che/van-ban?ngay=2026-12-31").text
    after = owner.get("/quy-che/van-ban?ngay=2027-01-01").text
    assert "QĐ 99/2026/QĐ-UBND" in after and after.count("không có hiệu lực ngày này") > owner.get(
        "/quy-che/van-ban?ngay=2026-12-31"
    ).text.count("không có hiệu lực ngày này")

    with office.container.read() as session:
        ended = clauses.ended(session)
    assert force_of(BASIS, ended).until == date(*DAYS[0]) and force_of(BASIS).until is None
    assert not force_of("qd01-2020:10.2", ended).until
    whole = Ended("qd01-2020", date(*DAYS[0]))
    assert force_of(BASIS, [whole]).until == date(*DAYS[0])
    folder = Path("bpmn/incident-rebuttal")
    last, new = ({one.element for one in checked_warnings(folder, date(*day), ended)} for day in DAYS)
    assert "detect" in new - last


def test_forms_are_told_by_the_fields_that_rest_on_the_clause(office: Office) -> None:
    with office.container.read() as session:
        versions, now = office.container.engine.versions, office.clock.now()
        known = clauses.known(session, versions, now)
        fields = [use for basis in known for use in clauses.resting(session, versions, basis, now) if "#" in use.id]
    assert fields and all(use.kind == "form" and use.id.startswith("forms/") for use in fields)


def test_a_clause_that_nobody_knows_shows_nothing_and_is_not_ended(office: Office) -> None:
    owner = Studio(office)
    assert owner.get("/xuong/can-cu?dieu=<x>").status_code == 200
    answer = owner.send("/xuong/can-cu", basis="x", until="31/12/2026", document="x")
    assert answer.status_code == 404


def test_an_end_that_was_recorded_by_mistake_is_taken_back(office: Office) -> None:
    owner = Studio(office)
    with office.container.read() as session:
        [change] = clauses.changes(session)
    assert owner.send(f"/xuong/can-cu/{change.id}", act="withdraw").status_code == 303
    with office.container.read() as session:
        assert clauses.ended(session) == []
        assert clauses.waiting(session, office.container.engine.versions, office.clock.now()) == (0, 0)
    assert "việc phải sửa" not in unescape(owner.get("/xuong").text)

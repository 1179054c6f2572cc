"""An auditor reads what the mandate names, while it holds, and nothing else; on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.actors import Actor, Reach
from engine.clock import local_date
from engine.commands.case_run import CaseNotFound
from engine.errors import NotFound
from engine.queries import cases
from engine.tables import Case, Event
from tests.support.web import Office
from tests.support.world import HEAD, SPECIALIST, World
from workflows.agencies.tables import AuditMandate
from workflows.oversight import mandates, overdue
from workflows.oversight.mandates import BadMandate, OwnMandate, Wanted
from workflows.oversight.scope import scope_of

AUDITOR, ADMINISTRATOR = "kiemtra", "quantri"
TODAY = date(2026, 9, 1)
NO_LIMIT: Mapping[str, Any] = {
    "person_id": AUDITOR,
    "procedure_id": None,
    "cases_from": None,
    "cases_to": None,
    "valid_from": TODAY,
    "valid_to": None,
    "decision": "Quyết định 12/QĐ-UBND",
}


def give(world: World, by: str = ADMINISTRATOR, **limits: Any) -> None:
    with world.engine.transaction() as session:
        mandates.give(session, world.actor_of(by), world.clock.now(), Wanted(**{**NO_LIMIT, **limits}))


def take_all_away(world: World) -> None:
    with world.engine.transaction() as session:
        for one in session.scalars(select(AuditMandate)):
            mandates.end(session, world.actor_of(ADMINISTRATOR), world.clock.now(), one.id)


def reads(world: World, code: str) -> bool:
    """Whether the auditor of this day may open the case; lists and reports must say the same."""
    actor: Actor = world.actor_of(AUDITOR)
    try:
        world.ask(lambda s: cases.view(s, actor, world.engine.versions, world.engine.ports.directory, code))
        opened = True
    except CaseNotFound:
        opened = False
    listed = world.ask(lambda s: [row.code for row in cases.find(s, actor, world.engine.versions)])
    assert (code in listed) == opened
    later = world.clock.now() + timedelta(days=60)
    reported = world.ask(lambda s: overdue.items(s, scope_of(actor, later), limit=99))
    assert (code in {one.case_code for one in reported}) == opened
    return opened


def test_an_auditor_without_a_mandate_reads_nothing_and_one_with_limits_what_lies_within(world: World) -> None:
    world.detecting()
    [case] = world.rows(Case)
    assert reads(world, case.code)  # the demo store's mandate has no limit

    take_all_away(world)
    assert not reads(world, case.code)

    give(world, procedure_id="annual-plan")
    assert not reads(world, case.code)
    give(world, procedure_id="incident-rebuttal", cases_to=TODAY - timedelta(days=1))
    assert not reads(world, case.code)
    give(world, procedure_id="incident-rebuttal", cases_from=TODAY, cases_to=TODAY)
    assert reads(world, case.code)


def test_a_case_belongs_to_each_period_in_which_it_ran(world: World) -> None:
    world.detecting()
    [case] = world.rows(Case)
    take_all_away(world)
    give(world, cases_from=TODAY + timedelta(days=30))
    assert reads(world, case.code)  # it still runs
    with world.engine.transaction() as session:
        session.get_one(Case, case.id).ended_at = world.clock.now() + timedelta(days=29)
    assert not reads(world, case.code)


def test_a_mandate_holds_on_its_days_only(world: World) -> None:
    world.detecting()
    [case] = world.rows(Case)
    take_all_away(world)
    give(world, valid_from=TODAY + timedelta(days=1), valid_to=TODAY + timedelta(days=2))
    for reading in (False, True, True, False):
        assert reads(world, case.code) == reading
        world.clock.advance(timedelta(days=1))


def test_mandates_are_given_by_an_administrator_to_an_auditor_and_are_on_record(world: World) -> None:
    for by in (AUDITOR, HEAD, SPECIALIST):
        with pytest.raises(NotFound):
            give(world, by)
    with pytest.raises(OwnMandate):
        give(world, person_id=ADMINISTRATOR)
    for wrong in (
        {"person_id": "cv-so-ngoai-vu"},
        {"procedure_id": "khong-co"},
        {"decision": " "},
        {"valid_to": TODAY - timedelta(days=1)},
        {"cases_from": TODAY, "cases_to": TODAY - timedelta(days=1)},
    ):
        with pytest.raises(BadMandate):
            give(world, **wrong)
    give(world, procedure_id="incident-rebuttal")
    given = world.rows(Event, type="AuditMandateGiven")
    assert len(given) == 2 and world.faults() == []
    assert Reach("incident-rebuttal") in world.actor_of(AUDITOR).reach
    assert world.actor_of(HEAD).reach == () and b"reach" not in b"".join(row.envelope for row in given)


def test_outside_the_mandate_pages_of_a_case_its_replay_and_its_papers_are_not_there(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.browser(SPECIALIST).start_detection()
    auditor, administrator = office.browser(AUDITOR), office.browser(ADMINISTRATOR)
    pages = ["/vu-viec/PB-26-0001", "/vu-viec/PB-26-0001/dien-lai", "/vu-viec/PB-26-0001/thoi-han"]
    assert [auditor.open(page).status_code for page in pages] == [200] * len(pages)

    page = administrator.open("/giam-sat/pham-vi").text
    with office.container.read() as session:
        [mandate] = session.scalars(select(AuditMandate.id)).all()
    assert administrator.send(page, f"/giam-sat/pham-vi/{mandate}/ket-thuc").status_code == 303
    assert [auditor.open(page).status_code for page in pages] == [404] * len(pages)
    assert "Hôm nay không có phạm vi" in auditor.open("/giam-sat").text

    wrong = {"person_id": "kiemtra", "valid_from": "31/02/2026", "decision": "Quyết định 5"}
    again = administrator.send(administrator.open("/giam-sat/pham-vi").text, "/giam-sat/pham-vi", wrong)
    assert again.status_code == 400 and 'value="Quyết định 5"' in again.text
    today = f"{local_date(office.clock.now()):%d/%m/%Y}"
    fields = {**wrong, "valid_from": today, "procedure": "incident-rebuttal"}
    assert administrator.send(again.text, "/giam-sat/pham-vi", fields).status_code == 303
    assert [auditor.open(page).status_code for page in pages] == [200] * len(pages)

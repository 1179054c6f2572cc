"""Cases that nobody starts by hand: by the calendar, once for each rule and period, and because another case asks."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
from sqlalchemy import select

from engine.clock import ZONE
from engine.procedures.bundle import Bundle
from engine.tables import Case, CaseLink, Incident, ScheduledStart, WorkItem
from tests.support.small import LEAD, form, happened, install, open_items, payload, procedure, start, task
from tests.support.world import World

FORMS = {"note": form("text")}
WRITE = ["startEvent s", task("write"), "endEvent e"], ["s write", "write e"]
YEARLY = 'start: {timer: [{id: plan, yearly: "09-15", variables: {year: "year + 1"}}]}\n'
MONTHLY = "start: {timer: [{id: news, monthly: 5, role: FOREIGN, variables: {month: ended.month}}]}\n"


def timed(id_: str, start: str) -> Bundle:
    return procedure(id_, *WRITE, forms=FORMS, start=start)


def at(world: World, text: str) -> None:
    world.clock.set(datetime.fromisoformat(text).replace(tzinfo=ZONE))


def cases(world: World, procedure_id: str) -> list[Case]:
    return list(world.ask(lambda s: s.scalars(select(Case).where(Case.procedure_id == procedure_id)).all()))


def test_a_yearly_case_is_opened_once_for_the_agency_of_the_role(world: World) -> None:
    at(world, "2026-06-01T08:00")
    install(world, timed("plan", YEARLY))
    assert world.engine.start_due_cases() == 0  # the day of the year before publication is past
    at(world, "2026-09-15T00:00")
    assert world.engine.start_due_cases() == 1
    assert world.engine.start_due_cases() == 0
    (case,) = cases(world, "plan")
    assert case.initiator_agency == LEAD
    started = payload(world, case.id, "CaseStarted")
    assert (started["variables"], started["facts"]["period"]) == ({"year": 2027}, "2026")
    assert list(open_items(world, case.id)) == ["write"]


def test_rival_schedulers_open_one_case(world: World) -> None:
    at(world, "2026-06-01T08:00")
    install(world, timed("news", MONTHLY))
    at(world, "2026-06-05T08:00")
    opened: list[int] = []
    engines = [world.another_engine() for _ in range(4)]
    threads = [threading.Thread(target=lambda e=e: opened.append(e.start_due_cases())) for e in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(opened) == 1
    assert len(cases(world, "news")) == 1


def test_each_period_missed_during_a_standstill_is_caught_up_once(world: World) -> None:
    at(world, "2026-06-01T08:00")
    install(world, timed("news", MONTHLY))
    at(world, "2026-08-20T08:00")
    while world.engine.start_due_cases():
        pass
    months = [payload(world, case.id, "CaseStarted")["variables"]["month"] for case in cases(world, "news")]
    assert sorted(months) == [5, 6, 7]
    assert {case.initiator_agency for case in cases(world, "news")} == {"so-ngoai-vu"}


def test_a_new_version_moves_the_day_and_may_drop_the_rule(world: World) -> None:
    at(world, "2026-06-01T08:00")
    install(world, timed("plan", YEARLY))
    install(world, timed("plan", YEARLY.replace("09-15", "09-10")))
    at(world, "2026-09-10T08:00")
    assert world.engine.start_due_cases() == 1
    install(world, timed("plan", "start: {duties: [head]}\n"))
    at(world, "2027-09-10T08:00")
    world.engine.start_due_cases()
    assert len(cases(world, "plan")) == 1
    own = select(ScheduledStart.status).where(ScheduledStart.procedure_id == "plan").order_by(ScheduledStart.period)
    statuses = world.ask(lambda s: s.scalars(own).all())
    assert statuses == ["started", "dropped"]


def test_a_rule_that_fails_is_tried_again_and_keeps_no_other_waiting(world: World) -> None:
    at(world, "2026-06-01T08:00")
    install(world, timed("plan", YEARLY.replace("}}]", "}, role: NOBODY}]")), timed("zz", YEARLY))
    at(world, "2026-09-15T08:00")
    assert world.engine.start_due_cases() == 1
    (row,) = world.ask(lambda s: s.scalars(select(ScheduledStart).where(ScheduledStart.attempts == 1)).all())
    assert (row.procedure_id, row.status) == ("plan", "waiting")
    assert row.next_try_at > world.clock.now()


ASK = (
    'serviceTask ask <bpmn:extensionElements><ph:service name="cases.start_case">'
    '<ph:input name="procedure" value="\'other\'"/><ph:input name="agency" value="agency"/>'
    '<ph:input name="data" value="{\'year\': 2026}"/><ph:input name="reason" value="\'Theo dõi bài viết\'"/>'
    "</ph:service></bpmn:extensionElements>"
)


@pytest.fixture
def asking(world: World) -> World:
    """Given a procedure that asks for a case of another."""
    return install(
        world,
        procedure("asking", ["startEvent s", ASK, *WRITE[0][1:]],
                  ["s ask", "ask write", "write e"], forms=FORMS),
        procedure("other", *WRITE, forms=FORMS),
    )  # fmt: skip


def test_a_case_asks_for_another_and_both_know_of_each_other(asking: World) -> None:
    first = start(asking, "asking", f"cv.{LEAD}", agency="so-ngoai-vu")
    (second,) = cases(asking, "other")
    assert second.initiator_agency == "so-ngoai-vu"
    assert payload(asking, second.id, "CaseStarted")["facts"]["grew_out_of"] == first.case_code
    (link,) = asking.ask(lambda s: s.scalars(select(CaseLink)).all())
    assert (link.case_id, link.other_id, link.kind) == (second.id, first.case_id, "grew_out_of")
    assert "CaseLinkReceived" in happened(asking, first.case_id)
    assert asking.faults() == []


def test_what_nobody_began_by_hand_is_free_for_everybody_of_the_agency(world: World) -> None:
    """A step that goes on with whoever began the case is nobody's where a case or the calendar began it."""
    mine = ["startEvent s", task("write", claim="initiator"), "endEvent e"]
    asking = procedure("asking", ["startEvent s", ASK, *mine[1:]], ["s ask", "ask write", "write e"], forms=FORMS)
    install(world, asking, procedure("other", mine, WRITE[1], forms=FORMS))
    first = start(world, "asking", f"cv.{LEAD}", agency="so-ngoai-vu")
    (second,) = cases(world, "other")
    held = dict(world.ask(lambda s: s.execute(select(WorkItem.case_id, WorkItem.assignee_id)).tuples().all()))
    assert held[first.case_id] is not None
    assert held[second.id] is None


def test_asking_without_an_agency_is_an_incident(asking: World) -> None:
    first = start(asking, "asking", f"cv.{LEAD}", agency="")
    codes = asking.ask(lambda s: s.scalars(select(Incident.code).where(Incident.case_id == first.case_id)).all())
    assert codes == ["starting.bad_request"]
    assert cases(asking, "other") == []

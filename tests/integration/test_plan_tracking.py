"""Quarterly tracking of the yearly plan: tasks come from the plans, what was told last is there the next time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from engine.queries.variables import variables_of
from engine.tables import Case
from tests.integration.test_campaigns import CONFIRMED, LEAD, at, children, paper, work
from tests.support.world import World
from web.scenario_runs import run, scenarios_of
from workflows.campaigns.consolidated import task_progress

OPEN = {"launch": "open", "campaign": "Tình hình thực hiện kế hoạch", "year": 2027}


def tracked(world: World, number: int) -> str:
    """The case of that number among those that the calendar has opened by now."""
    while world.engine.start_due_cases():
        pass
    query = select(Case).where(Case.procedure_id == "plan-tracking").order_by(Case.started_at, Case.code)
    found = world.ask(lambda s: s.scalars(query).all())
    assert len(found) == number
    assert found[-1].initiator_agency == LEAD
    return str(found[-1].id)


def known(world: World, case_id: str) -> dict[str, Any]:
    return dict(world.ask(lambda s: variables_of(s, [case_id]))[case_id])


def test_each_quarter_begins_with_the_tasks_of_the_plan_as_they_were_told_last(sqlite_world: World) -> None:
    world = sqlite_world
    [(id_, scenario)] = scenarios_of("annual-plan")[:1]
    assert run(world.container, id_, scenario).ok
    at(world, "2027-04-04T08:00")
    while world.engine.start_due_cases():
        pass
    before = len(world.rows(Case, procedure_id="plan-tracking"))
    at(world, "2027-04-05T00:00")
    first = tracked(world, before + 1)
    facts = known(world, first)
    assert (facts["year"], facts["quarter"]) == (2027, 1)
    assert facts["respondents"]
    asked = facts["respondents"][0]
    work(world, first, "open_campaign", **OPEN, quarter=1, due_on="2027-04-20", respondents=[asked])
    paper(world, first)
    child = str(children(world, first)[asked].child_id)
    tasks = known(world, child)["planned"]
    assert tasks and {task["percent"] for task in tasks} == {0}
    told = [{**tasks[0], "percent": 60, "evidence": "Đã đăng 12 bài."}, *tasks[1:]]
    extra = {"content": "Việc mới", "percent": 100, "evidence": ""}
    work(world, child, "write_return", progress=[*told, extra], no_secret=CONFIRMED)
    paper(world, child)
    work(world, child, "check_return", received_on="2027-04-05", check_result="accepted")
    found = world.ask(lambda s: task_progress(s, first))
    assert found.totals == {
        "total": len(tasks) + 1,
        "done": 1,
        "untouched": len(tasks) - 1,
        "average": 160 // (len(tasks) + 1),
    }
    assert [task["content"] for task in found.tasks[asked]][-1] == "Việc mới"
    work(world, first, "assess", assessment="Đúng tiến độ.", no_secret=CONFIRMED)
    paper(world, first)
    paper(world, first)
    assert world.ask(lambda s: s.get_one(Case, first)).outcome == "DA_THEO_DOI"
    at(world, "2027-07-05T00:00")
    again = known(world, tracked(world, before + 2))["own"][asked]["planned"]
    assert [(task["content"], task["percent"]) for task in again] == [
        (task["content"], task["percent"]) for task in [*told, extra]
    ]
    assert world.faults() == []

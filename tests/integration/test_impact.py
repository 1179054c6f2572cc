"""What a draft would mean for running cases and for who works, before anything is decided."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.clock import to_text
from engine.commands import SuspendCase
from engine.tables import Case, WorkItem
from tests.support.letters import OWNER, asked, dated, soon
from tests.support.small import execute, procedure, start, task
from tests.support.world import SPECIALIST, World
from workflows.studio import drafts, impact

NOBODY = "soon:\n  name: {vi: soon}\n  regimes: []\n"


@pytest.fixture
def world(sqlite_world: World) -> World:
    return sqlite_world


def of_draft(world: World, **files: bytes) -> impact.Impact:
    """The impact of a draft of the letter in which these files, by the first part of their name, are others."""
    owner, now = world.actor_of(OWNER), world.clock.now()
    names = {"deadlines": "deadlines.yaml", "process": "process.bpmn"}
    with world.container.write() as session:
        draft = drafts.begin(session, owner, "letter", now=now)
        drafts.save(session, owner, draft.id, {names[key]: one for key, one in files.items()}, seen=0, now=now)
        draft_id = draft.id
    before = world.digest()
    with world.engine.read() as session:
        found = impact.of_draft(
            session, world.engine.versions, world.engine.ports, owner, draft_id, page=1, now=world.clock.now()
        )
    assert world.digest() == before
    return found


def test_each_case_tells_when_its_open_work_would_be_due(world: World) -> None:
    """Given open work of 48 hours, work without a date and a case that stands still, when a draft wants 24 hours."""
    waits, begun = asked(world), start(world, "letter", SPECIALIST)
    still = start(world, "letter", "cv.so-vhttdl")
    execute(world, SuspendCase(still.case_id, "chờ"), "ld.so-vhttdl")
    [item] = world.rows(WorkItem, case_id=waits, element_id="answer")
    found = of_draft(world, deadlines=soon(24).encode())
    [dated_case] = world.rows(Case, id=waits)
    told = {one.code: one for one in found.cases}
    first, second, third = (told[code] for code in (dated_case.code, begun.case_code, still.case_code))
    due = [to_text(item.due_at), to_text(item.due_at - timedelta(hours=24))]
    assert [one["changes"] for one in first.changes["changed"]] == [{"due_at": due}]
    assert (second.verdict, second.changes["changed"]) == ("safe", [])
    assert (third.verdict, third.changes) == ("stays", {})
    assert [one["code"] for one in third.reasons] == ["migration.suspended"]
    [limit] = found.limits
    assert [[one["amount"] for one in side] for side in (limit.before, limit.after)] == [[48], [24]]


def test_a_case_whose_new_date_cannot_be_told_stays(world: World) -> None:
    asked(world)
    [case] = of_draft(world, deadlines=NOBODY.encode()).cases
    assert (case.verdict, [one["code"] for one in case.reasons]) == ("stays", ["migration.rule"])


def test_work_that_comes_goes_and_gets_another_deadline_is_told(world: World) -> None:
    """Given a draft with a new step, one step less, and a deadline where there was none."""
    asked(world)
    other = procedure(
        "letter",
        [
            "startEvent s",
            dated("ask", "ask"),
            dated("answer", "answer"),
            task("file", "close", duty="clerk"),
            "endEvent e",
        ],
        ["s ask", "ask answer", "answer file", "file e"],
        forms={},
    )
    found = of_draft(world, process=other.files["process.bpmn"])
    told = {(one.kind, one.element_id): one for one in found.obligations}
    assert set(told) == {("added", "file"), ("removed", "close"), ("dated", "ask")}
    assert [len(side) for side in told["dated", "ask"].limits] == [0, 1]
    assert [who and who.duty for who in told["added", "file"].who] == [None, "clerk"]
    [working] = found.working
    assert (working.items, len(working.officers)) == (1, 0)

"""Long cases are marked, so that looking at an event costs the same early and late; a mark is believed only so far."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from engine.commands import ClaimWorkItem, ReleaseWorkItem
from engine.queries.history import History
from engine.replay import marks
from engine.replay.again import Again
from engine.replay.marks import EVERY
from engine.replay.standing import Standing, standing
from engine.replay.tables import ReplayMark
from engine.tables import Case
from tests.support.world import VERSIONS, World

PREFIX = {"specialist": "cv", "head": "ld", "clerk": "vt"}


@pytest.fixture
def case(world: World) -> Case:
    """A case of more than a hundred events, in which a timer has come and somebody cannot make up their mind."""
    case_id = world.stating()
    world.clock.advance(timedelta(hours=25))
    world.engine.drain()
    item = world.open_items(case_id)[0]
    actor = world.actor_of(f"{PREFIX[item.duty]}.{item.agency_id}")
    while len(world.history(case_id)) < 2 * EVERY + 10:
        for command in (ClaimWorkItem(item.id), ReleaseWorkItem(item.id)):
            world.engine.execute(command, actor=actor, key=f"again:{uuid4()}")
    [found] = world.rows(Case, id=case_id)
    assert isinstance(found, Case)
    return found


def keep(world: World) -> int:
    return marks.keep(world.engine.database, VERSIONS, world.clock)


def stood(world: World, case: Case, seq: int) -> Standing:
    with world.engine.read() as session:
        return standing(session, VERSIONS, case, seq)


def alter(world: World, **values: object) -> None:
    with world.engine.transaction() as session:
        session.execute(update(ReplayMark).values(**values))


def test_from_a_mark_everything_looks_as_from_the_start(world: World, case: Case) -> None:
    last = len(world.history(case.id))
    plain = {seq: stood(world, case, seq) for seq in (EVERY + 3, last - 1, last)}
    assert {one.since for one in plain.values()} == {0}
    assert keep(world) == len(world.rows(ReplayMark)) == last // EVERY
    assert keep(world) == 0  # nothing new has happened
    for seq, before in plain.items():
        now = stood(world, case, seq)
        assert 0 < now.since < seq
        for name in ("states", "opened_before", "opened", "before", "after", "facts"):
            assert getattr(now, name) == getattr(before, name), (seq, name)
        assert now.closed.get(seq) == before.closed.get(seq)


def test_what_a_case_has_behind_it_is_the_same_with_marks_and_without(world: World, case: Case) -> None:
    def behind() -> set[str]:
        passed: set[str] = world.ask(lambda session: History(VERSIONS, case).passed(session))
        return passed

    before = behind()
    assert {"detect", "receive", "triage"} <= before
    assert keep(world) > 0
    assert behind() == before


def test_a_mark_that_is_not_what_its_event_recorded_is_passed_over(world: World, case: Case) -> None:
    keep(world)
    with world.engine.read() as session:
        version = VERSIONS.get(session, case.version_hash)
    other = Again(lambda _: version)
    for event in world.history(case.id)[:20]:
        other.take(event)
    frozen = other.freeze()
    assert frozen is not None
    alter(world, state=frozen[0], memory=frozen[1])
    now = stood(world, case, len(world.history(case.id)))
    assert (now.since, now.verdict.answer) == (0, "agrees")
    alter(world, state=b"nothing")
    assert stood(world, case, len(world.history(case.id))).since == 0


def test_marks_of_another_program_are_made_anew(world: World, case: Case) -> None:
    keep(world)
    alter(world, program="0/0/0")
    assert stood(world, case, len(world.history(case.id))).since == 0
    assert keep(world) > 0
    assert {mark.program for mark in world.rows(ReplayMark)} == {marks.PROGRAM}

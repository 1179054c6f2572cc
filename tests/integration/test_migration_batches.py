"""Many cases are migrated in one batch: planned, rehearsed, approved by a second person, stopped and gone on with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from engine.commands import SuspendCase
from engine.commands.settle import settle
from engine.tables import Case, OutboxMessage
from tests.support.letters import OWNER, asked, latest, letter
from tests.support.small import complete, execute, form, happened, install, item_of, payload, start
from tests.support.world import SPECIALIST, World
from workflows.studio import batches, migration
from workflows.studio.batch_tables import MigrationBatch, MigrationRow
from workflows.studio.errors import OwnWork, UnknownDraft, WrongStatus

SECOND = "quytrinh2"
Step = Callable[..., Any]


class Batch:
    """One batch in a store, and the people who bring it on."""

    def __init__(self, world: World, mapping: dict[str, str] | None = None, who: str = OWNER, to: str = "") -> None:
        self.world = world
        with world.container.write() as session:
            made = batches.plan(
                session,
                world.engine.versions,
                world.actor_of(who),
                to or latest(world, "letter"),
                mapping or {},
                "Nghị định mới",
                now=world.clock.now(),
            )
            self.id = made.id

    def do(self, step: Callable[..., Any], who: str = OWNER, *more: Any) -> None:
        """One step of its way."""
        with self.world.container.write() as session:
            actor = self.world.actor_of(who)
            batch = batches.read(session, actor, self.id, lock=True)
            step(session, actor, batch, *more, self.world.clock.now())

    def rows(self) -> dict[str, MigrationRow]:
        """Its rows by case."""
        return {row.case_id: row for row in self.world.rows(MigrationRow, batch_id=self.id)}

    def statuses(self) -> list[str]:
        """Of its rows, sorted."""
        return sorted(row.status for row in self.rows().values())

    @property
    def status(self) -> str:
        """Its own."""
        return str(self.world.rows(MigrationBatch, id=self.id)[0].status)


def test_a_plan_is_rehearsed_approved_by_a_second_person_and_done_case_by_case(world: World) -> None:
    """Given cases of two versions, when a plan is approved by somebody else, then all go on by the target."""
    cases = [asked(world), asked(world)]
    install(world, letter(36))
    cases.append(start(world, "letter", SPECIALIST).case_id)
    install(world, letter(24))
    before = {id_: happened(world, id_) for id_ in cases}
    batch = Batch(world)
    world.engine.drain()
    assert {id_: happened(world, id_) for id_ in cases} == before
    rows = batch.rows()
    assert [rows[id_].status for id_ in cases] == ["ready"] * 3
    assert [rows[id_].from_number for id_ in cases] == [1, 1, 2]
    [changed] = rows[cases[0]].changes["changed"]
    assert list(changed["changes"]) == ["due_at"] and rows[cases[2]].changes["changed"] == []
    batch.do(batches.submit)
    with pytest.raises(OwnWork):
        batch.do(batches.approve)
    batch.do(batches.approve, SECOND)
    assert batch.status == "running"
    world.engine.drain()
    assert (batch.status, batch.statuses()) == ("finished", ["done"] * 3)
    assert {row.version_hash for row in world.rows(Case, procedure_id="letter")} == {latest(world, "letter")}
    told = payload(world, cases[0], "CaseMigrated")
    assert (told["batch"], told["approved_by"]) == (batch.id, world.actor_of(SECOND).name)
    [event] = [one for one in world.history(cases[0]) if one.type == "CaseMigrated"]
    assert event.envelope["actor"]["person_id"] == world.actor_of(OWNER).person_id
    assert world.faults() == []


def test_what_cannot_be_migrated_is_told_with_its_reason_and_left_as_it_is(world: World) -> None:
    """Given a renamed step, then cases before it are safe, those at it need a mapping, suspended ones stay."""
    at = asked(world)
    before = start(world, "letter", SPECIALIST).case_id
    stands = start(world, "letter", "cv.so-vhttdl").case_id
    execute(world, SuspendCase(stands, "chờ"), "ld.so-vhttdl")
    install(world, letter(element="reply_to_it"))
    batch = Batch(world)
    rows = batch.rows()
    assert [rows[id_].verdict for id_ in (before, at, stands)] == ["safe", "mapping", "stays"]
    assert [one["code"] for one in rows[at].reasons] == ["migration.gone"]
    assert rows[at].standing == "answer"
    with world.container.write() as session:
        made, owner = batches.read(session, world.actor_of(OWNER), batch.id), world.actor_of(OWNER)
        batches.plan_again(session, world.engine.versions, owner, made, {"answer": "reply_to_it"}, world.clock.now())
    world.engine.drain()
    assert batch.statuses() == ["blocked", "ready", "ready"]
    batch.do(batches.submit)
    batch.do(batches.approve, SECOND)
    world.engine.drain()
    assert batch.statuses() == ["blocked", "done", "done"]
    assert world.rows(Case, id=stands)[0].version_hash != latest(world, "letter")


def test_a_stop_leaves_what_waits_and_the_rest_is_done_later(world: World) -> None:
    """Given a running batch, when it is stopped in the middle, then nothing more happens until it goes on."""
    cases = [asked(world) for _ in range(4)]
    install(world, letter(24))
    batch = Batch(world)
    world.engine.drain()
    batch.do(batches.submit)
    batch.do(batches.approve, SECOND)
    for message in world.engine.due_messages()[:2]:
        world.engine.consume(message)
    batch.do(batches.stop)
    world.engine.drain()
    assert (batch.status, batch.statuses()) == ("stopped", ["done", "done", "halted", "halted"])
    assert sum("CaseMigrated" in happened(world, id_) for id_ in cases) == 2
    batch.do(batches.go_on)
    world.engine.drain()
    assert (batch.status, batch.statuses()) == ("finished", ["done"] * 4)
    with pytest.raises(WrongStatus):
        batch.do(batches.stop)


def test_what_happened_since_the_plan_is_seen_when_a_case_has_its_turn(world: World) -> None:
    """Given an approved plan, when a case moves on, ends or stands still, then it is done as it is, or left."""
    moved, ended = asked(world), asked(world)
    still = start(world, "letter", "cv.so-vhttdl").case_id
    install(world, letter(24))
    batch = Batch(world)
    world.engine.drain()
    batch.do(batches.submit)
    batch.do(batches.approve, SECOND)
    waiting = [row.id for row in world.rows(OutboxMessage, topic=batches.MIGRATE, status="waiting")]
    with world.container.write() as session:
        _hold(session, waiting, world.clock.now() + timedelta(hours=1))
    complete(world, moved, "answer", SPECIALIST, reply="x")
    for element in ("answer", "close"):
        complete(world, ended, element, SPECIALIST, **{"reply" if element == "answer" else "note": "x"})
    execute(world, SuspendCase(still, "chờ"), "ld.so-vhttdl")
    world.clock.set(world.clock.now() + timedelta(hours=2))
    world.engine.drain()
    rows = batch.rows()
    assert [rows[id_].status for id_ in (moved, ended, still)] == ["done", "blocked", "blocked"]
    told = [one["code"] for id_ in (ended, still) for one in rows[id_].reasons]
    assert told == ["migration.ended", "migration.suspended"]
    assert item_of(world, moved, "close")


def test_cases_begun_after_the_plan_are_told_and_come_in_when_it_is_made_again(world: World) -> None:
    asked(world)
    install(world, letter(24))
    target = latest(world, "letter")
    install(world, letter(36))
    batch = Batch(world, to=target)
    later = start(world, "letter", SPECIALIST).case_id
    made, owner = world.rows(MigrationBatch, id=batch.id)[0], world.actor_of(OWNER)
    assert world.ask(lambda session: migration.left_out(session, made)) == 1
    world.engine.drain()
    with world.container.write() as session:
        again = batches.read(session, owner, batch.id)
        batches.plan_again(session, world.engine.versions, owner, again, again.mapping, world.clock.now())
    assert later in batch.rows()
    assert world.ask(lambda session: migration.left_out(session, made)) == 0


def test_a_fault_of_the_program_fails_one_case_and_not_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [asked(world), asked(world)]
    install(world, letter(24, answer=form("reply", "copy")))
    batch = Batch(world)
    world.engine.drain()
    batch.do(batches.submit)
    batch.do(batches.approve, SECOND)
    before = happened(world, cases[0])

    def broken(run: Any) -> None:
        if run.case.id == cases[0]:
            raise RuntimeError("broken")
        settle(run)

    monkeypatch.setattr("engine.commands.migrating.settle", broken)
    world.engine.drain()
    rows = batch.rows()
    assert [rows[id_].status for id_ in cases] == ["failed", "done"]
    assert rows[cases[0]].reasons == [{"code": "migration.failed", "params": {"why": "RuntimeError"}}]
    assert happened(world, cases[0]) == before
    assert world.faults() == []


def test_only_owners_of_procedures_plan(world: World) -> None:
    asked(world)
    install(world, letter(24))
    for who in (SPECIALIST, "kiemtra", "quantri"):
        with pytest.raises(UnknownDraft):
            Batch(world, who=who)


def _hold(session: Session, ids: list[str], until: Any) -> None:
    for id_ in ids:
        session.get_one(OutboxMessage, id_).due_at = until

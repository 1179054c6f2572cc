"""A thousand running cases over five versions are put onto a sixth in one batch, with workers killed in the middle.

While it runs, and at its end, each case is wholly before or wholly after: version, event and row say the same.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select

from engine.actors import PROCESS_OWNER, Actor
from engine.commands import CompleteWorkItem, StartCase
from engine.commands.migrating import MIGRATED as MIGRATED_EVENT
from engine.core import Engine
from engine.procedures.bundle import Bundle
from engine.replay import AGREES, replay
from engine.tables import Case, Event, OutboxMessage
from tests.load import books, ledger, world
from tests.load.clients import Place, worker
from tests.load.crowd import Crowd, Member
from tests.load.figures import Figures, timed
from tests.load.trials import evenly
from tests.support.bpmn import bpmn
from workflows.studio import batches
from workflows.studio.batch_tables import DONE, FINISHED, REHEARSING, MigrationBatch, MigrationRow

MIGRATED = "migrated"
VERSIONS = 5
WORKERS = 2
TIMEOUT_SECONDS = 600.0
POLL_SECONDS = 0.2
KEPT_BACK = timedelta(hours=1)
STAGES: tuple[tuple[str, ...], ...] = ((), ("begin",), ("begin", "left"), ("begin", "left", "right"))
"""What was done in a case when the batch comes: nothing; branches open; one token half-way at the join; behind it."""


@dataclass(frozen=True)
class _Half:
    """What is found halfway: cases whose version, event or row do not agree."""

    done: int
    torn: int


def procedure(number: int) -> Bundle:
    """Two branches that meet; each version has a name of its own, the last another id for its last step."""
    last = "closing" if number > VERSIONS else "last"
    nodes = ["startEvent s", world.task("begin"), "parallelGateway split", world.task("left"), world.task("right")]
    nodes += ["parallelGateway join", world.task(last), "endEvent done"]
    flows = ["s begin", "begin split", "split left", "split right", "left join", "right join", f"join {last}"]
    return world.bundle(MIGRATED, bpmn(nodes, [*flows, f"{last} done"], MIGRATED), f"Phiên bản {number}")


def measure(url: str, cases: int, kills: int) -> Figures:
    """Fill a store, plan, rehearse and approve, kill workers while it is done, and compare."""
    with tempfile.TemporaryDirectory(prefix="phoihop-migrations-") as folder:
        place = Place(url, Path(folder))
        engine = ledger.prepare(url)
        _fill(engine, cases)
        planning, batch_id = timed(lambda: _plan(engine))
        crowd = Crowd([Member(f"worker {n}", worker, (place,), ends=False) for n in range(WORKERS)])
        with crowd.at_work():
            rehearsing, _ = timed(lambda: _until(lambda: not _counts(engine, batch_id)[REHEARSING]))
            kept_back = _approve(engine, batch_id)
            migrating, torn = timed(lambda: _under_fire(engine, batch_id, crowd, evenly(cases - 1, kills), kept_back))
        figures = _compare(engine, batch_id, cases)
        engine.database.dispose()
    seconds = {"plan_seconds": planning, "rehearsal_seconds": rehearsing, "migration_seconds": migrating}
    sizes = {"cases": cases, "versions": VERSIONS, "kills": crowd.kills, "workers": WORKERS}
    return {**sizes, **{name: round(value / 1000, 1) for name, value in seconds.items()}, **figures, "torn": torn}


def _fill(engine: Engine, cases: int) -> None:
    """As many cases of each version, at every stage."""
    officer = world.officer()
    for number in range(1, VERSIONS + 1):
        world.publish_all(engine, [procedure(number)])
        for place in range(cases * (number - 1) // VERSIONS, cases * number // VERSIONS):
            receipt = engine.execute(StartCase(MIGRATED), actor=officer, key=str(uuid4()))
            for element in STAGES[place % len(STAGES)]:
                item = next(one for one in receipt.open_items if one.element_id == element)
                command = CompleteWorkItem(item.id, world.VALUES)
                receipt = engine.execute(command, actor=officer, key=str(uuid4()))
    world.publish_all(engine, [procedure(VERSIONS + 1)])


def _owner(number: int) -> Actor:
    return Actor(f"owner-{number}", f"Chủ quy trình {number}", "owners", "OWNERS", frozenset({PROCESS_OWNER}))


def _plan(engine: Engine) -> str:
    with engine.transaction() as session:
        target = engine.versions.in_force(session, MIGRATED, datetime.now(UTC)).hash
        mapping = {"last": "closing"}
        now = engine.clock.now()
        return batches.plan(session, engine.versions, _owner(0), target, mapping, "Nghị định mới", now=now).id


def _approve(engine: Engine, batch_id: str) -> str:
    """Set the batch going but for one case, whose message waits until nobody is killed any more: a fast machine would
    be done before anybody had looked. Returns the id of that message."""
    planner, other = _owner(0), _owner(1)
    with engine.transaction() as session:
        batches.submit(session, planner, batches.read(session, planner, batch_id, lock=True), engine.clock.now())
    with engine.transaction() as session:
        batches.approve(session, other, batches.read(session, other, batch_id, lock=True), engine.clock.now())
        kept_back = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == batches.MIGRATE)).first()
        assert kept_back is not None
        kept_back.due_at += KEPT_BACK
        return kept_back.id


def _under_fire(engine: Engine, batch_id: str, crowd: Crowd, at: list[int], kept_back: str) -> int:
    """Kill a worker each time that so many more are done. Returns how often a case was found torn."""
    torn, released, until = 0, False, time.monotonic() + TIMEOUT_SECONDS
    while _status(engine, batch_id) != FINISHED and time.monotonic() < until:
        half = _look(engine, batch_id)
        torn += half.torn
        if at and half.done >= at[0]:
            at.pop(0)
            crowd.kill_one()
        if not at and not released:
            released = _release(engine, kept_back)
        time.sleep(POLL_SECONDS)
    return torn + _look(engine, batch_id).torn


def _release(engine: Engine, message_id: str) -> bool:
    with engine.transaction() as session:
        session.get_one(OutboxMessage, message_id).due_at = engine.clock.now()
    return True


def _look(engine: Engine, batch_id: str) -> _Half:
    """One look at a moment in the middle, in one statement."""
    target = select(MigrationBatch.to_version).where(MigrationBatch.id == batch_id).scalar_subquery()
    counted = (
        select(func.count()).where(Case.version_hash == target),
        select(func.count()).where(Event.type == MIGRATED_EVENT),
        select(func.count()).where(MigrationRow.batch_id == batch_id, MigrationRow.status == DONE),
    )
    with engine.read() as session:
        after, told, done = session.execute(select(*(one.scalar_subquery() for one in counted))).one()
    return _Half(done, int(not after == told == done))


def _compare(engine: Engine, batch_id: str, cases: int) -> Figures:
    """What the books say at the end: all zero but `done` is right."""
    with engine.read() as session:
        batch = session.get_one(MigrationBatch, batch_id)
        found = batches.counts(session, batch_id)
        told = Counter(session.scalars(select(Event.stream_id).where(Event.type == MIGRATED_EVENT)))
        rows = list(session.scalars(select(Case).where(Case.procedure_id == MIGRATED)))
        disagree = sum(replay(session, engine.versions, case).answer != AGREES for case in rows)
        return {
            "done": found[DONE],
            "unfinished": int(batch.status != FINISHED),
            "not_done": sum(found.values()) - found[DONE],
            "lost": cases - sum(told[case.id] == 1 and case.version_hash == batch.to_version for case in rows),
            "duplicated": books.surplus(told),
            "broken_chains": books.broken_chains(session),
            "replays_that_differ": disagree,
        }


def _counts(engine: Engine, batch_id: str) -> Counter[str]:
    with engine.read() as session:
        return batches.counts(session, batch_id)


def _status(engine: Engine, batch_id: str) -> str:
    with engine.read() as session:
        return session.get_one(MigrationBatch, batch_id).status


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + TIMEOUT_SECONDS
    while not holds() and time.monotonic() < until:
        time.sleep(POLL_SECONDS)

"""Stories of things that must happen once: messages, timers and notices, whatever crashes, repeats or gets lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from engine.commands import WithdrawCase
from engine.core import LOST_AFTER, MAXIMUM_DELIVERIES
from engine.services import Delivery
from engine.tables import CaseState, ConsumedMessage, Event, OutboxMessage, Timer
from tests.support.world import HEAD, World
from workflows.documents.tables import Dispatch

TOPIC = "documents.dispatch"
ROOT = Path(__file__).resolve().parents[2]


def dispatched(world: World) -> Counter[tuple[str, str]]:
    return Counter((row.document_id, row.recipient_agency_id) for row in world.rows(Dispatch))


def events_of(world: World, type: str) -> int:
    count: int = world.ask(lambda s: s.scalar(select(func.count()).select_from(Event).where(Event.type == type)))
    return count


def together(*acts: Callable[[], object]) -> None:
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        act()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_consumer_that_dies_after_its_effect_is_asked_again_and_has_it_once(world: World) -> None:
    # Given a consumer that sends the notice, then dies before the commit
    receipt = world.numbered(world.drafting())
    real, calls = world.engine.ports.consumers[TOPIC], []

    def dies(delivery: Delivery) -> None:
        real(delivery)
        calls.append(delivery.attempt)
        if len(calls) <= 2:
            raise MemoryError

    engine = world.another_engine(consumers={TOPIC: dies})
    first, second = engine.due_messages()

    # When it is delivered, nothing of it remains but the attempt
    assert engine.consume(first) is False
    assert dispatched(world) == Counter() and events_of(world, "DocumentDispatched") == 0
    row = world.rows(OutboxMessage, id=first)[0]
    assert (row.status, row.attempts) == ("waiting", 1) and "MemoryError" in row.last_error
    assert row.due_at == world.clock.now() + timedelta(seconds=5)
    assert engine.due_messages() == [second]

    # And later, and later again, it has its effect once
    for _ in range(2):
        world.clock.set(world.rows(OutboxMessage, id=first)[0].due_at)
        engine.consume(first)
    assert calls == [1, 2, 3]
    engine.drain()
    assert set(dispatched(world).values()) == {1}
    assert world.rows(OutboxMessage, status="waiting") == []
    assert [item.element_id for item in receipt.open_items] == []
    assert world.faults() == []


def test_a_message_that_is_never_accepted_ends_visibly_as_failed(world: World) -> None:
    world.numbered(world.drafting())

    def dies(_: Delivery) -> None:
        raise ConnectionError("nơi nhận không trả lời")

    engine = world.another_engine(consumers={TOPIC: dies})
    for _ in range(MAXIMUM_DELIVERIES):
        world.clock.advance(timedelta(hours=2))
        engine.drain()
    assert {row.status for row in world.rows(OutboxMessage)} == {"failed"}
    assert engine.take_unsent() == []


def test_one_message_delivered_by_four_workers_at_once_has_its_effect_once(world: World) -> None:
    world.numbered(world.drafting())
    first, second = world.engine.due_messages()
    workers = [partial(world.another_engine().consume, first) for _ in range(2)]
    together(*workers, *[partial(world.engine.consume, second)] * 2)
    assert events_of(world, "DocumentDispatched") == 2
    assert len(world.rows(ConsumedMessage)) == 2
    assert world.engine.consume(first) is False
    assert set(dispatched(world).values()) == {1}
    assert world.faults() == []


def test_a_message_that_the_broker_loses_is_handed_over_again(world: World) -> None:
    world.numbered(world.drafting())
    taken = world.engine.take_unsent()
    assert len(taken) == 2
    assert world.engine.take_unsent() == []  # the broker has them
    world.clock.advance(LOST_AFTER)
    assert world.engine.take_unsent() == []
    world.clock.advance(timedelta(seconds=1))
    assert sorted(world.engine.take_unsent()) == sorted(taken)
    world.engine.consume(taken[0])
    world.clock.advance(LOST_AFTER * 2)
    assert world.engine.take_unsent() == taken[1:]


def test_relays_that_look_at_the_same_moment_do_not_take_the_same_message(world: World) -> None:
    world.numbered(world.drafting())
    taken: list[str] = []
    together(*[lambda: taken.extend(world.another_engine().take_unsent())] * 3)
    assert len(taken) == len(set(taken)) == 2


def test_a_notice_of_a_case_withdrawn_meanwhile_still_goes_out(world: World) -> None:
    receipt = world.numbered(world.drafting())
    world.engine.execute(WithdrawCase(receipt.case_id, "Trùng"), actor=world.actor_of(HEAD), key="cancel")
    world.engine.drain()
    assert set(dispatched(world).values()) == {1}
    assert world.faults() == []


# Timers ---------------------------------------------------------------------------------------------------------------


def with_timers(world: World) -> int:
    """Several cases, each with a statement that is due in 24 hours and a timer that watches over it."""
    for _ in range(3):
        world.stating()
    waiting = world.rows(Timer, status="waiting")
    world.clock.set(max(timer.due_at for timer in waiting))
    return len(waiting)


def test_timers_fired_by_three_schedulers_at_once_fire_once_each(world: World) -> None:
    count = with_timers(world)
    assert count >= 3
    engines = [world.another_engine() for _ in range(3)]
    together(*[engine.fire_due_timers for engine in engines])
    fired = world.rows(Timer, status="fired")
    assert len(fired) >= count
    assert events_of(world, "TimerFired") == len(fired)
    assert world.faults() == []


SCHEDULER = """
import sys
from datetime import datetime
from engine.clock import ManualClock
from web.wiring import build
clock = ManualClock(datetime.fromisoformat(sys.argv[3]))
engine = build({"DATA_DIR": sys.argv[1], "DATABASE_URL": sys.argv[2]}, clock).engine
print("ready", flush=True)
sys.stdin.readline()
engine.fire_due_timers()
"""


def test_timers_fired_by_three_processes_fire_once_each(world: World) -> None:
    count = with_timers(world)
    settings = world.container.settings
    arguments = (str(settings.data_dir), settings.database_url, world.clock.now().isoformat())
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SCHEDULER, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    fired = world.rows(Timer, status="fired")
    assert len(fired) >= count and events_of(world, "TimerFired") == len(fired)
    assert world.faults() == []


def test_a_timer_that_cannot_fire_waits_for_ever_without_stopping_the_others(world: World) -> None:
    # Given a timer whose case cannot be read any more, as after a defect
    with_timers(world)
    broken = sorted(world.rows(Timer, status="waiting"), key=lambda timer: timer.next_try_at)[0]
    with world.engine.transaction() as session:
        session.get_one(Timer, broken.id).attempts = 5_000
        session.get_one(CaseState, broken.case_id).state = b"unreadable"
    # When the timers fire
    world.engine.fire_due_timers()
    # Then all others have fired, and it is tried again in an hour
    row = world.rows(Timer, id=broken.id)[0]
    assert (row.status, row.next_try_at) == ("waiting", world.clock.now() + timedelta(hours=1))
    assert events_of(world, "TimerFired") == len(world.rows(Timer, status="fired")) == 2

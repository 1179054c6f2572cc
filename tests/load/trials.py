"""The four trials: completions under fire, double submits, rival schedulers, and the outbox with workers killed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import dramatiq
from sqlalchemy import delete, func, select, update

from engine.actors import SYSTEM
from engine.clock import from_text
from engine.commands import RetryIncident, StartCase
from engine.core import Engine
from engine.tables import Case, Event, Incident, OutboxMessage, Timer, WorkItem
from tests.load import books, ledger, world
from tests.load.clients import FAILED, RECEIPT, Place, messenger, officer_at_work, one_of_two, worker
from tests.load.crowd import Crowd, Member, context, count_notes, end_fire, read_notes, save
from tests.load.figures import Figures, percentile
from web.worker import make_broker

TIMEOUT_SECONDS = 1_500.0
LEAD_SECONDS = 6  # schedulers must be at work before the first timer is due
REPEATED = 5  # one message in so many reaches the broker twice
FAR = {"due": "2099-01-01T00:00:00Z"}


@dataclass
class Fire:
    """When the next one is killed: evenly over the work that is done. Members keep their last piece back until then."""

    crowd: Crowd
    folder: Path
    at: list[int]
    restart_database: Callable[[], None] | None = None
    power_cuts: list[int] = field(default_factory=list)

    def meanwhile(self, done: int) -> None:
        """Kill whoever is due."""
        if self.at and done >= self.at[0]:
            self.at.pop(0)
            self.crowd.kill_one()
        if self.restart_database and self.power_cuts and done >= self.power_cuts[0]:
            self.power_cuts.pop(0)
            self.restart_database()
        if not self.at and not self.power_cuts:
            end_fire(self.folder)


def completions(
    place: Place, number: int, kills: int, *, restart_database: Callable[[], None] | None = None, restarts: int = 0
) -> Figures:
    """`number` completions by four officers and a messenger, of whom a random one is killed again and again.

    Some steps fail once after they took a number; their incidents are retried at the end.
    """
    engine = ledger.prepare(place.url)
    items = _cases(engine, -(-number // ledger.BRANCHES), place.folder)
    engine.database.dispose()
    officers = [Member(f"officer {n}", officer_at_work, (place, n)) for n in range(ledger.BRANCHES)]
    crowd = Crowd([*officers, Member("messenger", messenger, (place,), ends=False)])
    free = len(items) - len(officers)
    fire = Fire(crowd, place.folder, evenly(free, kills), restart_database, evenly(free, restarts))
    begun = time.monotonic()
    with crowd.at_work():
        crowd.wait(lambda: fire.meanwhile(count_notes(place.folder)), TIMEOUT_SECONDS)
        seconds = time.monotonic() - begun
    found = _rest_and_compare(engine, items, place.folder, crowd.crashes)
    measured = {"completions": len(items), "kills": crowd.kills, "database_kills": restarts - len(fire.power_cuts)}
    return {**measured, "seconds": round(seconds, 1), **vars(found)}


def doubles(place: Place, number: int) -> Figures:
    """`number` items, each handed in twice at the same moment: one wins, the other is told so."""
    engine = ledger.prepare(place.url)
    items = [_start(engine, ledger.DOUBLE).open_items[0].id for _ in range(number)]
    save(place.folder / "work.json", items)
    barrier = context().Barrier(2)
    crowd = Crowd([Member(name, one_of_two, (place, name, barrier)) for name in ("left", "right")])
    with crowd.at_work():
        finished = crowd.wait(lambda: None, TIMEOUT_SECONDS)
    with engine.read() as session:
        done = books.happened(session, "WorkItemCompleted", "work_item_id")
        chains, following = books.broken_chains(session), _followers(session)
    engine.database.dispose()
    answers = _answers(place.folder)
    winners = sum(1 for item in items if _one_winner(answers.get(item, [])))
    found = books.Findings(
        lost=sum(1 for item in items if not done[item]) + (not finished),
        duplicated=books.surplus(done) + books.surplus(following) + number - winners,
        broken_chains=chains,
        failed=crowd.crashes + sum(1 for notes in answers.values() for note in notes if note["answer"] == FAILED),
    )
    return {"submits": number, "winners": winners, **vars(found)}


def timers(place: Place, number: int, per_second: int, schedulers: int = 3) -> Figures:
    """`number` timers that fall due one after the other, and several schedulers that all want each."""
    engine = ledger.prepare(place.url)
    for _ in range(number):
        _start(engine, ledger.ALARM, FAR)
    crowd = Crowd([Member(f"scheduler {n}", worker, (place,), ends=False) for n in range(schedulers)])
    with crowd.at_work():
        _set_timers(engine, per_second)
        _until(lambda: _count(engine, Timer.status == "waiting") == 0, number / per_second + 120)
    with engine.read() as session:
        fired = books.happened(session, "TimerFired", "timer_id")
        late, chains = _lateness(session), books.broken_chains(session)
    engine.database.dispose()
    found = books.Findings(
        lost=number - len(fired), duplicated=books.surplus(fired), broken_chains=chains, failed=crowd.crashes
    )
    measured = {"timers": number, "per_second": per_second, "schedulers": schedulers}
    return {**measured, **_seconds(late, "late", 0.99), **vars(found)}


def outbox(place: Place, number: int, kills: int, per_second: int, workers: int = 3) -> Figures:
    """`number` messages through the broker, with workers killed meanwhile; every fifth is handed to it again, at once
    and after it was settled."""
    engine, broker = ledger.prepare(place.url), make_broker(place.broker)
    broker.declare_queue(place.queue)
    crowd = Crowd([Member(f"worker {n}", worker, (place,), ends=False) for n in range(workers)])
    try:
        with crowd.at_work():
            _warm_up(engine)
            fire = Fire(crowd, place.folder, evenly(number, kills))
            sent = _send(engine, broker, place.queue, number, per_second, fire)
            _until(lambda: _unsettled(engine) == 0, 180)
            _repeat(broker, place.queue, sent[::REPEATED])  # late as well: settled messages come again
            broker.join(place.queue, timeout=60_000)  # what the broker repeats must have its chance to do harm
    finally:
        forget_queue(broker, place.queue)
    with engine.read() as session:
        undelivered, duplicated = books.deliveries(session, books.effects(session))
        delays = _delays(session)
    engine.database.dispose()
    found = books.Findings(duplicated=duplicated, undelivered=undelivered, failed=crowd.crashes)
    sizes = {"messages": number, "per_second": per_second, "kills": crowd.kills}
    return {**sizes, **_seconds(delays, "delay", 0.99), **vars(found)}


def _send(engine: Engine, broker: dramatiq.Broker, queue: str, number: int, per_second: int, fire: Fire) -> list[str]:
    """Put messages into the outbox at that rate. Returns their ids."""
    begun, made, repeated = time.monotonic(), list[str](), 0
    while len(made) < number:
        made += _produce(engine, min(per_second // 10 or 1, number - len(made)))
        again = made[repeated::REPEATED]
        _repeat(broker, queue, again)
        repeated += len(again) * REPEATED
        fire.meanwhile(len(made))
        time.sleep(max(begun + len(made) / per_second - time.monotonic(), 0))
    return made


def _set_timers(engine: Engine, per_second: int) -> None:
    """Let the timers fall due one after the other, from soon on."""
    first = engine.clock.now() + timedelta(seconds=LEAD_SECONDS)
    with engine.transaction() as session:
        for position, timer_id in enumerate(session.scalars(select(Timer.id)).all()):
            due = first + timedelta(seconds=position / per_second)
            session.execute(update(Timer).where(Timer.id == timer_id).values(due_at=due, next_try_at=due))


def evenly(total: int, times: int) -> list[int]:
    """After how much of the work something happens so often."""
    return [round(total * (n + 1) / (times + 1)) for n in range(times)]


def _seconds(values: list[float], name: str, share: float) -> Figures:
    """Median, a high percentile and maximum in seconds; nothing where nothing was measured."""
    if not values:
        return {}
    high = f"{name}_p{round(share * 100)}_s"
    found = {f"{name}_p50_s": percentile(values, 0.5), high: percentile(values, share), f"{name}_max_s": max(values)}
    return {key: round(value, 3) for key, value in found.items()}


def forget_queue(broker: Any, queue: str) -> None:
    """Leave nothing of a trial on the broker."""
    if hasattr(broker, "client"):
        for key in broker.client.scan_iter(f"*{queue}*"):
            broker.client.delete(key)
    else:
        for name in (queue, f"{queue}.DQ", f"{queue}.XQ"):
            broker.channel.queue_delete(name)
    broker.close()


def _cases(engine: Engine, number: int, folder: Path) -> list[str]:
    """Start cases and write each agency's list. Returns the ids of all work items."""
    lists: dict[int, list[str]] = {n: [] for n in range(ledger.BRANCHES)}
    for _ in range(number):
        for item in _start(engine, ledger.LEDGER).open_items:
            lists[int(item.element_id.rpartition("_")[2])].append(item.id)
    for n, items in lists.items():
        save(folder / f"work-{n}.json", items)
    return [item for items in lists.values() for item in items]


def _start(engine: Engine, procedure: str, variables: Mapping[str, Any] | None = None) -> Any:
    return engine.execute(StartCase(procedure, variables=variables or {}), actor=world.officer(), key=str(uuid4()))


def _rest_and_compare(engine: Engine, items: list[str], folder: Path, crashes: int) -> books.Findings:
    """Retry by hand what had failed, deliver what waits, with the program as it is; then compare."""
    with engine.read() as session:
        failed = list(session.scalars(select(Incident.id).where(Incident.status == "open")))
    for incident_id in failed:
        engine.execute(RetryIncident(incident_id), actor=SYSTEM, key=f"retry {incident_id}")
    with engine.transaction() as session:
        session.execute(update(OutboxMessage).where(OutboxMessage.status == "waiting").values(due_at=world.PUBLISHED))
    engine.drain()
    with engine.read() as session:
        found = books.compare(session, items, folder, crashes)
        found.lost += session.scalar(select(func.count()).select_from(Case).where(Case.status == "running")) or 0
    engine.database.dispose()
    return found


def _answers(folder: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for note in read_notes(folder):
        found.setdefault(note["item"], []).append(note)
    return found


def _one_winner(notes: list[dict[str, Any]]) -> bool:
    """Under different keys one receipt and one refusal; under the same key the same receipt twice."""
    receipts = [note["seq"] for note in notes if note["answer"] == RECEIPT]
    if any(note["twin"] for note in notes):
        return len(receipts) == 2 and len(set(receipts)) == 1
    return len(receipts) == 1 and len(notes) == 2


def _followers(session: Any) -> Counter[str]:
    """How many work items of the second task each case has."""
    return Counter(session.scalars(select(WorkItem.case_id).where(WorkItem.element_id == "after")))


def _lateness(session: Any) -> list[float]:
    """Seconds from each timer's moment to the event that it fired; one timer a case."""
    query = select(Event.recorded_at, Timer.due_at).join(Timer, Timer.case_id == Event.stream_id)
    return [(at - due).total_seconds() for at, due in session.execute(query.where(Event.type == "TimerFired"))]


def _delays(session: Any) -> list[float]:
    """Seconds from the commit of each message to its first effect."""
    first: dict[str, datetime] = {}
    for message_id, at in session.execute(select(ledger.EFFECTS.c.message_id, ledger.EFFECTS.c.at)):
        first[message_id] = min(from_text(at), first.get(message_id, from_text(at)))
    sent = session.execute(select(OutboxMessage.id, OutboxMessage.created_at)).all()
    return [(first[id_] - created).total_seconds() for id_, created in sent if id_ in first]


def _produce(engine: Engine, number: int) -> list[str]:
    now = engine.clock.now()
    rows = [
        OutboxMessage(
            id=str(uuid4()), topic=ledger.TOPIC, body={}, status="waiting", attempts=0, due_at=now, created_at=now
        )
        for _ in range(number)
    ]
    with engine.transaction() as session:
        session.add_all(rows)
        return [row.id for row in rows]


def _warm_up(engine: Engine) -> None:
    """Until the workers are there; what wakes them does not count."""
    warm = _produce(engine, 3)
    _until(lambda: _unsettled(engine) == 0, 60)
    with engine.transaction() as session:
        session.execute(delete(ledger.EFFECTS).where(ledger.EFFECTS.c.message_id.in_(warm)))
        session.execute(delete(OutboxMessage).where(OutboxMessage.id.in_(warm)))


def _repeat(broker: dramatiq.Broker, queue: str, message_ids: list[str]) -> None:
    """The broker may repeat anything: these messages once more."""
    for id_ in message_ids:
        again: dramatiq.Message[None] = dramatiq.Message(
            queue_name=queue, actor_name="deliver", args=(id_,), kwargs={}, options={}
        )
        broker.enqueue(again)


def _unsettled(engine: Engine) -> int:
    return _count(engine, OutboxMessage.status == "waiting")


def _count(engine: Engine, condition: Any) -> int:
    with engine.read() as session:
        return session.scalar(select(func.count()).where(condition)) or 0


def _until(holds: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True

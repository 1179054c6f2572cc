"""Background work: the relay hands due outbox messages to the broker, workers deliver them, the scheduler fires timers,
the notary signs checkpoints, receivers are reminded of receipts and of answers to recalls, and long cases are marked
for their replay.

The outbox table is the truth: a broker may lose or repeat anything. With no BROKER_URL the broker lives in the
process. Threads start after gunicorn's fork; `flask --app web worker` runs the same in a process of its own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import dramatiq
from dramatiq.brokers.stub import StubBroker
from flask import Flask

from engine.core import Engine
from engine.replay import marks
from web.current import EXTENSION
from workflows.documents.dispatch import ended
from workflows.documents.dispatch import reminding as receipts
from workflows.documents.recall import reminding as recalls

if TYPE_CHECKING:
    from web.wiring import Container

log = logging.getLogger(__name__)

QUEUE = "phoihop"
RELAY_SECONDS = 0.3
SCHEDULER_SECONDS = 0.5
INTAKE_SECONDS = 2.0
NOTARY_SECONDS = 10.0
ANSWERS_SECONDS = 10.0
MARKS_SECONDS = 10.0
WORKER_THREADS = 2
# The defaults leave messages of a killed worker stranded for minutes.
REDIS_HEARTBEAT_MILLISECONDS = 15_000
REDIS_MAINTENANCE_CHANCE = 100_000


@dataclass
class Background:
    """The running background threads; `beats` tells when each last came round (monotonic seconds)."""

    stop_asked: threading.Event = field(default_factory=threading.Event)
    beats: dict[str, float] = field(default_factory=dict)
    worker: dramatiq.Worker | None = None
    threads: list[threading.Thread] = field(default_factory=list)

    def stop(self) -> None:
        """Ask all threads to end and wait for them."""
        self.stop_asked.set()
        for thread in self.threads:
            thread.join(timeout=10)
        if self.worker:
            self.worker.stop()

    def silent(self, longer_than: float) -> list[str]:
        """Names of the threads that have not come round for that many seconds."""
        now = time.monotonic()
        return sorted(name for name, beat in self.beats.items() if now - beat > longer_than)


def make_broker(url: str | None) -> dramatiq.Broker:
    """The broker for that address: Redis, RabbitMQ, or one inside the process."""
    if url is None:
        return StubBroker()
    if url.startswith(("redis://", "rediss://")):
        from dramatiq.brokers.redis import RedisBroker

        return RedisBroker(  # type: ignore[no-untyped-call]
            url=url,
            heartbeat_timeout=REDIS_HEARTBEAT_MILLISECONDS,
            maintenance_chance=REDIS_MAINTENANCE_CHANCE,
        )
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    return RabbitmqBroker(url=url, confirm_delivery=True)


def start_embedded(app: Flask) -> Background:
    """Start relay, scheduler and delivery threads in this process."""
    container: Container = app.extensions[EXTENSION]
    background = start(container)
    container.background = background
    return background


def start(container: Container) -> Background:
    """Start the background threads on that container."""
    broker = make_broker(container.settings.broker_url)
    deliver = delivery_actor(broker, container)
    background = Background(worker=dramatiq.Worker(broker, worker_threads=WORKER_THREADS, worker_timeout=200))
    engine = container.engine

    def relay() -> None:
        while messages := engine.take_unsent():
            for message_id in messages:
                deliver.send(message_id)

    def schedule() -> None:
        engine.start_due_cases()
        engine.fire_due_timers()
        engine.remind_of_due_work()
        engine.retry_due_incidents()

    def take_in() -> None:
        if container.intake:
            container.intake.take_all(engine.transaction, engine.clock.now)

    def answers() -> None:
        receipts.remind_all(engine.transaction, engine.clock.now())
        recalls.remind_all(engine.transaction, engine.clock.now())
        ended.follow(engine.transaction, engine.clock.now(), container.blobs)

    def run(name: str, work: Callable[[], None], every: float) -> None:
        _run_forever(background, name, lambda: None if container.gate.closed() else work(), every)

    assert background.worker is not None
    background.worker.start()
    run("relay", relay, RELAY_SECONDS)
    run("scheduler", schedule, SCHEDULER_SECONDS)
    if container.intake:
        run("intake", take_in, INTAKE_SECONDS)
    run("receipts", answers, ANSWERS_SECONDS)
    run("notary", container.notary.make_pass, NOTARY_SECONDS)
    run("marks", partial(_mark_long_cases, engine), MARKS_SECONDS)
    return background


def _mark_long_cases(engine: Engine) -> None:
    marks.keep(engine.database, engine.versions, engine.clock)


def delivery_actor(broker: dramatiq.Broker, container: Container) -> dramatiq.Actor[..., Any]:
    """The one dramatiq actor: delivers an outbox message by its id. It never retries by itself, the outbox does."""

    def deliver(message_id: str) -> None:
        container.engine.consume(message_id)

    declare = dramatiq.actor(broker=broker, actor_name="deliver", queue_name=QUEUE, max_retries=0)
    return declare(deliver)


def _run_forever(background: Background, name: str, work: Callable[[], None], every: float) -> None:
    def loop() -> None:
        while not background.stop_asked.is_set():
            try:
                work()
                background.beats[name] = time.monotonic()
            except Exception:  # the database or the broker may be away: the thread must outlive that
                log.exception("%s failed and tries again", name)
            background.stop_asked.wait(every)

    background.beats[name] = time.monotonic()
    thread = threading.Thread(target=loop, name=f"phoihop-{name}", daemon=True)
    background.threads.append(thread)
    thread.start()

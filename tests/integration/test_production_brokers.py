"""Stories of production: PostgreSQL with Redis or RabbitMQ, and worker processes that come, deliver, and are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import dramatiq
import pika
import pytest
import redis
from sqlalchemy import update

from engine.clock import SystemClock
from engine.tables import OutboxMessage
from tests.support.server import OWN_SETTINGS
from tests.support.services import require
from tests.support.world import World, open_world
from web import worker
from web.worker import delivery_actor, make_broker
from workflows.documents.tables import Dispatch

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60
LONG_AGO = timedelta(hours=1)
# Processes of these tests must not take each other's messages, nor those of somebody's own program on this machine.
WORKER = """
import sys
from flask.cli import main
from web import worker
worker.QUEUE = sys.argv.pop(1)
main()
"""


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"phoihop-test-{uuid4().hex[:8]}"
    monkeypatch.setattr(worker, "QUEUE", name)
    return name


@pytest.fixture(params=["redis", "rabbitmq"])
def broker_url(request: pytest.FixtureRequest, queue: str) -> Iterator[str]:
    """The address of each broker in turn; the queue of the test is removed at the end."""
    url = require(request.param)
    yield url
    if request.param == "redis":
        with redis.Redis.from_url(url) as client:
            for key in client.scan_iter(f"dramatiq:*{queue}*"):
                client.delete(key)
    else:
        connection = pika.BlockingConnection(pika.URLParameters(url))
        for suffix in ("", ".DQ", ".XQ"):
            connection.channel().queue_delete(f"{queue}{suffix}")
        connection.close()


@pytest.fixture
def world(seeded_postgres_url: str, tmp_path: Path) -> Iterator[World]:
    """A demo store on PostgreSQL whose clock shows the real time, as the workers' clocks do."""
    world = open_world(seeded_postgres_url, tmp_path)
    world.clock.set(SystemClock().now())
    yield world
    world.engine.database.dispose()


@contextmanager
def working(world: World, broker_url: str, queue: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of `flask --app web worker`, killed at the end if it still runs."""
    kept = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
    settings = world.container.settings
    own = {"DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url, "BROKER_URL": broker_url}
    command = [sys.executable, "-c", WORKER, queue, "--app", "web", "worker"]
    process = subprocess.Popen(command, cwd=ROOT, env={**kept, **own}, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def eventually(true: Callable[[], bool]) -> None:
    """Look again until it is true; fails after a minute, far beyond what it takes."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def all_done(world: World) -> bool:
    return {row.status for row in world.rows(OutboxMessage)} == {"done"}


def dispatched(world: World) -> Counter[tuple[str, str]]:
    return Counter((row.document_id, row.recipient_agency_id) for row in world.rows(Dispatch))


def test_a_worker_process_delivers_what_the_broker_brings(world: World, broker_url: str, queue: str) -> None:
    world.numbered(world.drafting())
    with working(world, broker_url, queue) as process:
        eventually(lambda: all_done(world))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert len(dispatched(world)) >= 2 and set(dispatched(world).values()) == {1}
    assert world.faults() == []


def test_what_a_killed_worker_held_is_delivered_by_the_next_one(world: World, broker_url: str, queue: str) -> None:
    # Given messages that a worker took from the broker and never delivered
    world.numbered(world.drafting())
    held = world.engine.take_unsent()
    assert len(held) == 2
    assert dispatched(world) == Counter()
    # When their time is over and another worker comes
    with world.engine.transaction() as session:
        session.execute(update(OutboxMessage).values(enqueued_at=world.clock.now() - LONG_AGO))
    with working(world, broker_url, queue):
        eventually(lambda: all_done(world))
    # Then each went out once
    assert set(dispatched(world).values()) == {1}
    assert world.faults() == []


def test_workers_killed_in_the_middle_of_deliveries_lose_and_repeat_nothing(
    world: World, broker_url: str, queue: str
) -> None:
    for _ in range(2):
        world.numbered(world.drafting())
    total = len(world.rows(OutboxMessage))
    with working(world, broker_url, queue):  # SIGKILL as soon as one has gone out
        eventually(lambda: len(world.rows(OutboxMessage, status="done")) > 0)
    with world.engine.transaction() as session:
        waiting = update(OutboxMessage).where(OutboxMessage.status == "waiting")
        session.execute(waiting.values(enqueued_at=world.clock.now() - LONG_AGO))
    with working(world, broker_url, queue), working(world, broker_url, queue):
        eventually(lambda: all_done(world))
    assert set(dispatched(world).values()) == {1}
    assert len({document for document, _ in dispatched(world)}) == total
    assert world.faults() == []


def test_a_message_that_the_broker_brings_three_times_has_its_effect_once(
    world: World, broker_url: str, queue: str
) -> None:
    world.numbered(world.drafting())
    broker: dramatiq.Broker = make_broker(broker_url)
    deliver = delivery_actor(broker, world.container)
    for message_id in [*world.engine.take_unsent(), "no-such-message"] * 3:
        deliver.send(message_id)
    with working(world, broker_url, queue):
        eventually(lambda: all_done(world))
    broker.close()
    assert set(dispatched(world).values()) == {1}
    assert world.faults() == []

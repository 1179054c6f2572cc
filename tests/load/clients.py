"""What the processes of the chaos trials do. Each function is the whole life of one process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, cast

from sqlalchemy.exc import InterfaceError, OperationalError

import web.worker
from engine.actors import Actor
from engine.blobs import FolderBlobs
from engine.commands import ClaimWorkItem, Command, CompleteWorkItem
from engine.core import Engine
from engine.errors import Rejected
from engine.proof import Notary
from engine.proof.keys import KeyFiles
from tests.load import broken, ledger, world
from tests.load.crowd import Notes, load, read_notes, wait_for_end_of_fire
from web.config import Settings
from web.wiring import Container
from workflows.documents.restoration import Gate
from workflows.publication import PublicationChecks

PATIENCE_SECONDS = 90.0
PAUSE_SECONDS = 0.1
RECEIPT, REFUSED, FAILED = "receipt", "refused", "failed"
AWAY = (OperationalError, InterfaceError)  # the database is away: ask again with the same key


@dataclass(frozen=True)
class Place:
    """Where a process works.

    Args:
        url: the store.
        folder: of notes and of the lists of work.
        variant: how the program is broken; None for the program as it is.
        broker: address of the broker, for workers.
        queue: name of the queue, so that trials do not meet.
    """

    url: str
    folder: Path
    variant: str | None = None
    broker: str | None = None
    queue: str = "phoihop"


def officer_at_work(place: Place, number: int) -> None:
    """Claim and complete every item of an agency's list that was not answered before the last death."""
    broken.apply(place.variant, place.folder)
    engine, actor = ledger.open_engine(place.url, unlucky=True), world.officer(number)
    answered = {note["item"] for note in read_notes(place.folder, str(number))}
    notes = Notes(place.folder, str(number))
    work = load(place.folder / f"work-{number}.json")
    for item in work:
        if item not in answered:
            if item == work[-1]:
                wait_for_end_of_fire(place.folder)
            ask(engine, ClaimWorkItem(item), actor, f"claim {item}")
            answer, seq = ask(engine, CompleteWorkItem(item, world.VALUES), actor, f"complete {item}")
            notes.write(item=item, answer=answer, seq=seq)


def one_of_two(place: Place, name: str, barrier: Barrier) -> None:
    """Hand in every item of the list at the same moment as somebody else; every second one under the same key."""
    broken.apply(place.variant, place.folder)
    engine, actor, notes = ledger.open_engine(place.url), world.officer(0), Notes(place.folder, name)
    for position, item in enumerate(load(place.folder / "work.json")):
        key = f"twin {item}" if position % 2 else f"{name} {item}"
        barrier.wait(PATIENCE_SECONDS)
        answer, seq = ask(engine, CompleteWorkItem(item, world.VALUES), actor, key)
        notes.write(item=item, answer=answer, seq=seq, twin=bool(position % 2))


def messenger(place: Place) -> None:
    """Deliver due outbox messages, as a worker does, for ever."""
    broken.apply(place.variant, place.folder)
    engine = ledger.open_engine(place.url)
    while True:
        if not patiently(lambda: sum(map(engine.consume, engine.due_messages()))):
            time.sleep(PAUSE_SECONDS)


def worker(place: Place) -> None:
    """The program's own worker: relay, scheduler and delivery, for ever."""
    broken.apply(place.variant, place.folder)
    web.worker.QUEUE = place.queue
    web.worker.start(container(place))
    while True:
        time.sleep(PAUSE_SECONDS)


def container(place: Place) -> Container:
    """What the worker needs of the composition: settings and engine."""
    settings = {"DATA_DIR": str(place.folder), "DATABASE_URL": place.url, "BROKER_URL": place.broker or ""}
    blobs, unused = FolderBlobs(place.folder / "blobs"), cast(Any, None)
    engine = ledger.open_engine(place.url)
    notary = Notary(engine.database, engine.clock, KeyFiles(place.folder / "log-keys"))
    return Container(
        Settings.load(settings),
        engine,
        blobs,
        unused,
        unused,
        Gate(engine.database),
        notary,
        PublicationChecks(frozenset()),
    )


def ask(engine: Engine, command: Command, actor: Actor, key: str) -> tuple[str, int | str]:
    """Send a command until it is answered, however often the database goes away.

    Returns:
        `receipt` and the event's number, or `refused` and the code, or `failed` and what came instead of an answer.
    """
    try:
        return RECEIPT, patiently(lambda: engine.execute(command, actor=actor, key=key)).seq
    except Rejected as refusal:
        return REFUSED, refusal.code
    except Exception as error:  # noqa: BLE001 - a person would see "something went wrong": that is a finding
        return FAILED, f"{type(error).__name__}: {error}"[:300]


def patiently(act: Callable[[], Any]) -> Any:
    """Try again while the database is away."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return act()
        except AWAY:
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE_SECONDS)

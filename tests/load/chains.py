"""Chains of events in bulk: made as the engine makes them, inserted many at a time, so that verifying can be timed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from engine import canonical
from engine.actors import Actor
from engine.core import Engine
from engine.events.envelope import GENESIS, Envelope, Origin, commitment
from engine.events.verify import streams, verify
from engine.procedures.manifest import Manifest
from engine.services import Stream
from engine.tables import Base, Event, EventPayload, EventStream
from tests.load import world
from tests.load.figures import Figures, timed

Rows = list[dict[str, Any]]
PER_STREAM = 100
BATCH = 20_000
TYPES = ("WorkItemCreated", "WorkItemClaimed", "WorkItemCompleted")
MANIFEST = Manifest("work", {}, {}, {})
ORIGIN = Origin(str(PER_STREAM), "work", 1, MANIFEST.hash, "7" * 64)


@dataclass
class Chain:
    """The end of a chain that is being made."""

    stream: Stream
    seq: int = 0
    hash: str = GENESIS

    def extend(self, type: str, content: bytes, actor: Actor, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
        """The rows of the next event and of its payload (canonical JSON)."""
        salt = secrets.token_bytes(16)
        digest = commitment(salt, content)
        envelope = Envelope(self.stream, self.seq + 1, type, now, now, actor, digest, self.hash, ORIGIN).canonical()
        self.seq, self.hash = self.seq + 1, canonical.digest(envelope)
        place = {"stream_kind": self.stream.kind, "stream_id": self.stream.id, "seq": self.seq}
        event = {**place, "type": type, "recorded_at": now, "envelope": envelope, "hash": self.hash}
        return event, {"event_hash": self.hash, "salt": salt, "payload": content}


def verification(url: str, events: int) -> Figures:
    """Fill a store with that many events in streams of a hundred, and verify all."""
    engine = filled(url, events)
    took, (checked, faults) = timed(lambda: _verify(engine))
    engine.database.dispose()
    return {
        "events": events,
        "streams": checked,
        "faults": faults,
        "seconds": round(took / 1000, 2),
        "events_per_second": round(events / took * 1000),
    }


def filled(url: str, events: int) -> Engine:
    """A new store with that many events in streams of a hundred."""
    engine = world.open_engine(url)
    world.create_schema(engine.database)
    for batch in _batches(events):
        with engine.transaction() as session:
            store(session, batch)
    return engine


def store(session: Session, rows: Sequence[tuple[type[Base], Rows]]) -> None:
    """Insert rows in bulk."""
    for model, values in rows:
        if values:
            table = model.__table__
            assert isinstance(table, Table)
            session.execute(insert(table), values)


def _verify(engine: Engine) -> tuple[int, int]:
    with engine.read() as session:
        found = streams(session)
        return len(found), sum(1 for stream in found for _ in verify(session, stream))


def _batches(total: int) -> Iterator[list[tuple[type[Base], Rows]]]:
    actor, content = world.officer(), canonical.dumps({"work_item_id": "0" * 36, "values": dict(world.VALUES)})
    events, payloads, heads = Rows(), Rows(), Rows()
    for number in range(-(-total // PER_STREAM)):
        chain = Chain(Stream("case", f"case-{number:032}"))
        for _ in range(min(PER_STREAM, total - number * PER_STREAM)):
            now = world.PUBLISHED + timedelta(seconds=chain.seq)
            event, payload = chain.extend(TYPES[chain.seq % len(TYPES)], content, actor, now)
            events.append(event)
            payloads.append(payload)
        heads.append({"kind": "case", "id": chain.stream.id, "length": chain.seq, "last_hash": chain.hash})
        if len(events) >= BATCH:
            yield [(EventStream, heads), (Event, events), (EventPayload, payloads)]
            events, payloads, heads = Rows(), Rows(), Rows()
    yield [(EventStream, heads), (Event, events), (EventPayload, payloads)]

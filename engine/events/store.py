"""Appending to a chain and reading it back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine import canonical
from engine.actors import Actor
from engine.database import locked_or_new
from engine.events.envelope import GENESIS, Envelope, Origin, commitment, read_envelope
from engine.services import Stream
from engine.tables import Event, EventPayload, EventStream

SALT_BYTES = 16


@dataclass(frozen=True)
class RecordedEvent:
    """An event as read back; `payload` is None once it was lawfully deleted."""

    seq: int
    type: str
    hash: str
    envelope: Mapping[str, Any]
    payload: Mapping[str, Any] | None


def append(
    session: Session,
    stream: Stream,
    type: str,
    payload: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    occurred_at: datetime | None = None,
    origin: Origin | None = None,
) -> RecordedEvent:
    """Append one event to `stream` within the caller's transaction.

    Args:
        type: name in the past tense, for example `WorkItemCompleted`.
        payload: JSON-able, no floats.
        now: moment of recording (UTC); also of occurrence unless `occurred_at` says otherwise.

    Returns:
        The event as recorded.
    """
    head = _locked_head(session, stream)
    content, salt = canonical.dumps(payload), secrets.token_bytes(SALT_BYTES)
    envelope = Envelope(
        stream=stream,
        seq=head.length + 1,
        type=type,
        occurred_at=occurred_at or now,
        recorded_at=now,
        actor=actor,
        payload_digest=commitment(salt, content),
        previous_hash=head.last_hash,
        origin=origin or Origin(),
    )
    data = envelope.canonical()
    hash_ = canonical.digest(data)
    row = {"stream_kind": stream.kind, "stream_id": stream.id, "seq": envelope.seq, "type": type}
    session.execute(insert(Event), {**row, "recorded_at": now, "envelope": data, "hash": hash_})
    session.execute(insert(EventPayload), {"event_hash": hash_, "salt": salt, "payload": content})
    head.length, head.last_hash = envelope.seq, hash_
    return RecordedEvent(envelope.seq, type, hash_, read_envelope(data), canonical.loads(content))


def read(session: Session, stream: Stream, *, after: int = 0, limit: int | None = None) -> Iterator[RecordedEvent]:
    """The stream's events in order, from `after` (exclusive)."""
    statement = (
        select(Event, EventPayload.payload)
        .outerjoin(EventPayload, EventPayload.event_hash == Event.hash)
        .where(Event.stream_kind == stream.kind, Event.stream_id == stream.id, Event.seq > after)
        .order_by(Event.seq)
        .limit(limit)
    )
    for event, payload in session.execute(statement):
        envelope = read_envelope(event.envelope)
        yield RecordedEvent(event.seq, event.type, event.hash, envelope, _content(payload))


def _content(payload: bytes | None) -> Mapping[str, Any] | None:
    """None where the payload was lawfully deleted."""
    return canonical.loads(payload) if payload is not None else None


def _locked_head(session: Session, stream: Stream) -> EventStream:
    key = {"kind": stream.kind, "id": stream.id}
    return locked_or_new(session, EventStream, key, length=0, last_hash=GENESIS)

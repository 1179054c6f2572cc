"""Appending to a chain and reading it back."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from engine import canonical
from engine.actors import Actor
from engine.database import locked_or_new
from engine.events.envelope import GENESIS, Envelope, Origin, commitment, read_envelope
from engine.services import Stream
from engine.statements import Prepared
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


class Chain:
    """The end of one stream inside a transaction that holds its lock; what is appended is written by `flush`."""

    def __init__(self, connection: Connection, stream: Stream, length: int, last_hash: str) -> None:
        self._connection, self.stream = connection, stream
        self.length, self.last_hash = length, last_hash
        self._pending: list[tuple[dict[str, Any], dict[str, Any]]] = []

    @classmethod
    def begin(cls, connection: Connection, stream: Stream) -> Chain:
        """A stream that has no event yet; its head becomes visible with the transaction."""
        head = {"kind": stream.kind, "id": stream.id, "length": 0, "last_hash": GENESIS}
        _INSERT_HEAD.run(connection, [head])
        return cls(connection, stream, 0, GENESIS)

    def append(
        self,
        type: str,
        payload: Mapping[str, Any],
        *,
        actor: Actor,
        now: datetime,
        occurred_at: datetime | None = None,
        origin: Origin | None = None,
    ) -> int:
        """Append one event; returns its number. Arguments as of `append`."""
        content, salt = canonical.dumps(payload), secrets.token_bytes(SALT_BYTES)
        envelope = Envelope(
            stream=self.stream,
            seq=self.length + 1,
            type=type,
            occurred_at=occurred_at or now,
            recorded_at=now,
            actor=actor,
            payload_digest=commitment(salt, content),
            previous_hash=self.last_hash,
            origin=origin or Origin(),
        )
        data = envelope.canonical()
        self.length, self.last_hash = envelope.seq, canonical.digest(data)
        event = {
            "stream_kind": self.stream.kind,
            "stream_id": self.stream.id,
            "seq": envelope.seq,
            "type": type,
            "recorded_at": now,
            "envelope": data,
            "hash": self.last_hash,
        }
        self._pending.append((event, {"event_hash": self.last_hash, "salt": salt, "payload": content}))
        return envelope.seq

    def mark(self) -> tuple[int, str]:
        """Where the stream ends after a `flush`, for `back_to`."""
        return self.length, self.last_hash

    def back_to(self, mark: tuple[int, str]) -> None:
        """Forget what was appended since then: the database has rolled it back."""
        self.length, self.last_hash = mark
        self._pending = []

    def flush(self) -> None:
        """Write what was appended, and the new head."""
        if not self._pending:
            return
        _INSERT_EVENTS.run(self._connection, [event for event, _ in self._pending])
        _INSERT_PAYLOADS.run(self._connection, [payload for _, payload in self._pending])
        head = {"head_kind": self.stream.kind, "head_id": self.stream.id}
        _UPDATE_HEAD.run(self._connection, [{**head, "length": self.length, "last_hash": self.last_hash}])
        self._pending = []


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
) -> int:
    """Append one event to `stream` within the caller's transaction, and write it.

    Args:
        type: name in the past tense, for example `WorkItemCompleted`.
        payload: JSON-able, no floats.
        now: moment of recording (UTC); also of occurrence unless `occurred_at` says otherwise.

    Returns:
        The event's number in its stream.
    """
    head, chain = _locked(session, stream)
    seq = chain.append(type, payload, actor=actor, now=now, occurred_at=occurred_at, origin=origin)
    chain.flush()
    set_committed_value(head, "length", chain.length)  # the row is kept for the next append of this transaction
    set_committed_value(head, "last_hash", chain.last_hash)
    return seq


def read(
    session: Session, stream: Stream, *, after: int = 0, limit: int | None = None, types: Collection[str] = ()
) -> Iterator[RecordedEvent]:
    """The stream's events in order, from `after` (exclusive); those of some types where any is named."""
    of_types = [Event.type.in_(types)] if types else []
    statement = (
        select(Event, EventPayload.payload)
        .outerjoin(EventPayload, EventPayload.event_hash == Event.hash)
        .where(Event.stream_kind == stream.kind, Event.stream_id == stream.id, Event.seq > after, *of_types)
        .order_by(Event.seq)
        .limit(limit)
    )
    for event, payload in session.execute(statement):
        envelope = read_envelope(event.envelope)
        yield RecordedEvent(event.seq, event.type, event.hash, envelope, _content(payload))


def _content(payload: bytes | None) -> Mapping[str, Any] | None:
    """None where the payload was lawfully deleted."""
    return canonical.loads(payload) if payload is not None else None


def _locked(session: Session, stream: Stream) -> tuple[EventStream, Chain]:
    key = {"kind": stream.kind, "id": stream.id}
    head = locked_or_new(session, EventStream, key, length=0, last_hash=GENESIS)
    return head, Chain(session.connection(), stream, head.length, head.last_hash)


_HEADS = cast(Table, EventStream.__table__)
_INSERT_HEAD = Prepared(insert(_HEADS))
_INSERT_EVENTS = Prepared(insert(cast(Table, Event.__table__)))
_INSERT_PAYLOADS = Prepared(insert(cast(Table, EventPayload.__table__)))
_UPDATE_HEAD = Prepared(
    update(_HEADS)
    .where(_HEADS.c.kind == bindparam("head_kind"), _HEADS.c.id == bindparam("head_id"))
    .values(length=bindparam("length"), last_hash=bindparam("last_hash"))
)

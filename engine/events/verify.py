"""Verifying a chain: every hash, every link, every payload, and the recorded head.

Somebody who alters the log with the database's own shell may leave anything behind: text where bytes were, a day that
is none. Columns are therefore read as raw as the driver gives them, and whatever cannot be read is a fault, never a
failure of the proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, LargeBinary, Row, Select, String, cast, select, type_coerce
from sqlalchemy.orm import Session

from engine import canonical
from engine.events.envelope import GENESIS, commitment, read_envelope
from engine.events.erasure import erased
from engine.services import Stream
from engine.tables import Event, EventPayload, EventStream

PAYLOAD_MISSING = "audit.payload_missing"


@dataclass(frozen=True)
class ChainFault:
    """One place where a chain does not prove. `code` is the key of its sentence."""

    code: str
    stream: Stream
    seq: int
    type: str = ""


def verify(session: Session, stream: Stream) -> Iterator[ChainFault]:
    """All faults of one chain, in order; none means that it is whole and unaltered, but for lawful deletions."""
    previous, expected_seq, deleted = GENESIS, 1, erased(session, stream)
    for row in session.execute(_rows(stream)):
        for code in _faults(row, previous, expected_seq, stream):
            if code == PAYLOAD_MISSING and row.seq in deleted:
                continue
            yield ChainFault(code, stream, row.seq, row.type)
        previous, expected_seq = row.hash, row.seq + 1
    head = session.get(EventStream, {"kind": stream.kind, "id": stream.id}, populate_existing=True)
    if head is None or (head.length, head.last_hash) != (expected_seq - 1, previous):
        yield ChainFault("audit.head_differs", stream, expected_seq - 1)


def streams(session: Session, kind: str | None = None) -> list[Stream]:
    """Every stream that has a head or an event: a deleted head must not hide its events."""
    found: set[tuple[str, str]] = set()
    for table in (select(EventStream.kind, EventStream.id), select(Event.stream_kind, Event.stream_id).distinct()):
        found.update((k, i) for k, i in session.execute(table))
    return [Stream(k, i) for k, i in sorted(found) if kind in (None, k)]


def _rows(stream: Stream) -> Select[int, str, str, bytes, str, bytes, bytes]:
    return (
        select(
            cast(Event.seq, Integer).label("seq"),
            Event.type,
            type_coerce(Event.recorded_at, String).label("recorded_at"),
            cast(Event.envelope, LargeBinary).label("envelope"),
            Event.hash,
            cast(EventPayload.salt, LargeBinary).label("salt"),
            cast(EventPayload.payload, LargeBinary).label("payload"),
        )
        .outerjoin(EventPayload, EventPayload.event_hash == Event.hash)
        .where(Event.stream_kind == stream.kind, Event.stream_id == stream.id)
        .order_by(Event.seq)
        .execution_options(yield_per=1000)
    )


def _faults(row: Row[*tuple[Any, ...]], previous: str, expected_seq: int, stream: Stream) -> Iterator[str]:
    if row.seq != expected_seq:
        yield "audit.event_missing"
    envelope = _envelope(row)
    if envelope is None:
        yield "audit.envelope_altered"
        return
    if envelope["previous_hash"] != previous:
        yield "audit.link_broken"
    if not _columns_agree(row, envelope, stream):
        yield "audit.columns_altered"
    if row.payload is None:
        yield PAYLOAD_MISSING
    elif commitment(row.salt, row.payload) != envelope["payload_digest"]:
        yield "audit.payload_altered"


def _envelope(row: Row[*tuple[Any, ...]]) -> Mapping[str, Any] | None:
    """What was hashed; None where the bytes are not those that were hashed, or no envelope at all."""
    if canonical.digest(row.envelope) != row.hash:
        return None
    try:
        return read_envelope(row.envelope)
    except (ValueError, KeyError, TypeError):
        return None


def _columns_agree(row: Row[*tuple[Any, ...]], envelope: Mapping[str, Any], stream: Stream) -> bool:
    return bool(
        envelope["stream"] == {"kind": stream.kind, "id": stream.id}
        and envelope["seq"] == row.seq
        and envelope["type"] == row.type
        and envelope["recorded_at"] == _moment(row.recorded_at)
    )


def _moment(value: object) -> datetime | None:
    """The stored moment: PostgreSQL gives a datetime, SQLite the text it keeps, in UTC without saying so."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)

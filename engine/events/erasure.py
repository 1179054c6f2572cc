"""Deleting what events say, lawfully: payload and salt go, the chain stays and says by which decision they went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import canonical
from engine.actors import Actor
from engine.events.envelope import commitment, read_envelope
from engine.events.store import append
from engine.services import Stream
from engine.tables import Event, EventPayload

ERASED: Final = "ContentDeleted"
"""Type of the event that says what was deleted before it: its own payload is never deleted."""
BATCH = 500


def erase(
    session: Session,
    stream: Stream,
    facts: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    only: Sequence[int] | None = None,
) -> int:
    """Delete the payloads of a stream and put it on record there, in the caller's transaction.

    Args:
        facts: by whom, why and by which decision; nothing of the content.
        only: numbers of the events; all that are still there where None.

    Returns:
        How many payloads were deleted.
    """
    there = (
        select(Event.seq, Event.hash)
        .join(EventPayload, EventPayload.event_hash == Event.hash)
        .where(Event.stream_kind == stream.kind, Event.stream_id == stream.id, Event.type != ERASED)
        .order_by(Event.seq)
    )
    rows = [(seq, hash_) for seq, hash_ in session.execute(there) if only is None or seq in only]
    hashes = [hash_ for _, hash_ in rows]
    for start in range(0, len(hashes), BATCH):
        session.execute(delete(EventPayload).where(EventPayload.event_hash.in_(hashes[start : start + BATCH])))
    erased = spans(seq for seq, _ in rows)
    append(session, stream, ERASED, {**facts, "erased": erased}, actor=actor, now=now)
    return len(rows)


def erased(session: Session, stream: Stream) -> set[int]:
    """Numbers of the events whose payloads were lawfully deleted; a record that was altered allows nothing."""
    query = (
        select(Event.seq, Event.envelope, EventPayload.salt, EventPayload.payload)
        .join(EventPayload, EventPayload.event_hash == Event.hash)
        .where(Event.stream_kind == stream.kind, Event.stream_id == stream.id, Event.type == ERASED)
    )
    found: set[int] = set()
    for seq, envelope, salt, payload in session.execute(query):
        try:
            digest, told = read_envelope(envelope)["payload_digest"], canonical.loads(payload)["erased"]
            if commitment(salt, payload) == digest:
                found.update(n for first, last in told for n in range(first, min(last, seq - 1) + 1))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def spans(numbers: Iterable[int]) -> list[list[int]]:
    """Ascending numbers as [first, last] of each unbroken run."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found

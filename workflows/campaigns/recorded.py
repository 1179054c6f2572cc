"""What a campaign has counted and put together, as its history keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical
from engine.tables import Event, EventPayload


@dataclass(frozen=True)
class Recorded:
    """The result of a service at one moment (UTC)."""

    at: datetime
    result: Mapping[str, Any]


def latest(session: Session, case_id: str, service: str) -> Recorded | None:
    """What that service answered last in the case; None where it was never called, or what it said was deleted."""
    query = (
        select(Event.recorded_at, EventPayload.payload)
        .join(EventPayload, EventPayload.event_hash == Event.hash)
        .where(Event.stream_kind == "case", Event.stream_id == case_id, Event.type == "ServiceCompleted")
        .order_by(Event.seq.desc())
    )
    for at, payload in session.execute(query):
        told = canonical.loads(payload)
        if told["service"] == service:
            return Recorded(at, told["result"])
    return None

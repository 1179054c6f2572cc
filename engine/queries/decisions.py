"""How often each rule of a decision table has decided, told from the log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.tables import Case, Event, EventPayload

LATEST: Final = 20_000
"""Decisions that are counted at most, the latest first: the page of a table must not wait for decades of log."""


@dataclass(frozen=True)
class Hits:
    """How many decisions were counted, and in how many of them each rule fitted, by the rule's id."""

    decisions: int
    rules: Counter[str]


def hits(session: Session, table: str, procedure_id: str | None) -> Hits:
    """Count what a table decided.

    Args:
        table: the table's path in its procedure's folder.
        procedure_id: whose cases are asked; None for a table of a shared part, which decides in the cases of many.
    """
    query = (
        select(EventPayload.payload)
        .join(Event, Event.hash == EventPayload.event_hash)
        .join(Case, Case.id == Event.stream_id)
        .where(Event.type == "DecisionMade", Event.stream_kind == "case")
        .order_by(Event.recorded_at.desc())
        .limit(LATEST)
    )
    if procedure_id is not None:
        query = query.where(Case.procedure_id == procedure_id)
    made = [payload for row in session.scalars(query) if (payload := _read(row))["table"] == table]
    return Hits(len(made), Counter(rule for payload in made for rule in payload["rules"]))


def _read(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(content)
    return found

"""Messages of documents for the outbox, put there by commands that run outside a case's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from engine.tables import OutboxMessage


def post(session: Session, now: datetime, topic: str, body: Mapping[str, Any], case_id: str | None = None) -> None:
    """Put a message into the outbox; it leaves after the commit.

    Args:
        topic: who it is for.
        body: ids only.
        case_id: the case in whose name it goes, if any.
    """
    message = OutboxMessage(id=str(uuid4()), topic=topic, case_id=case_id, body=dict(body), status="waiting")
    message.due_at, message.created_at = now, now
    session.add(message)

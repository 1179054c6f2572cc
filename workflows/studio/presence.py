"""Who has the diagram of a draft open: pages say so again and again, and whoever falls silent has left."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.actors import Actor
from workflows.studio import drafts
from workflows.studio.tables import DraftPresence

SILENCE: Final = timedelta(seconds=60)
"""After this long without a word somebody counts as gone; pages speak three times as often."""


def here(session: Session, actor: Actor, draft_id: str, now: datetime) -> None:
    """Note that this person has the diagram of a draft open. Raises `UnknownDraft`."""
    drafts.read(session, actor, draft_id)
    old = DraftPresence.draft_id == draft_id, DraftPresence.heard_at < now - SILENCE
    session.execute(delete(DraftPresence).where(*old))
    row = session.get(DraftPresence, (draft_id, actor.person_id))
    if row is None:
        row = DraftPresence(draft_id=draft_id, person_id=actor.person_id, since=now)
        session.add(row)
    row.heard_at = now


def others(session: Session, actor: Actor, draft_id: str, now: datetime) -> list[DraftPresence]:
    """Who else has it open, longest first."""
    of_draft = select(DraftPresence).where(
        DraftPresence.draft_id == draft_id,
        DraftPresence.person_id != actor.person_id,
        DraftPresence.heard_at >= now - SILENCE,
    )
    return list(session.scalars(of_draft.order_by(DraftPresence.since)))

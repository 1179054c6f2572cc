"""Remarks of reviewers on a draft or on one of its elements."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.actors import Actor
from workflows.studio import drafts
from workflows.studio.errors import Incomplete, UnknownDraft
from workflows.studio.tables import Draft, DraftComment

MAX_LENGTH: Final = 4000


def add(
    session: Session, actor: Actor, draft_id: str, text: str, *, now: datetime, file: str = "", element: str = ""
) -> DraftComment:
    """Remark something.

    Args:
        file, element: what it is about; empty for the draft as a whole.

    Raises:
        UnknownDraft: as `drafts.read`.
        Incomplete: nothing is said.
    """
    draft = drafts.read(session, actor, draft_id)
    if not text.strip():
        raise Incomplete(missing=["text"])
    comment = DraftComment(
        id=str(uuid4()), draft_id=draft.id, file=file[:200], element=element[:128], text=text.strip()[:MAX_LENGTH],
        written_by=actor.person_id, written_at=now,
    )  # fmt: skip
    session.add(comment)
    session.flush()
    return comment


def settle(session: Session, actor: Actor, draft_id: str, comment_id: str, now: datetime) -> None:
    """Mark a remark as settled; a second time changes nothing.

    Raises:
        UnknownDraft: as `drafts.read`, or there is no such remark on the draft.
    """
    draft = drafts.read(session, actor, draft_id)
    comment = session.get(DraftComment, comment_id, with_for_update=True)
    if comment is None or comment.draft_id != draft.id:
        raise UnknownDraft()
    if comment.settled_at is None:
        comment.settled_by, comment.settled_at = actor.person_id, now


def listed(session: Session, draft: Draft) -> list[DraftComment]:
    """The remarks on a draft, open ones first, then in the order in which they were made."""
    of_draft = select(DraftComment).where(DraftComment.draft_id == draft.id)
    rows = session.scalars(of_draft.order_by(DraftComment.written_at, DraftComment.id))
    return sorted(rows, key=lambda one: one.settled_at is not None)


def open_count(session: Session, draft: Draft) -> int:
    """How many remarks are not settled."""
    of_draft = select(func.count()).where(DraftComment.draft_id == draft.id, DraftComment.settled_at.is_(None))
    return session.scalar(of_draft) or 0

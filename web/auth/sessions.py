"""Server-side sessions: opened at sign-in, moved on while used, ended by sign-out, idleness or age."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from web.auth.tables import WebSession
from web.config import IDLE_MINUTES, SESSION_HOURS

TOUCH_AFTER = timedelta(minutes=1)


def digest(token: str) -> str:
    """What the database keeps of a session's secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, account_id: str, agency_id: str, now: datetime) -> str:
    """Open a session and clear away ended ones; returns the secret for the cookie."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(WebSession).where(WebSession.expires_at < now))
    session.add(
        WebSession(
            digest=digest(token),
            account_id=account_id,
            agency_id=agency_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(minutes=IDLE_MINUTES),
        )
    )
    return token


def find_session(session: Session, token: str, now: datetime) -> WebSession | None:
    """The session of a cookie's secret, unless it has ended."""
    found = session.get(WebSession, digest(token))
    return found if found is not None and found.expires_at > now else None


def needs_touch(found: WebSession, now: datetime) -> bool:
    """Whether the last use is old enough to be worth a write."""
    return now - found.last_seen_at >= TOUCH_AFTER


def touch(session: Session, token: str, created_at: datetime, now: datetime) -> None:
    """Record a use: the session lives on for the idle time, yet never past its greatest age."""
    expires = min(now + timedelta(minutes=IDLE_MINUTES), created_at + timedelta(hours=SESSION_HOURS))
    session.execute(
        update(WebSession).where(WebSession.digest == digest(token)).values(last_seen_at=now, expires_at=expires)
    )


def close_session(session: Session, token: str) -> None:
    """End a session."""
    session.execute(delete(WebSession).where(WebSession.digest == digest(token)))


def close_all(session: Session, account_id: str) -> None:
    """End every session of an account (password changed, account closed)."""
    session.execute(delete(WebSession).where(WebSession.account_id == account_id))

"""Slows down guessing of passwords: per user name and per network address, counted over a sliding window."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine.errors import Rejected
from web.auth.tables import FailedSignIn

WINDOW = timedelta(minutes=15)
# An office often shares one address, hence the wider limit for it.
NAME_LIMIT = 8
ADDRESS_LIMIT = 60


class TooManyAttempts(Rejected):
    """Too many wrong passwords for this name or from this address; `minutes` tells how long to wait."""

    code = "sign_in.throttled"


def check(session: Session, name: str, address: str, now: datetime) -> None:
    """Refuse a further attempt where the limit is reached.

    Raises:
        TooManyAttempts: wait first.
    """
    for subject, limit in ((_name(name), NAME_LIMIT), (_address(address), ADDRESS_LIMIT)):
        recent = (FailedSignIn.subject == subject, FailedSignIn.failed_at > now - WINDOW)
        count, oldest = session.execute(
            select(func.count(FailedSignIn.id), func.min(FailedSignIn.failed_at)).where(*recent)
        ).one()
        if count >= limit:
            raise TooManyAttempts(minutes=_minutes(oldest + WINDOW - now))


def record_failure(session: Session, name: str, address: str, now: datetime) -> None:
    """Remember one wrong password and forget those outside the window."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.failed_at < now - WINDOW))
    session.add(FailedSignIn(subject=_name(name), failed_at=now))
    session.add(FailedSignIn(subject=_address(address), failed_at=now))


def forgive(session: Session, name: str) -> None:
    """A right password clears the count of its user name (not that of the address)."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.subject == _name(name)))


def _name(name: str) -> str:
    return hashlib.sha256(f"name:{name.casefold()}".encode()).hexdigest()


def _address(address: str) -> str:
    return hashlib.sha256(f"address:{address}".encode()).hexdigest()


def _minutes(length: timedelta) -> int:
    return max(1, -int(-length.total_seconds() // 60))

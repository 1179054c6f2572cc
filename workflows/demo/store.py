"""The mark that a store gets once, at its creation: demo or real.

Only a demo store prints passwords and keeps the cases of scenarios.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine import clock
from engine.errors import Conflict, NotAllowed, Rejected
from engine.tables import Base

DEMO = "demo"
REAL = "real"


class StoreFact(Base):
    """One fact about this store as a whole: its kind, when and by which program version it was created."""

    __tablename__ = "store_facts"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class StoreAlreadyMarked(Conflict):
    """The store has its mark; it keeps it for ever."""

    code: ClassVar[str] = "store.already_marked"


class BadStoreKind(Rejected):
    """A kind other than demo and real."""

    code: ClassVar[str] = "store.bad_kind"


class DemoStoreOnly(NotAllowed):
    """Something that a real store never does."""

    code: ClassVar[str] = "store.demo_only"


def mark(session: Session, kind: str, now: datetime, version: str) -> None:
    """Mark a new store as `demo` or `real`.

    Args:
        now: moment of creation (UTC).
        version: the program's version.

    Raises:
        BadStoreKind, StoreAlreadyMarked: whatever the mark says.
    """
    if kind not in (DEMO, REAL):
        raise BadStoreKind(kind=kind)
    present = store_kind(session)
    if present is not None:
        raise StoreAlreadyMarked(kind=present)
    facts = {"kind": kind, "created_at": clock.to_text(now), "program_version": version}
    session.add_all(StoreFact(key=key, value=value) for key, value in facts.items())
    session.flush()


def store_kind(session: Session) -> str | None:
    """`demo`, `real`, or None for a store that was not set up yet."""
    fact = session.get(StoreFact, "kind")
    return fact.value if fact else None


def is_demo(session: Session) -> bool:
    """Whether the store was created as a demo."""
    return store_kind(session) == DEMO


def require_demo(session: Session) -> None:
    """Raise `DemoStoreOnly` unless the store is a demo."""
    if not is_demo(session):
        raise DemoStoreOnly()

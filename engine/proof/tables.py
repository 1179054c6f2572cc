"""Tables of the log over all events. None of them is written by a command: events get their place afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base

NEXT, ACTIVE, RETIRED, REVOKED = "next", "active", "retired", "revoked"
ONLY = 1


class Log(Base):
    """The one log of this store; the row is its lock. `size`: number of events that have a position."""

    __tablename__ = "logs"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    origin: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger, default=0)


class LogCursor(Base):
    """How much of a stream has its positions."""

    __tablename__ = "log_cursors"
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    length: Mapped[int] = mapped_column(Integer)


class LogEntry(Base):
    """The position of an event, from 0 without a gap."""

    __tablename__ = "log_entries"
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_hash: Mapped[str] = mapped_column(ForeignKey("events.hash"), unique=True)


class LogNode(Base):
    """A full subtree of more than one leaf (see `merkle`)."""

    __tablename__ = "log_nodes"
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class Checkpoint(Base):
    """A signed statement about the first `size` events; `note` is the text that is handed out."""

    __tablename__ = "checkpoints"
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)


class LogKey(Base):
    """The public half of a key that signs checkpoints; the private one is a file.

    `status`: next, active, retired, revoked.
    """

    __tablename__ = "log_keys"
    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    public: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")

"""The calendar as a table with sources: entries are superseded, never changed, so every past version can be shown."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base

HOLIDAY = "holiday"
IN_LIEU_OFF = "in_lieu_off"
MAKE_UP_WORK = "make_up_work"
KINDS = (HOLIDAY, IN_LIEU_OFF, MAKE_UP_WORK)

PROPOSAL = "proposal"
OVERLAY = "overlay"


class CalendarDay(Base):
    """One day that differs from its weekday: who says so, who entered it, and until when the entry was in effect.

    `kind`: holiday, in_lieu_off (off, made up for on another day) or make_up_work (worked though it would be a rest
    day). `source`: the document. `confidence`: V, V2, R or U. `origin`: proposal (accepted from the rules) or overlay
    (entered by hand).
    """

    __tablename__ = "calendar_days"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index(
            "uq_calendar_days_effective",
            "day",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(300))
    confidence: Mapped[str] = mapped_column(String(2))
    origin: Mapped[str] = mapped_column(String(16))
    entered_by: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[datetime]
    superseded_by: Mapped[str | None] = mapped_column(String(64))
    superseded_at: Mapped[datetime | None]


class CalendarRejection(Base):
    """A proposal that a keeper did not accept, or whose entry was withdrawn: it is not made again."""

    __tablename__ = "calendar_rejections"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    rejected_by: Mapped[str] = mapped_column(String(64))
    rejected_at: Mapped[datetime]


class CalendarYear(Base):
    """A year whose entries are complete; outside these years no deadline is counted.

    `decided`: whether the yearly decision on Tết and the National Day was known when the year was entered.
    """

    __tablename__ = "calendar_years"
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    decided: Mapped[bool]
    entered_by: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[datetime]

"""Table of what was done for standing duties."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base


class DutyEvidence(Base):
    """What an agency did for a duty on a day. Rows are added, never changed; the event tells who said it and when."""

    __tablename__ = "duty_evidence"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    duty_number: Mapped[int] = mapped_column(Integer, index=True)
    agency_id: Mapped[str] = mapped_column(String(64), index=True)
    done_on: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime]

"""Where re-executions of long cases stood, so that nobody waits for the whole of one. Derived: may be made anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base


class ReplayMark(Base):
    """The re-execution of a case after one event. `program`: the formats and evaluators that it was made with.

    It holds what the case's variables were: whoever deletes a case's payloads deletes its marks too.
    """

    __tablename__ = "replay_marks"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    program: Mapped[str] = mapped_column(String(32))
    state: Mapped[bytes]
    memory: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]

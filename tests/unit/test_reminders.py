"""When somebody is reminded of a deadline: by its clock, by its rule, by the date that a person has set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from engine.clock import ZONE
from engine.commands.reminders import moment

WORKING_WEEK = ["2026-09-03", "2026-09-04", "2026-09-07", "2026-09-08", "2026-09-09"]
END = "2026-09-09T16:59:59Z"
STATEMENT = {"due_at": "2026-09-02T01:00:00Z", "counted": [], "amount": 24}
NAMED = {**STATEMENT, "amount": 0}
DAYS = {"due_at": END, "counted": WORKING_WEEK, "amount": 5}


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        (DAYS, "2026-09-09 08:00"),
        ({**DAYS, "remind": 2}, "2026-09-08 08:00"),
        ({**DAYS, "counted": WORKING_WEEK[-1:], "remind": 3}, "2026-09-09 08:00"),
        (STATEMENT, "2026-09-02 02:00"),
        ({**STATEMENT, "remind": 2}, "2026-09-02 06:00"),
        (NAMED, "2026-09-01 08:00"),
        ({**DAYS, "due_at": "2026-09-21T02:00:00Z", "extended": True}, "2026-09-21 08:00"),
        ({**STATEMENT, "due_at": "2026-09-20T23:30:00Z", "extended": True}, "2026-09-21 06:30"),
    ],
)
def test_the_reminder_comes_while_there_is_still_time(deadline: dict[str, Any], expected: str) -> None:
    assert moment(deadline) == datetime.fromisoformat(expected).replace(tzinfo=ZONE)

"""Start rules: their moments, the names of their periods, and what their variables read."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.clock import ZONE
from engine.procedures.bundle import Bundle
from engine.procedures.starts import StartRule, defects, start_rules

YEARLY = StartRule("a", "yearly", 12, 1, "R", {"year": "year + 1"})
QUARTERLY = StartRule("b", "quarterly", 1, 5, "R", {"quarter": "ended.quarter", "year": "ended.year"})
MONTHLY = StartRule("c", "monthly", 1, 1, "R", {"month": "ended.month", "until": "ended.date"})


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("rule", "after", "then", "period"),
    [
        (YEARLY, "2026-11-30T23:59", "2026-12-01T00:00", "2026"),
        (YEARLY, "2026-12-01T00:00", "2027-12-01T00:00", "2027"),
        (QUARTERLY, "2026-11-30T12:00", "2027-01-05T00:00", "2027-Q1"),
        (QUARTERLY, "2026-04-01T12:00", "2026-04-05T00:00", "2026-Q2"),
        (MONTHLY, "2026-12-01T00:00", "2027-01-01T00:00", "2027-01"),
        (MONTHLY, "2026-01-31T12:00", "2026-02-01T00:00", "2026-02"),
    ],
)
def test_the_next_moment_is_counted_in_vietnam(rule: StartRule, after: str, then: str, period: str) -> None:
    assert rule.next_after(moment(after)) == moment(then)
    assert rule.period(moment(then)) == period


def test_variables_speak_of_the_day_and_of_the_period_that_ended() -> None:
    assert YEARLY.values(moment("2026-12-01T00:00")) == {"year": 2027}
    assert QUARTERLY.values(moment("2027-01-05T00:00")) == {"quarter": 4, "year": 2026}
    assert MONTHLY.values(moment("2026-03-01T00:00")) == {"month": 2, "until": "2026-02-28"}


def test_the_lead_starts_where_no_role_is_named() -> None:
    description = 'lead: LEAD\nstart: {timer: [{id: a, yearly: "10-01"}, {id: b, monthly: 5, role: IZ}]}\n'
    rules = start_rules(Bundle({"procedure.yaml": description.encode()}))
    assert [(rule.role, rule.month, rule.day) for rule in rules] == [("LEAD", 10, 1), ("IZ", 1, 5)]


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"id": "a", "yearly": "12-01"}, []),
        ({"id": "a", "yearly": "12-31"}, ["yearly | quarterly | monthly"]),
        ({"id": "a", "monthly": 29}, ["yearly | quarterly | monthly"]),
        ({"id": "a", "monthly": True}, ["yearly | quarterly | monthly"]),
        ({"id": "a", "monthly": 1, "yearly": "12-01"}, ["yearly | quarterly | monthly"]),
        ({"monthly": 1, "hour": 7}, ["id", "hour"]),
        ({"id": "a", "monthly": 1, "variables": [], "role": 3}, ["role", "variables"]),
        ("monthly", ["timer"]),
    ],
)
def test_what_cannot_be_used_is_named(entry: object, named: list[str]) -> None:
    assert list(defects(entry)) == named

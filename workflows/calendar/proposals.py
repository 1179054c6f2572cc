"""What the `holidays` package proposes for a year. It proposes only: an upgrade of the package never moves a date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

import holidays

from workflows.calendar.days import SATURDAY
from workflows.calendar.tables import HOLIDAY, IN_LIEU_OFF, MAKE_UP_WORK

FIRST_YEAR = 2017
LAST_DECIDED_YEAR = 2026
"""Last year for which the package knows the yearly decisions on Tết, the National Day and swapped days."""

SWAPPED = "Ngày nghỉ (thay cho"
"""How the package names in Vietnamese a day off that is made up for on a Saturday."""


@dataclass(frozen=True)
class ProposedDay:
    """A day that the rules say differs from its weekday, for a person to accept."""

    day: date
    kind: str
    name: str
    source: str
    confidence: str


def is_decided(year: int) -> bool:
    """Whether the days of `year` follow from decisions already made; if not, from the rules of the law alone."""
    return year <= LAST_DECIDED_YEAR


def propose(year: int) -> list[ProposedDay]:
    """The days of `year` (Gregorian) that differ from their weekday, in order.

    Bộ luật Lao động 2019, Điều 112 and 111.3 name the holidays; days are swapped by yearly decision.
    A holiday on a weekend is no entry: the weekend is free anyway and its day in lieu is an entry of its own.
    """
    known = holidays.country_holidays("VN", years=year, language="vi")
    off = [_proposed(day, _kind(known[day]), known[day]) for day in known if day.weekday() < SATURDAY]
    return sorted([*off, *_make_up_days(year, known)], key=lambda proposed: proposed.day)


def _make_up_days(year: int, known: holidays.HolidayBase) -> Iterator[ProposedDay]:
    for day in known.weekend_workdays:
        if day.year == year:  # the package adds the swapped days of some other years to every year
            yield _proposed(day, MAKE_UP_WORK, "Ngày làm bù")


def _kind(name: str) -> str:
    return IN_LIEU_OFF if name.startswith(SWAPPED) else HOLIDAY


def _proposed(day: date, kind: str, name: str) -> ProposedDay:
    decided = is_decided(day.year)
    source = f"Gói holidays {version('holidays')}" + ("" if decided else ", suy từ quy tắc, chưa có quyết định của năm")
    return ProposedDay(day, kind, name, source, "V2" if decided else "U")

"""Start rules: on which days a procedure opens a case by itself, as `start: timer:` of its description says.

- {id: yearly, yearly: "12-01", role: EXT_INFO, variables: {year: "year + 1"}}
- {id: quarterly, quarterly: 1}      # a day of the first month of each quarter
- {id: monthly, monthly: 5}

A rule has one moment in each of its periods, at the start of that day in Vietnam. Expressions under `variables` read
`year`, `quarter`, `month` and `date` of that day, and `ended`: the same of the day before the period began, with which
a rule asks about what has just ended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from engine.clock import ZONE, local_date
from engine.expressions import evaluate
from engine.procedures.bundle import Bundle

YEARLY, QUARTERLY, MONTHLY = "yearly", "quarterly", "monthly"
RHYTHMS: Final = (YEARLY, QUARTERLY, MONTHLY)
LAST_DAY: Final = 28
"""Every month has it: a rule never lacks its day."""
RULE_ID: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_YEARLY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])")


@dataclass(frozen=True)
class StartRule:
    """One rule.

    Args:
        rhythm: yearly, quarterly or monthly.
        month: 1 to 12 in a yearly rule; 1, the first of the period, in others.
        day: 1 to 28.
        role: whose agency starts the case.
        variables: expressions by name.
    """

    id: str
    rhythm: str
    month: int
    day: int
    role: str
    variables: Mapping[str, str] = field(default_factory=dict)

    def moment(self, on: date) -> datetime:
        """The rule's moment in the period that contains a day."""
        if self.rhythm == YEARLY:
            day = date(on.year, self.month, self.day)
        else:
            day = first_day(self.rhythm, on).replace(day=self.day)
        return datetime.combine(day, time(), ZONE)

    def next_after(self, moment: datetime) -> datetime:
        """The first of its moments after `moment`."""
        found = self.moment(local_date(moment))
        return found if found > moment else self.moment(_after(self.rhythm, local_date(moment)))

    def period(self, moment: datetime) -> str:
        """Name of the period of one of its moments: `2026`, `2026-Q4` or `2026-12`."""
        day = local_date(moment)
        return {YEARLY: f"{day:%Y}", QUARTERLY: f"{day:%Y}-Q{_quarter(day)}", MONTHLY: f"{day:%Y-%m}"}[self.rhythm]

    def values(self, moment: datetime) -> dict[str, Any]:
        """The variables with which the case of that moment begins.

        Raises:
            ExpressionError: one cannot be evaluated.
        """
        day = local_date(moment)
        scope = {**_calendar(day), "ended": _calendar(first_day(self.rhythm, day) - timedelta(days=1))}
        return {name: evaluate(text, scope) for name, text in self.variables.items()}


SCOPE: Final = frozenset({"year", "quarter", "month", "date", "ended"})


def first_day(rhythm: str, on: date) -> date:
    """The day on which the period that contains `on` began."""
    months = {YEARLY: 1, QUARTERLY: 3 * _quarter(on) - 2, MONTHLY: on.month}
    return date(on.year, months[rhythm], 1)


def start_rules(bundle: Bundle) -> list[StartRule]:
    """The rules of a procedure that has passed the checks."""
    start = bundle.description.get("start") or {}
    return [_rule(entry, str(bundle.description["lead"])) for entry in start.get("timer") or []]


def defects(entry: object) -> Iterator[str]:
    """What cannot be used in one entry under `start: timer:`, as the names of its keys."""
    if not isinstance(entry, dict):
        yield "timer"
        return
    if not RULE_ID.fullmatch(str(entry.get("id", ""))):
        yield "id"
    said = [rhythm for rhythm in RHYTHMS if rhythm in entry]
    if len(said) != 1 or not _SHAPES[said[0]](entry[said[0]]):
        yield " | ".join(RHYTHMS)
    if not isinstance(entry.get("role", ""), str):
        yield "role"
    if not isinstance(entry.get("variables", {}), dict):
        yield "variables"
    yield from sorted(entry.keys() - {"id", "role", "variables", *RHYTHMS})


def _is_day(value: object) -> bool:
    return type(value) is int and 1 <= value <= LAST_DAY


_SHAPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    YEARLY: lambda value: bool(_YEARLY.fullmatch(str(value))),
    QUARTERLY: _is_day,
    MONTHLY: _is_day,
}


def _rule(entry: Mapping[str, Any], lead: str) -> StartRule:
    rhythm = next(rhythm for rhythm in RHYTHMS if rhythm in entry)
    month, day = map(int, str(entry[rhythm]).split("-")) if rhythm == YEARLY else (1, int(entry[rhythm]))
    variables = {str(name): str(text) for name, text in (entry.get("variables") or {}).items()}
    return StartRule(str(entry["id"]), rhythm, month, day, str(entry.get("role") or lead), variables)


def _after(rhythm: str, on: date) -> date:
    """A day of the next period."""
    months = {YEARLY: 12, QUARTERLY: 3, MONTHLY: 1}[rhythm]
    begun = first_day(rhythm, on)
    years, month = divmod(begun.month - 1 + months, 12)
    return date(begun.year + years, month + 1, 1)


def _quarter(on: date) -> int:
    return (on.month + 2) // 3


def _calendar(on: date) -> dict[str, Any]:
    return {"year": on.year, "quarter": _quarter(on), "month": on.month, "date": on.isoformat()}

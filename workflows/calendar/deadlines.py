"""Deadlines by the rules of a procedure's `deadlines.yaml`.

A rule lists regimes. The day whose law governs the case picks the regime: that of receipt (in Vietnam), because
transitional provisions let dossiers finish under the law of their day, or one chosen where they let it. Of those that
cover it the first whose condition holds applies. The clock starts at a moment that the regime names by an expression
over the case, or when the element was entered. The result says how it was counted, so that an event can keep it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from engine.clock import day_begins, from_text, local_date
from engine.errors import ExpressionError, IncidentError
from engine.expressions import evaluate, evaluate_condition
from engine.services import Deadline, Recount
from workflows.calendar import store
from workflows.calendar.days import Calendar, counted_days, counted_working_days, end_of_day
from workflows.calendar.rules import HOURS, WORKING_DAYS, Regime, check_rules, read_regimes

__all__ = ["DeadlineCalculator", "NoCondition", "NoRegime", "NoStart", "check_rules"]


class NoRegime(IncidentError):
    """The rule has no regime for the day on which the case was received."""

    code = "deadline.no_regime"


class NoCondition(IncidentError):
    """The condition of a regime has no value of true or false for this case."""

    code = "deadline.no_condition"


class NoStart(IncidentError):
    """The expression that names the start of the clock has no usable moment as its value."""

    code = "deadline.no_start"


@dataclass(frozen=True)
class _Counted:
    due_at: datetime
    days: tuple[date, ...]


class DeadlineCalculator:
    """Counts deadlines over the calendar of the store (implements `engine.services.Deadlines`)."""

    def __init__(self) -> None:
        self._known: tuple[str, Calendar] | None = None

    def compute(
        self,
        session: Session,
        rule: Mapping[str, Any],
        *,
        variables: Mapping[str, Any],
        law_on: date,
        entered_at: datetime,
    ) -> Deadline:
        """The deadline by `rule` (an entry of `deadlines.yaml` with its `id`).

        Args:
            variables: variables of the case, for the expression that names the start.
            law_on: the day whose law governs the case; it picks the regime.
            entered_at: when the element was entered; the start where the regime names none.

        Raises:
            NoRegime: no regime covers that day.
            NoCondition: a regime's condition cannot be evaluated over the case.
            NoStart: the start has no value, or no moment with a time zone (a bare date will do for limits in days).
            YearUnknown: counting runs into a year of which the calendar knows nothing.
        """
        rule_id = str(rule.get("id", ""))
        regime = _regime(rule, rule_id, law_on, variables)
        start_at = _start(regime, rule_id, variables, entered_at)
        calendar = self._calendar(session)
        counted = _count(calendar, regime.clock, regime.amount, start_at)
        return Deadline(
            due_at=counted.due_at,
            rule=rule_id,
            clock=regime.clock,
            amount=regime.amount,
            start_at=start_at,
            source=regime.source,
            basis=regime.basis,
            confidence=regime.confidence,
            calendar_version=calendar.version,
            counted=_iso(counted.days),
            entered_at=entered_at,
            extendable=regime.extendable,
            remind=regime.remind,
        )

    def recount(self, session: Session, clock: str, amount: int, start_at: datetime) -> Recount:
        """The same limit over the calendar as it is now. Raises `YearUnknown`."""
        calendar = self._calendar(session)
        counted = _count(calendar, clock, amount, start_at)
        return Recount(counted.due_at, _iso(counted.days), calendar.version)

    def _calendar(self, session: Session) -> Calendar:
        """The calendar, read again only when its log has grown: nothing changes it without an event."""
        head = store.head(session)
        if self._known is None or self._known[0] != head:
            self._known = (head, store.load(session))
        return self._known[1]


def _regime(rule: Mapping[str, Any], rule_id: str, on: date, variables: Mapping[str, Any]) -> Regime:
    """The first regime in the order of the file that covers the day and whose condition, if any, holds."""
    for regime in read_regimes(rule):
        if regime.covers(on) and _holds(regime, rule_id, variables):
            return regime
    raise NoRegime(rule=rule_id, day=on.isoformat())


def _holds(regime: Regime, rule_id: str, variables: Mapping[str, Any]) -> bool:
    if regime.when is None:
        return True
    try:
        return evaluate_condition(regime.when, variables)
    except ExpressionError as error:
        raise NoCondition(rule=rule_id, when=regime.when, reason=error.code) from error


def _start(regime: Regime, rule_id: str, variables: Mapping[str, Any], entered_at: datetime) -> datetime:
    if regime.start is None:
        return entered_at
    try:
        value = evaluate(regime.start, variables)
        return _moment(value, bare_date=regime.clock != HOURS)
    except ExpressionError as error:
        raise NoStart(rule=rule_id, start=regime.start, reason=error.code) from error
    except ValueError:
        raise NoStart(rule=rule_id, start=regime.start, reason="not_a_moment") from None


def _moment(value: object, *, bare_date: bool) -> datetime:
    if not isinstance(value, str):
        raise ValueError(value)
    if bare_date and len(value) == len("2026-09-01"):
        return day_begins(date.fromisoformat(value))
    return from_text(value)


def _iso(days: tuple[date, ...]) -> tuple[str, ...]:
    return tuple(day.isoformat() for day in days)


def _count(calendar: Calendar, clock: str, amount: int, start_at: datetime) -> _Counted:
    """Hours run on exactly; days are counted from the day after the event to the end of the last day."""
    if clock == HOURS:
        return _Counted(start_at + timedelta(hours=amount), ())
    count = counted_working_days if clock == WORKING_DAYS else counted_days
    days = count(calendar, local_date(start_at), amount)
    return _Counted(end_of_day(days[-1]), days)

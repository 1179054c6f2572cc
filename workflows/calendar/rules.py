"""The shape of `deadlines.yaml`: reading regimes, and the findings that stop a publication."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.errors import ExpressionError, Finding, IncidentError
from engine.expressions import check
from workflows.law import CONFIDENCES, BasisProblem, Force, check_basis, force_of
from workflows.law.sequence import sequence_problems

FILE = "deadlines.yaml"

HOURS = "hours"
WORKING_DAYS = "working_days"
DAYS = "days"
CLOCKS = (HOURS, WORKING_DAYS, DAYS)
SOURCES = ("QC", "PL", "TK")
KEYS = frozenset("from to when clock amount start source basis confidence note extendable remind".split())
MAX_AMOUNT = {HOURS: 24 * 366, WORKING_DAYS: 260, DAYS: 366}
"""About a year: a longer limit is a slip of the pen, and would run beyond the years that the calendar knows."""


UNREADABLE = ("deadline.key_missing", "deadline.date_bad", "deadline.amount_bad", "deadline.remind_bad")
"""Findings after which the order of the regimes cannot be looked at."""


class BrokenRule(IncidentError):
    """A regime that cannot be read; publication finds it, so this tells of a version stored otherwise."""

    code = "deadline.rule_broken"


@dataclass(frozen=True)
class Regime:
    """One state of the law: the days of receipt it covers, how long the limit is and how it is counted.

    Args:
        since: first day of receipt covered.
        until: last day of receipt covered; None while it has no end.
        when: condition over the case; None: holds always.
        clock: hours, working_days or days.
        amount: how many of them.
        start: expression over the case whose value is an ISO moment; None: when the element is entered.
        source: QC (the regulation), PL (national law) or TK (design).
        basis: `<instrument>:<clause>`; empty for a design choice.
        confidence: V, V2, R or U.
        extendable: `<instrument>:<clause>` by which the limit may be extended; empty where nothing allows it.
        remind: how many days (hours, of a limit in hours) before the end to remind; 0: as usual.
    """

    since: date
    until: date | None
    when: str | None
    clock: str
    amount: int
    start: str | None
    source: str
    basis: str
    confidence: str
    extendable: str = ""
    remind: int = 0

    def covers(self, day: date) -> bool:
        """Whether a case received on `day` falls under this regime."""
        return self.since <= day and (self.until is None or day <= self.until)


def read_regimes(rule: Mapping[str, Any]) -> list[Regime]:
    """The regimes of a rule in the order of the file. Raises `BrokenRule`."""
    return [_read(entry, str(rule.get("id", ""))) for entry in rule["regimes"]]


def _read(entry: Mapping[str, Any], rule_id: str) -> Regime:
    try:
        return Regime(
            since=_day(entry["from"]),
            until=None if entry.get("to") is None else _day(entry["to"]),
            when=entry.get("when"),
            clock=str(entry["clock"]),
            amount=int(entry["amount"]),
            start=entry.get("start"),
            source=str(entry["source"]),
            basis=str(entry.get("basis") or ""),
            confidence=str(entry["confidence"]),
            extendable=str(entry.get("extendable") or ""),
            remind=int(entry.get("remind") or 0),
        )
    except (KeyError, TypeError, ValueError):
        raise BrokenRule(rule=rule_id) from None


def _day(value: object) -> date:
    """A day as YAML gives it (a date) or as stored JSON gives it (text)."""
    if type(value) is date:
        return value
    if isinstance(value, str):
        return date.fromisoformat(value)
    raise ValueError(value)


# Findings for publication -------------------------------------------------------------------------------------------


def check_rules(rules: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with the content of a `deadlines.yaml`; empty when it may be published.

    Looks for regimes that overlap or leave a gap, unknown clocks, sources and confidences, impossible amounts, bases
    that name no known instrument, and regimes that reach beyond the force of the instrument they rest on.
    """
    return [finding for rule_id, rule in rules.items() for finding in _check_rule(str(rule_id), rule)]


def _check_rule(rule_id: str, rule: Any) -> Iterator[Finding]:
    regimes = rule.get("regimes") if isinstance(rule, Mapping) else None
    if not isinstance(regimes, list) or not regimes:
        yield _finding("deadline.regimes_missing", rule_id)
        return
    names = rule.get("name")
    if not isinstance(names, Mapping) or not names.get("vi"):
        yield _finding("deadline.name_missing", rule_id)
    problems = [
        finding for number, entry in enumerate(regimes, start=1) for finding in _check_regime(rule_id, number, entry)
    ]
    yield from problems
    if not any(finding.code in UNREADABLE for finding in problems):
        yield from _check_sequence(rule_id, read_regimes({"id": rule_id, "regimes": regimes}))


def _check_regime(rule_id: str, number: int, entry: Any) -> Iterator[Finding]:
    if not isinstance(entry, Mapping):
        yield _finding("deadline.key_missing", rule_id, regime=number, key="from, clock, amount, source, confidence")
        return
    for key in ("from", "clock", "amount", "source", "confidence"):
        if key not in entry:
            yield _finding("deadline.key_missing", rule_id, regime=number, key=key)
    for key in sorted(set(entry) - KEYS):
        yield _finding("deadline.key_unknown", rule_id, regime=number, key=key)
    yield from _check_values(rule_id, number, entry)


def _check_values(rule_id: str, number: int, entry: Mapping[str, Any]) -> Iterator[Finding]:
    for key, allowed in (("clock", CLOCKS), ("source", SOURCES), ("confidence", CONFIDENCES)):
        if key in entry and entry[key] not in allowed:
            yield _finding(f"deadline.{key}_unknown", rule_id, regime=number, value=str(entry[key]), allowed=allowed)
    if "amount" in entry and not _is_amount(entry):
        yield _finding("deadline.amount_bad", rule_id, regime=number, value=str(entry["amount"]))
    elif "remind" in entry and not _is_remind(entry):
        yield _finding("deadline.remind_bad", rule_id, regime=number, value=str(entry["remind"]))
    for key in ("from", "to"):
        if entry.get(key) is not None and not _is_day(entry[key]):
            yield _finding("deadline.date_bad", rule_id, regime=number, key=key, value=str(entry[key]))
    for key in ("when", "start"):
        if entry.get(key) is not None and (problem := _expression_problem(entry[key])):
            yield _finding("deadline.expression_bad", rule_id, regime=number, key=key, problem=problem)
    yield from _check_law(rule_id, number, entry)


def _expression_problem(expression: object) -> str | None:
    if not isinstance(expression, str):
        return "expression.syntax"
    try:
        check(expression)
    except ExpressionError as error:
        return error.code
    return None


def _is_amount(entry: Mapping[str, Any]) -> bool:
    """At least 1; 0 hours where the start itself is the limit that a person set."""
    amount, least = entry["amount"], 0 if entry.get("clock") == HOURS and entry.get("start") else 1
    return type(amount) is int and least <= amount <= MAX_AMOUNT.get(str(entry.get("clock")), MAX_AMOUNT[HOURS])


def _is_remind(entry: Mapping[str, Any]) -> bool:
    """A reminder lies within the limit; before a moment that somebody named, within a year."""
    remind, amount = entry["remind"], entry.get("amount")
    return type(remind) is int and 1 <= remind <= (amount or MAX_AMOUNT[HOURS])


def _is_day(value: object) -> bool:
    try:
        _day(value)
    except ValueError:
        return False
    return True


def _check_law(rule_id: str, number: int, entry: Mapping[str, Any]) -> Iterator[Finding]:
    """A design choice says why; everything else names its clause in an instrument that was in force."""
    basis = str(entry.get("basis") or "")
    if entry.get("source") == "TK" and not entry.get("note"):
        yield _finding("deadline.note_missing", rule_id, regime=number)
    if not basis:
        if entry.get("source") in ("QC", "PL"):
            yield _finding("deadline.basis_missing", rule_id, regime=number)
        return
    problem = check_basis(basis)
    if problem is None and entry.get("extendable"):
        problem = check_basis(str(entry["extendable"]))
    if problem is not None:
        yield _from_law(problem, rule_id, number)
    elif not _within_force(basis, entry):
        yield _finding("deadline.basis_not_in_force", rule_id, regime=number, basis=basis)


def _within_force(basis: str, entry: Mapping[str, Any]) -> bool:
    starts, ends = entry.get("from"), entry.get("to")
    if not _is_day(starts) or (ends is not None and not _is_day(ends)):
        return True  # told already
    return force_of(basis).includes(Force(_day(starts), None if ends is None else _day(ends)))


def _check_sequence(rule_id: str, regimes: Sequence[Regime]) -> Iterator[Finding]:
    """Every day of receipt from the first regime on falls under exactly one regime without a condition.

    Regimes with conditions are exceptions to it: they stand before it in the file, because the first that holds
    applies.
    """
    for regime in regimes:
        if regime.until is not None and regime.until < regime.since:
            yield _finding("deadline.ends_before_start", rule_id, since=regime.since.isoformat())
    yield from _check_reach(rule_id, regimes)
    ordered = sorted((regime for regime in regimes if regime.when is None), key=lambda regime: regime.since)
    if not ordered or min(regime.since for regime in regimes) < ordered[0].since:
        yield _finding("deadline.last_resort_missing", rule_id)
        return
    for kind, days in sequence_problems([Force(regime.since, regime.until) for regime in ordered]):
        yield _finding(f"deadline.{kind}", rule_id, **days)


def _check_reach(rule_id: str, regimes: Sequence[Regime]) -> Iterator[Finding]:
    for place, regime in enumerate(regimes):
        hidden = [earlier for earlier in regimes[:place] if earlier.when is None and earlier.covers(regime.since)]
        if regime.when is not None and hidden:
            yield _finding("deadline.unreachable", rule_id, regime=place + 1)


def _from_law(problem: BasisProblem, rule_id: str, number: int) -> Finding:
    return _finding(problem.code, rule_id, regime=number, **problem.params)


def _finding(code: str, rule_id: str, **params: Any) -> Finding:
    return Finding(code, FILE, rule_id, None, {"rule": rule_id, **params})

"""Deadlines: the day of receipt picks the law, the named moment starts the clock, the result says how."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from engine.actors import SYSTEM
from engine.clock import ZONE, from_text
from engine.database import engine_options
from engine.services import Deadline, Deadlines
from engine.tables import Base
from workflows.calendar import DeadlineCalculator, YearUnknown, check_rules, store
from workflows.calendar.deadlines import NoCondition, NoRegime, NoStart
from workflows.calendar.proposals import ProposedDay
from workflows.calendar.rules import BrokenRule

STATEMENT: dict[str, Any] = {
    "id": "initial_statement",
    "name": {"vi": "Phát ngôn ban đầu", "en": "Initial statement"},
    "regimes": [
        {
            "from": date(2017, 3, 30),
            "to": date(2026, 6, 30),
            "clock": "hours",
            "amount": 24,
            "start": "occurred_at",
            "source": "PL",
            "basis": "nd09-2017:6.3a",
            "confidence": "V",
        },
        {
            "from": date(2026, 7, 1),
            "clock": "hours",
            "amount": 24,
            "start": "impact_at",
            "source": "PL",
            "basis": "nd244-2026:7.4",
            "confidence": "V",
        },
    ],
}


def _rule(**changes: Any) -> dict[str, Any]:
    regime = {
        "from": "2020-01-15",
        "to": None,
        "clock": "working_days",
        "amount": 5,
        "start": None,
        "source": "TK",
        "basis": "",
        "confidence": "V",
        "note": {"vi": "Lựa chọn thiết kế"},
    }
    return {"id": "dossier", "name": {"vi": "Lập hồ sơ"}, "regimes": [regime | changes]}


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://", **engine_options("sqlite://"))
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        store.seed(session, actor=SYSTEM, now=datetime(2026, 9, 1, tzinfo=UTC))
        yield session


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def _compute(
    session: Session,
    rule: dict[str, Any],
    received: str,
    entered: str | None = None,
    variables: dict[str, Any] | None = None,
) -> Deadline:
    calculator: Deadlines = DeadlineCalculator()
    law_on = _local(received).date()
    return calculator.compute(
        session, rule, variables=variables or {}, law_on=law_on, entered_at=_local(entered or received)
    )


# Which law -----------------------------------------------------------------------------------------------------------

MOMENTS = {"occurred_at": "2026-06-30T01:00:00Z", "impact_at": "2026-07-01T09:30:00Z"}


def test_the_last_day_of_the_old_decree_still_falls_under_it(session: Session) -> None:
    deadline = _compute(session, STATEMENT, "2026-06-30 23:59", variables=MOMENTS)
    assert (deadline.basis, deadline.due_at) == ("nd09-2017:6.3a", from_text("2026-07-01T01:00:00Z"))


def test_the_first_day_of_the_new_decree_falls_under_it(session: Session) -> None:
    """Midnight in Vietnam decides: in UTC it is still the day before."""
    deadline = _compute(session, STATEMENT, "2026-07-01 00:00", variables=MOMENTS)
    assert (deadline.basis, deadline.due_at) == ("nd244-2026:7.4", from_text("2026-07-02T09:30:00Z"))


def test_a_day_without_law_is_an_incident(session: Session) -> None:
    with pytest.raises(NoRegime) as caught:
        _compute(session, STATEMENT, "2017-03-29 12:00", variables=MOMENTS)
    assert caught.value.params == {"rule": "initial_statement", "day": "2017-03-29"}


def test_the_first_regime_whose_condition_holds_applies(session: Session) -> None:
    rule = _rule()
    rule["regimes"].insert(0, rule["regimes"][0] | {"when": "severity >= 3", "amount": 2})
    assert _compute(session, rule, "2026-09-03 08:00", variables={"severity": 4}).amount == 2
    assert _compute(session, rule, "2026-09-03 08:00", variables={"severity": 1}).amount == 5
    with pytest.raises(NoCondition):
        _compute(session, rule, "2026-09-03 08:00")


# Which start ---------------------------------------------------------------------------------------------------------


def test_without_a_named_start_the_clock_starts_on_entry(session: Session) -> None:
    deadline = _compute(session, _rule(clock="hours", amount=4), "2026-09-01 08:00", entered="2026-09-01 10:15")
    assert deadline.start_at == _local("2026-09-01 10:15") and deadline.due_at == _local("2026-09-01 14:15")


@pytest.mark.parametrize("value", [None, 5, "", "hôm qua", "2026-09-01T08:00:00", "2026-09-01"])
def test_a_start_that_is_no_moment_is_an_incident(session: Session, value: object) -> None:
    rule = _rule(clock="hours", amount=24, start="at")
    with pytest.raises(NoStart) as caught:
        _compute(session, rule, "2026-09-01 08:00", variables={"at": value})
    assert caught.value.params["reason"] == "not_a_moment"


def test_a_start_that_does_not_exist_is_an_incident(session: Session) -> None:
    with pytest.raises(NoStart) as caught:
        _compute(session, _rule(start="missing_at"), "2026-09-01 08:00")
    assert caught.value.params["reason"].startswith("expression.")


def test_limits_in_days_may_start_from_a_bare_date(session: Session) -> None:
    deadline = _compute(session, _rule(start="on"), "2026-08-01 08:00", variables={"on": "2026-08-20"})
    assert deadline.due_at == _local("2026-08-26 23:59:59")


# Counting ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-02-11 09:00", "2026-02-25 23:59:59"),
        ("2026-04-22 16:59", "2026-05-04 23:59:59"),
        ("2026-08-20 08:00", "2026-08-26 23:59:59"),
        ("2026-08-27 00:00", "2026-09-08 23:59:59"),
        ("2025-12-31 23:00", "2026-01-09 23:59:59"),
    ],
)
def test_working_days_end_with_the_last_day(session: Session, received: str, due: str) -> None:
    deadline = _compute(session, _rule(), received)
    assert deadline.due_at == _local(due) and len(deadline.counted) == 5
    assert deadline.counted[-1] == due[:10] and deadline.calendar_version == store.load(session).version


def test_one_working_day_over_the_new_year_honours_the_overlay(session: Session) -> None:
    assert _compute(session, _rule(amount=1), "2025-12-31 10:00").due_at == _local("2026-01-05 23:59:59")


def test_a_day_entered_between_two_deadlines_counts_for_the_second(session: Session) -> None:
    """Given a calculator that has read the calendar, when a day off is entered, then it is not overlooked."""
    calculator, rule = DeadlineCalculator(), _rule(clock="working_days", amount=1)

    def due() -> datetime:
        moment = _local("2026-09-17 08:00")
        return calculator.compute(session, rule, variables={}, law_on=moment.date(), entered_at=moment).due_at

    before = due()
    off = ProposedDay(date(2026, 9, 18), "holiday", "Nghỉ bão", "Công điện (thử)", "V")
    with session.begin_nested() as entered:
        store.enter(session, [off], actor=SYSTEM, now=datetime(2026, 9, 17, tzinfo=UTC))
        assert due().date() > before.date()
        entered.rollback()
    assert due() == before


def test_plain_days_roll_forward(session: Session) -> None:
    deadline = _compute(session, _rule(clock="days", amount=7), "2026-08-24 08:00")
    assert deadline.counted[-3:] == ("2026-09-01", "2026-09-02", "2026-09-03")
    assert deadline.due_at == _local("2026-09-03 23:59:59")


def test_no_hours_mean_the_named_moment_itself(session: Session) -> None:
    rule = _rule(clock="hours", amount=0, start="work_due")
    deadline = _compute(session, rule, "2026-09-01 08:00", variables={"work_due": "2026-09-04T10:00:00Z"})
    assert deadline.due_at == from_text("2026-09-04T10:00:00Z")


def test_hours_run_through_tet(session: Session) -> None:
    deadline = _compute(session, _rule(clock="hours", amount=24), "2026-02-16 22:30")
    assert deadline.due_at == _local("2026-02-17 22:30") and deadline.counted == ()


@given(st.datetimes(datetime(2020, 1, 15), datetime(2026, 12, 31)), st.integers(1, 500))
def test_hours_are_exact(session: Session, start: datetime, hours: int) -> None:
    deadline = _compute(session, _rule(clock="hours", amount=hours), start.isoformat())
    assert deadline.due_at - deadline.start_at == timedelta(hours=hours)


def test_counting_stops_where_the_calendar_ends(session: Session) -> None:
    with pytest.raises(YearUnknown):
        _compute(session, _rule(), "2027-12-29 08:00")


def test_a_broken_rule_is_an_incident_and_not_a_crash(session: Session) -> None:
    with pytest.raises(BrokenRule):
        _compute(session, _rule(amount="năm"), "2026-09-01 08:00")


def test_the_result_says_where_it_comes_from(session: Session) -> None:
    deadline = _compute(session, STATEMENT, "2026-07-02 08:00", variables=MOMENTS)
    assert (deadline.rule, deadline.clock, deadline.amount) == ("initial_statement", "hours", 24)
    assert (deadline.source, deadline.confidence, deadline.start_at) == ("PL", "V", from_text(MOMENTS["impact_at"]))


# Publication ---------------------------------------------------------------------------------------------------------


def _codes(rule: Any) -> list[str]:
    return [finding.code for finding in check_rules({"dossier": rule})]


def test_sound_rules_have_no_findings() -> None:
    assert check_rules({"initial_statement": STATEMENT, "dossier": _rule()}) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"clock": "weeks"}, "deadline.clock_unknown"),
        ({"source": "LUAT"}, "deadline.source_unknown"),
        ({"confidence": "sure"}, "deadline.confidence_unknown"),
        ({"amount": 0}, "deadline.amount_bad"),
        ({"amount": True}, "deadline.amount_bad"),
        ({"amount": "năm"}, "deadline.amount_bad"),
        ({"amount": 10_000}, "deadline.amount_bad"),
        ({"remind": 0}, "deadline.remind_bad"),
        ({"remind": 6}, "deadline.remind_bad"),
        ({"remind": "sớm"}, "deadline.remind_bad"),
        ({"from": "15/01/2020"}, "deadline.date_bad"),
        ({"to": "2019-12-31"}, "deadline.ends_before_start"),
        ({"to": "2026-12-31"}, "deadline.no_current_regime"),
        ({"start": 5}, "deadline.expression_bad"),
        ({"start": "open('x')"}, "deadline.expression_bad"),
        ({"when": "severity >="}, "deadline.expression_bad"),
        ({"when": "severity >= 3"}, "deadline.last_resort_missing"),
        ({"note": None}, "deadline.note_missing"),
        ({"source": "PL"}, "deadline.basis_missing"),
        ({"source": "PL", "basis": "nd99-1999:1"}, "law.instrument_unknown"),
        ({"source": "PL", "basis": "nd244-2026:x"}, "law.clause_unreadable"),
        ({"source": "PL", "basis": "nd244-2026:7.4"}, "deadline.basis_not_in_force"),
        ({"amuont": 5}, "deadline.key_unknown"),
    ],
)
def test_each_defect_has_its_finding(changes: dict[str, Any], code: str) -> None:
    assert code in _codes(_rule(**changes))


@pytest.mark.parametrize("rule", [None, {}, {"regimes": []}, {"regimes": "x"}, {"regimes": ["x"], "name": {"vi": "x"}}])
def test_rules_of_another_shape_are_findings_and_not_crashes(rule: Any) -> None:
    assert _codes(rule)


def test_a_regime_behind_one_that_always_holds_is_found() -> None:
    rule = _rule()
    rule["regimes"].append(rule["regimes"][0] | {"when": "severity >= 3"})
    assert _codes(rule) == ["deadline.unreachable"]


def test_overlaps_and_gaps_are_found() -> None:
    overlapping, gaping = deepcopy(STATEMENT), deepcopy(STATEMENT)
    overlapping["regimes"][0]["to"] = date(2026, 7, 1)
    gaping["regimes"][0]["to"] = date(2026, 6, 29)
    assert "deadline.overlap" in _codes(overlapping)
    assert "deadline.gap" in _codes(gaping)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.dates(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["regimes", "from", "to", "when", "clock", "amount", "start", "source", "basis", "name"]
                ),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_no_content_makes_the_check_crash(rule: Any) -> None:
    assert all(
        finding.file == "deadlines.yaml" and finding.element == "dossier" for finding in check_rules({"dossier": rule})
    )

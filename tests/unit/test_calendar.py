"""The working-day calendar: counting over a frozen calendar, and the table with sources behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import SYSTEM
from engine.database import engine_options
from engine.tables import Base
from workflows.calendar import store
from workflows.calendar.days import (
    Calendar,
    YearUnknown,
    add_days,
    add_working_days,
    counted_days,
    counted_working_days,
    end_of_day,
)
from workflows.calendar.proposals import ProposedDay, propose
from workflows.calendar.tables import CalendarDay, CalendarYear

NOW = datetime(2026, 9, 1, 1, tzinfo=UTC)


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://", **engine_options("sqlite://"))
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session


@pytest.fixture
def seeded(session: Session) -> Session:
    store.seed(session, actor=SYSTEM, now=NOW)
    return session


def _library() -> Calendar:
    """The calendar of the proposals alone, without table and overlay."""
    days = [day for year in range(2017, 2028) for day in propose(year)]
    return Calendar(
        off=frozenset(d.day for d in days if d.kind != "make_up_work"),
        worked=frozenset(d.day for d in days if d.kind == "make_up_work"),
        years=frozenset(range(2017, 2028)),
        version="library",
    )


LIBRARY = _library()
DAYS = st.dates(date(2017, 1, 1), date(2026, 6, 30))
AMOUNTS = st.integers(1, 120)


# Counting ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 2, 11), date(2026, 2, 25)),  # over Tết
        (date(2026, 4, 22), date(2026, 5, 4)),  # over Giỗ Tổ in lieu, 30/4 and 1/5
        (date(2026, 8, 20), date(2026, 8, 26)),  # the make-up Saturday 22/8 counts
        (date(2026, 8, 27), date(2026, 9, 8)),  # over 31/8-2/9
    ],
)
def test_five_working_days_after_receipt(received: date, due: date) -> None:
    assert add_working_days(LIBRARY, received, 5) == due


def test_a_make_up_saturday_is_counted_and_named() -> None:
    assert date(2026, 8, 22) in counted_working_days(LIBRARY, date(2026, 8, 20), 5)
    assert LIBRARY.is_working(date(2025, 4, 26)) and not LIBRARY.is_working(date(2025, 5, 2))


def test_a_limit_in_plain_days_rolls_forward_over_rest_days() -> None:
    # Given an event on Tuesday 24/02/2026, whose fourth day is a Saturday
    # Then the limit ends on the Monday, and the days in between are shown
    assert counted_days(LIBRARY, date(2026, 2, 24), 4)[-3:] == (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2))


def test_a_limit_in_plain_days_that_ends_on_a_working_day_stays() -> None:
    assert add_days(LIBRARY, date(2026, 3, 2), 7) == date(2026, 3, 9)


def test_the_last_day_ends_a_second_before_midnight_in_vietnam() -> None:
    assert end_of_day(date(2026, 2, 25)) == datetime(2026, 2, 25, 16, 59, 59, tzinfo=UTC)


def test_an_unknown_year_is_an_error_and_never_a_guess() -> None:
    with pytest.raises(YearUnknown) as caught:
        add_working_days(LIBRARY, date(2027, 12, 29), 5)
    assert caught.value.code == "calendar.year_unknown" and caught.value.params == {"year": 2028}


def test_no_day_is_not_a_limit() -> None:
    with pytest.raises(ValueError):
        add_working_days(LIBRARY, date(2026, 1, 5), 0)


@given(DAYS, AMOUNTS)
def test_a_limit_never_ends_on_a_rest_day(day: date, amount: int) -> None:
    assert LIBRARY.is_working(add_working_days(LIBRARY, day, amount))
    assert LIBRARY.is_working(add_days(LIBRARY, day, amount))


@given(DAYS, AMOUNTS)
def test_counting_back_gives_the_amount(day: date, amount: int) -> None:
    assert LIBRARY.count_working_days(after=day, until=add_working_days(LIBRARY, day, amount)) == amount


@given(DAYS, st.integers(0, 20), AMOUNTS)
def test_a_later_event_never_ends_earlier(day: date, later: int, amount: int) -> None:
    after = day + timedelta(days=later)
    assert add_working_days(LIBRARY, day, amount) <= add_working_days(LIBRARY, after, amount)
    assert add_days(LIBRARY, day, amount) <= add_days(LIBRARY, after, amount)


@given(DAYS, AMOUNTS)
def test_one_more_day_always_ends_later(day: date, amount: int) -> None:
    assert add_working_days(LIBRARY, day, amount) < add_working_days(LIBRARY, day, amount + 1)


@given(DAYS, AMOUNTS, AMOUNTS)
def test_limits_add_up(day: date, first: int, second: int) -> None:
    in_two = add_working_days(LIBRARY, add_working_days(LIBRARY, day, first), second)
    assert in_two == add_working_days(LIBRARY, day, first + second)


@given(st.integers(2017, 2026), st.integers(1, 31), AMOUNTS)
def test_counting_runs_across_the_new_year(year: int, day: int, amount: int) -> None:
    start = date(year, 12, day)
    counted = counted_working_days(LIBRARY, start, amount)
    assert len(counted) == amount and list(counted) == sorted(set(counted)) and counted[0] > start
    assert date(year + 1, 1, 1) not in counted


# Proposals -----------------------------------------------------------------------------------------------------------


def _weekdays_off(year: int) -> list[str]:
    return [f"{p.day:%d/%m}" for p in propose(year) if p.kind != "make_up_work"]


def test_the_rest_days_of_2025_to_2027() -> None:
    assert _weekdays_off(2025) == "01/01 27/01 28/01 29/01 30/01 31/01 07/04 30/04 01/05 02/05 01/09 02/09".split()
    assert (
        _weekdays_off(2026) == "01/01 16/02 17/02 18/02 19/02 20/02 27/04 30/04 01/05 31/08 01/09 02/09 24/11".split()
    )
    assert _weekdays_off(2027) == "01/01 04/02 05/02 08/02 09/02 10/02 16/04 30/04 03/05 02/09 03/09 24/11".split()


def test_proposals_name_their_kind_and_how_sure_they_are() -> None:
    by_day = {p.day: p for year in (2026, 2027) for p in propose(year)}
    assert by_day[date(2026, 8, 22)].kind == "make_up_work"
    assert by_day[date(2026, 8, 31)].kind == "in_lieu_off"
    assert by_day[date(2026, 11, 24)].name == "Ngày Văn hóa Việt Nam"
    assert by_day[date(2026, 9, 2)].confidence == "V2"
    assert by_day[date(2027, 9, 2)].confidence == "U" and "chưa có quyết định" in by_day[date(2027, 9, 2)].source


def test_a_swapped_saturday_belongs_to_its_own_year_only() -> None:
    assert date(2019, 1, 5) in {p.day for p in propose(2019)}
    assert {p.day.year for p in propose(2020)} == {2020}


# The table -----------------------------------------------------------------------------------------------------------


def test_the_overlay_wins_over_the_library(seeded: Session) -> None:
    """Friday 02/01/2026 was off for the state sector, made up for on Saturday 10/01/2026 (12729/VPCP-KGVX)."""
    calendar = store.load(seeded)
    assert LIBRARY.is_working(date(2026, 1, 2)) and not calendar.is_working(date(2026, 1, 2))
    assert not LIBRARY.is_working(date(2026, 1, 10)) and calendar.is_working(date(2026, 1, 10))
    assert add_working_days(calendar, date(2025, 12, 31), 1) == date(2026, 1, 5)
    assert add_working_days(calendar, date(2025, 12, 31), 5) == date(2026, 1, 9)
    assert add_working_days(calendar, date(2025, 12, 31), 6) == date(2026, 1, 10)


def test_the_table_gives_the_same_dates_as_the_rules_elsewhere(seeded: Session) -> None:
    calendar = store.load(seeded)
    assert calendar.years == frozenset(range(2017, 2028))
    assert calendar.off - LIBRARY.off == {date(2026, 1, 2)} and calendar.worked - LIBRARY.worked == {date(2026, 1, 10)}


def test_2027_is_known_but_marked_as_undecided(seeded: Session) -> None:
    decided = {row.year: row.decided for row in seeded.scalars(select(CalendarYear))}
    assert decided[2026] and not decided[2027]


def test_seeding_again_changes_nothing(seeded: Session) -> None:
    before, recorded = store.load(seeded), len(list(events.read(seeded, store.STREAM)))
    store.seed(seeded, actor=SYSTEM, now=NOW)
    assert store.load(seeded) == before
    assert len(list(events.read(seeded, store.STREAM))) == recorded == 2


def test_entering_a_day_supersedes_and_gives_a_new_version(seeded: Session) -> None:
    # Given the calendar as seeded
    before = store.load(seeded)
    # When a decision moves a day of Tết 2027
    entry = ProposedDay(date(2027, 2, 11), "holiday", "Mùng sáu Tết", "Thông báo của năm", "V")
    assert store.enter(seeded, [entry], actor=SYSTEM, now=NOW) == 1
    # Then the version differs, the day is off, and proposals no longer touch it
    after = store.load(seeded)
    assert after.version != before.version and not after.is_working(date(2027, 2, 11))
    assert store.accept(seeded, propose(2027), actor=SYSTEM, now=NOW) == 0


def test_a_hand_made_entry_replaces_a_proposal_and_keeps_it_on_record(seeded: Session) -> None:
    day = date(2027, 11, 24)
    store.enter(seeded, [ProposedDay(day, "make_up_work", "Làm việc", "Quyết định", "V")], actor=SYSTEM, now=NOW)
    rows = seeded.scalars(select(CalendarDay).where(CalendarDay.day == day).order_by(CalendarDay.id)).all()
    assert [(row.origin, row.superseded_at is None) for row in rows] == [("proposal", False), ("overlay", True)]
    assert store.load(seeded).is_working(day)


def test_a_withdrawn_day_is_what_its_weekday_says(seeded: Session) -> None:
    before = store.load(seeded)
    store.withdraw(seeded, date(2027, 11, 24), "Chưa có quyết định", actor=SYSTEM, now=NOW)
    assert store.load(seeded).is_working(date(2027, 11, 24)) and store.load(seeded).version != before.version
    assert list(events.read(seeded, store.STREAM))[-1].type == "CalendarDayWithdrawn"
    with pytest.raises(store.NoSuchEntry):
        store.withdraw(seeded, date(2027, 11, 24), "lần nữa", actor=SYSTEM, now=NOW)


def test_an_entry_without_source_or_of_unknown_kind_is_refused_whole(seeded: Session) -> None:
    before = store.load(seeded)
    good = ProposedDay(date(2027, 3, 1), "holiday", "Nghỉ", "Văn bản", "V")
    for bad in (
        ProposedDay(date(2027, 3, 2), "holiday", "Nghỉ", "", "V"),
        ProposedDay(date(2027, 3, 2), "x", "Nghỉ", "V", "V"),
    ):
        with pytest.raises(store.InvalidDay):
            store.enter(seeded, [good, bad], actor=SYSTEM, now=NOW)
    assert store.load(seeded) == before


def test_an_empty_table_knows_no_year(session: Session) -> None:
    with pytest.raises(YearUnknown):
        store.load(session).is_working(date(2026, 9, 1))


def test_every_change_is_an_event_of_the_configuration(seeded: Session) -> None:
    recorded = list(events.read(seeded, store.STREAM))
    assert [event.type for event in recorded] == ["CalendarProposalsAccepted", "CalendarDaysEntered"]
    assert recorded[1].payload is not None
    assert recorded[1].payload["version"] == store.load(seeded).version
    assert list(events.verify(seeded, store.STREAM)) == []

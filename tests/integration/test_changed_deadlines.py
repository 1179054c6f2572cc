"""Deadlines that change: another regime, an extension, another calendar. Nothing moves silently."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine.commands import ChooseRegime, ExtendDeadline
from engine.commands.case_run import CaseNotFound
from engine.commands.deadlines import NoSuchChoice, NotExtendable, NotLater, NotLead
from engine.commands.lifecycle import ReasonMissing
from engine.queries.inbox import moved_from
from engine.tables import OutboxMessage, Timer, WorkItem
from engine.unit_of_work import Receipt
from tests.support.small import complete, execute, form, happened, install, open_items, payload, procedure, start, task
from tests.support.world import STRANGER, World
from workflows.calendar import store
from workflows.calendar.proposals import ProposedDay, propose
from workflows.calendar.tables import HOLIDAY

HEAD, SPECIALIST = "ld.so-vhttdl", "cv.so-vhttdl"
DEADLINES = """
reply:
  name: {vi: Trả lời}
  regimes:
    - {from: 2020-01-01, to: 2026-09-30, clock: working_days, amount: 5, source: PL, basis: "nd30-2020:1",
       confidence: V}
    - {from: 2026-10-01, clock: working_days, amount: 10, source: PL, basis: "nd30-2020:2", confidence: V,
       extendable: "nd30-2020:3"}
inner:
  name: {vi: Nội bộ}
  regimes:
    - {from: 2020-01-01, clock: working_days, amount: 3, source: TK, basis: "", confidence: V, note: {vi: Nội bộ}}
hours:
  name: {vi: Theo giờ}
  regimes:
    - {from: 2020-01-01, clock: hours, amount: 240, source: TK, basis: "", confidence: V, note: {vi: Nội bộ}}
"""
CHOICES = """choices:
  - {id: new, title: {vi: Luật mới}, law_on: 2026-10-01, duty: head, when: "case.law_on < '2026-10-01'",
     basis: "tdkt-2026:1", confidence: V2}
"""
TIMER = '<bpmn:extensionElements><ph:deadline rule="{}"/></bpmn:extensionElements><bpmn:timerEventDefinition id="{}"/>'


def _task(id_: str, rule: str) -> str:
    return task(id_).replace("</bpmn:extensionElements>", f'<ph:deadline rule="{rule}"/></bpmn:extensionElements>')


@pytest.fixture
def begun(world: World) -> tuple[World, Receipt]:
    """A case received on 01/09/2026 with three open steps; the first has a reminder by its own rule."""
    bundle = procedure(
        "changing",
        [
            "startEvent begin",
            "parallelGateway split",
            _task("answer", "reply"),
            f'boundaryEvent late cancelActivity="false" attachedToRef="answer"{TIMER.format("reply", "t1")}',
            _task("prepare", "inner"),
            _task("count", "hours"),
            "endEvent told",
            "endEvent done1",
            "endEvent done2",
            "endEvent done3",
        ],
        [
            "begin split",
            "split answer",
            "split prepare",
            "split count",
            "late told",
            "answer done1",
            "prepare done2",
            "count done3",
        ],
        forms={"note": form("note")},
        more=CHOICES,
        deadlines=DEADLINES,
    )
    install(world, bundle)
    return world, start(world, "changing", SPECIALIST)


def _due(world: World, case_id: str) -> dict[str, datetime]:
    rows = [*world.rows(WorkItem, case_id=case_id), *world.rows(Timer, case_id=case_id)]
    return {row.element_id: row.due_at for row in rows}


def _end(day: int, month: int = 9) -> datetime:
    """The end of a day in Vietnam."""
    return datetime(2026, month, day, 16, 59, 59, tzinfo=UTC)


def _enter(world: World, *days: date) -> None:
    entries = [ProposedDay(day, HOLIDAY, "Nghỉ bão", "Công điện 01/CĐ-UBND", "V") for day in days]
    with world.container.write() as session:
        store.enter(session, entries, actor=world.actor_of("quantri"), now=world.clock.now())


def _moves(world: World, case_id: str, type_: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [(e.envelope["origin"]["element_id"], e.payload or {}) for e in world.history(case_id) if e.type == type_]


def _marks(world: World, case_id: str) -> dict[str, datetime | None]:
    return {row.element_id: moved_from(row.deadline) for row in world.rows(WorkItem, case_id=case_id)}


# Another regime ------------------------------------------------------------------------------------------------------


def test_a_chosen_regime_counts_the_open_deadlines_anew_on_record(begun: tuple[World, Receipt]) -> None:
    world, case = begun
    assert _due(world, case.case_id)["answer"] == _end(9)
    # When the head of the leading agency chooses the new law
    execute(world, ChooseRegime(case.case_id, "new", "Có lợi hơn cho người được đề nghị"), HEAD)
    # Then the reply and its reminder are due by it, and what rests on the same rule before and after stays
    due = _due(world, case.case_id)
    assert due["answer"] == due["late"] == _end(16) and due["prepare"] == _end(7)
    assert payload(world, case.case_id, "RegimeChosen")["law_on"] == "2026-10-01"
    moved = _moves(world, case.case_id, "DeadlineRecomputed")
    assert sorted(element for element, _ in moved) == ["answer", "late"]
    assert {(m["before"], m["after"], m["cause"]) for _, m in moved} == {
        ("2026-09-09T16:59:59Z", "2026-09-16T16:59:59Z", "regime")
    }
    # And it can be chosen once, and taken back
    with pytest.raises(NoSuchChoice):
        execute(world, ChooseRegime(case.case_id, "new", "Lần nữa"), HEAD)
    execute(world, ChooseRegime(case.case_id, "", "Người được đề nghị đổi ý"), HEAD)
    assert _due(world, case.case_id)["answer"] == _end(9)
    assert world.faults() == []


@pytest.mark.parametrize(
    ("user", "choice", "reason", "error"),
    [
        (SPECIALIST, "new", "Có lợi hơn", NotLead),  # the procedure asks for a head
        ("ld.so-ngoai-vu", "new", "Có lợi hơn", CaseNotFound),
        (HEAD, "other", "Có lợi hơn", NoSuchChoice),
        (HEAD, "", "Có lợi hơn", NoSuchChoice),  # nothing to take back
        (HEAD, "new", " ", ReasonMissing),
    ],
)
def test_who_may_choose_and_what(
    begun: tuple[World, Receipt], user: str, choice: str, reason: str, error: type[Exception]
) -> None:
    world, case = begun
    before = world.digest()
    with pytest.raises(error):
        execute(world, ChooseRegime(case.case_id, choice, reason), user)
    assert world.digest() == before


# Extending -----------------------------------------------------------------------------------------------------------


def _extend(world: World, case: Receipt, element: str, due_at: datetime, user: str = HEAD) -> None:
    rows = [*world.rows(WorkItem, case_id=case.case_id), *world.rows(Timer, case_id=case.case_id)]
    [row] = [row for row in rows if row.element_id == element]
    execute(world, ExtendDeadline(case.case_id, row.id, due_at, "Chờ số liệu", "Công văn 12/SVHTTDL"), user)


def test_a_design_limit_is_extended_freely_and_a_legal_one_only_where_the_rule_says_so(
    begun: tuple[World, Receipt],
) -> None:
    world, case = begun
    _extend(world, case, "prepare", _end(20))
    assert _due(world, case.case_id)["prepare"] == _end(20)
    with pytest.raises(NotExtendable):
        _extend(world, case, "answer", _end(20))
    # Under the new law the limit is extendable, and the reminder moves along
    execute(world, ChooseRegime(case.case_id, "new", "Có lợi hơn"), HEAD)
    _extend(world, case, "answer", _end(25))
    assert _due(world, case.case_id)["answer"] == _due(world, case.case_id)["late"] == _end(25)
    moved = dict(_moves(world, case.case_id, "DeadlineExtended"))
    assert moved["answer"]["basis"] == "nd30-2020:3" and moved["answer"]["document"] == "Công văn 12/SVHTTDL"
    assert set(moved) == {"prepare", "answer", "late"}


def test_a_new_end_lies_ahead_and_later_and_only_a_head_of_the_lead_sets_it(begun: tuple[World, Receipt]) -> None:
    world, case = begun
    with pytest.raises(NotLater):
        _extend(world, case, "prepare", _end(2))
    with pytest.raises(NotLead):
        _extend(world, case, "prepare", _end(20), SPECIALIST)
    with pytest.raises(CaseNotFound):
        _extend(world, case, "prepare", _end(20), STRANGER)


# The calendar --------------------------------------------------------------------------------------------------------


def test_a_changed_calendar_moves_what_rests_on_it_case_by_case(begun: tuple[World, Receipt]) -> None:
    world, case = begun
    other = start(world, "changing", SPECIALIST)
    _extend(world, other, "prepare", _end(10))
    complete(world, other.case_id, "answer", SPECIALIST, note="")
    # When 04/09 becomes a day off
    _enter(world, date(2026, 9, 4))
    asked = world.rows(OutboxMessage, topic="deadlines.recount")
    assert sorted(message.case_id for message in asked) == sorted([case.case_id, other.case_id])
    world.engine.drain()
    # Then days are counted again; hours, dates set by a person and what is over stay
    due = _due(world, case.case_id)
    assert (due["answer"], due["late"], due["prepare"]) == (_end(10), _end(10), _end(8))
    assert due["count"] == datetime(2026, 9, 11, 1, tzinfo=UTC)
    assert _due(world, other.case_id)["prepare"] == _end(10)
    # And each move is in its case, with the calendar before and after
    moved = _moves(world, case.case_id, "DeadlineRecomputed")
    assert sorted(element for element, _ in moved) == ["answer", "late", "prepare"]
    first = moved[0][1]
    assert first["calendar_before"] != first["deadline"]["calendar_version"] and first["cause"] == "calendar"
    assert "DeadlineRecomputed" not in happened(world, other.case_id)
    # And whoever works by it sees that it moved, and from when
    assert _marks(world, case.case_id) == {"answer": _end(9), "prepare": _end(7), "count": None}
    assert world.faults() == []


def test_a_withdrawn_day_moves_them_back_and_a_far_day_moves_nothing(begun: tuple[World, Receipt]) -> None:
    world, case = begun
    _enter(world, date(2026, 9, 4))
    world.engine.drain()
    with world.container.write() as session:
        store.withdraw(session, date(2026, 9, 4), "Ghi nhầm", actor=world.actor_of("quantri"), now=world.clock.now())
    world.engine.drain()
    assert _due(world, case.case_id)["answer"] == _end(9)
    assert _marks(world, case.case_id)["answer"] == _end(10)
    before = happened(world, case.case_id)
    _enter(world, date(2026, 10, 5))
    world.engine.drain()
    assert happened(world, case.case_id) == before


def test_what_has_passed_never_changes(begun: tuple[World, Receipt]) -> None:
    world, case = begun
    world.clock.set(_end(20))
    world.engine.drain()
    before = _due(world, case.case_id)
    _enter(world, date(2026, 9, 4))
    world.engine.drain()
    assert _due(world, case.case_id) == before
    assert "answer" in open_items(world, case.case_id)


def test_a_step_that_stopped_at_an_unknown_year_goes_on_when_the_year_is_known(world: World) -> None:
    bundle = procedure(
        "long",
        ["startEvent begin", _task("answer", "reply"), "endEvent done"],
        ["begin answer", "answer done"],
        forms={"note": form("note")},
        deadlines=DEADLINES.replace("amount: 10", "amount: 5"),
    )
    install(world, bundle)
    world.clock.set(datetime(2027, 12, 30, 2, tzinfo=UTC))
    case = start(world, "long", SPECIALIST)
    assert world.incident(case.case_id).code == "calendar.year_unknown"
    with world.container.write() as session:
        proposals = propose(2028)
        store.accept(session, proposals, actor=world.actor_of("quantri"), now=world.clock.now())
    world.engine.drain()
    assert _due(world, case.case_id)["answer"].date() == date(2028, 1, 7)

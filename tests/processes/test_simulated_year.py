"""A few days of a simulated year go by themselves, and the books find what is wrong with a spoiled store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.actors import SPECIALIST
from engine.forms import load_form
from engine.tables import Case, ChildCase, Event, EventPayload, EventStream, Incident, OutboxMessage, WorkItem
from web import scenario_runs, simulated
from web.wiring import PROCEDURES, Container
from workflows.agencies.tables import Agency
from workflows.campaigns import respondents
from workflows.campaigns.figures import figures
from workflows.documents.tables import FAILED, Dispatch, Document
from workflows.oversight.notices import RESULT
from workflows.simulation import acts, books
from workflows.simulation.books import Book
from workflows.simulation.filler import fill
from workflows.simulation.reorganisations import announce, reorganisations
from workflows.simulation.staff import Roster, Staff
from workflows.simulation.year import Plan

AFTERWARDS = datetime(2027, 6, 1, tzinfo=UTC)
SOME = frozenset({"incident-rebuttal", "harmful-publication", "difficulty", "officer-register"})
OFTEN = {"extended": 0.08, "on paper": 0.3, "suspended": 0.04, "withdrawn": 0.06, "cancelled": 0.03, "returned": 0.15}
A_WEEK = Plan(date(2026, 3, 2), date(2026, 3, 8), scale=0.4, procedures=SOME)


@dataclass(frozen=True)
class Played:
    """The store after the days were over and one campaign was played in it, and what the staff say."""

    container: Container
    staff: Staff

    def kept(self, session: Session) -> dict[str, Book]:
        versions = self.container.engine.versions
        return {book.name: book for book in books.check(session, versions, AFTERWARDS)}


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(acts, "RATES", OFTEN)
        patch.setattr(acts, "CORRECTIONS", 0.1)
        yield from _played()


def _played() -> Iterator[Played]:
    with simulated.played(A_WEEK, lambda day, counts: None) as (container, staff):
        _, campaign = scenario_runs.scenarios_of("annual-report")[0]
        assert scenario_runs.run(container, "annual-report", campaign).ok
        yield Played(container, staff)


def test_everybody_could_do_all_work_and_every_book_agrees(played: Played) -> None:
    assert played.staff.stuck == []
    assert played.staff.done["completed"] > 100
    assert {*OFTEN, "corrected", "resumed"} <= set(played.staff.done)
    with played.container.read() as session:
        kept = played.kept(session)
    assert {name: book.wrong for name, book in kept.items() if book.wrong} == {}
    looked_at = {name for name, book in kept.items() if book.looked_at}
    assert set(kept) - looked_at <= {"incidents", "dead"}


def _incident(session: Session) -> None:
    case = session.scalars(select(Case)).first()
    assert case is not None
    facts = {"token": "t", "element_id": "step", "code": "test.failed", "params": {}, "status": "open"}
    session.add(Incident(id="i", case_id=case.id, attempts=1, created_at=AFTERWARDS, **facts))


def _lost_message(session: Session) -> None:
    message = session.scalars(select(OutboxMessage)).first()
    assert message is not None
    message.status = "failed"


def _forgotten_case(session: Session) -> None:
    case = session.scalars(select(Case).where(Case.procedure_id == "difficulty")).first()
    assert case is not None
    case.status = "running"


def _late_and_not_reminded(session: Session) -> None:
    query = select(WorkItem).where(WorkItem.due_at.is_not(None), WorkItem.reminded_at.is_(None))
    item = session.scalars(query.where(WorkItem.status == "done")).first()
    assert item is not None
    item.due_at, item.closed_at = item.created_at, item.created_at + timedelta(days=1)


def _open_campaign(session: Session) -> None:
    session.execute(update(Case).where(Case.procedure_id == "annual-report").values(status="running"))


def _one_case_more(session: Session) -> None:
    case = session.scalars(select(Case).where(Case.procedure_id == "difficulty")).first()
    assert case is not None
    figure = figures()[0]
    case.procedure_id, case.outcome = figure.procedure, min(figure.outcomes)


def _one_return_less(session: Session) -> None:
    child = session.scalars(select(ChildCase).where(ChildCase.outcome == "DA_NHAN_DUNG_HAN")).first()
    assert child is not None
    child.outcome = "KHONG_NOP"


def _answer_of_a_body_that_was_gone(session: Session) -> None:
    child = session.scalars(select(ChildCase).where(ChildCase.outcome == "DA_NHAN_DUNG_HAN")).first()
    assert child is not None
    session.get_one(Agency, child.agency_id).valid_to = date(2025, 12, 31)


def _undelivered_result(session: Session) -> None:
    query = select(Dispatch).join(Document, Document.id == Dispatch.document_id)
    dispatch = session.scalars(query.where(Document.type == "TB", Document.subject.startswith(RESULT[0]))).first()
    assert dispatch is not None
    dispatch.status = FAILED


def _altered_chain(session: Session) -> None:
    stream = session.scalars(select(EventStream).where(EventStream.kind == "case")).first()
    assert stream is not None
    stream.length += 1


@pytest.mark.parametrize(
    ("book", "spoil"),
    [
        ("incidents", _incident),
        ("outbox", _lost_message),
        ("dead", _forgotten_case),
        ("reminders", _late_and_not_reminded),
        ("campaigns", _open_campaign),
        ("counted", _one_case_more),
        ("summed", _one_return_less),
        ("successors", _answer_of_a_body_that_was_gone),
        ("results", _undelivered_result),
        ("chains", _altered_chain),
    ],
)
def test_a_book_notices_what_is_spoiled(played: Played, book: str, spoil: Callable[[Session], None]) -> None:
    with played.container.read() as session:  # whatever is changed in it is thrown away
        spoil(session)
        session.flush()
        assert played.kept(session)[book].wrong


def test_the_book_of_replays_notices_a_payload_that_is_gone(played: Played) -> None:
    """Its processes read the store itself, so what is spoiled is written there, and mended again."""
    first = select(Event.hash).where(Event.stream_kind == "case", Event.type == "CaseStarted").limit(1)
    with played.container.write() as session:
        gone = session.scalars(select(EventPayload).where(EventPayload.event_hash.in_(first))).one()
        kept = EventPayload(event_hash=gone.event_hash, salt=gone.salt, payload=gone.payload)
        session.delete(gone)
    try:
        with played.container.read() as session:
            assert books.replays(session, played.container.engine.versions, AFTERWARDS).wrong
    finally:
        with played.container.write() as session:
            session.add(kept)


def test_bodies_that_cease_in_the_year_leave_their_answers_to_their_one_successor(played: Played) -> None:
    first, last, lead = date(2025, 12, 1), date(2026, 12, 31), "so-vhttdl"
    with played.container.read() as session:
        gone = announce(session, first, last, AFTERWARDS)
        roster = Roster.of(session, first)
        for one in reorganisations():
            day = gone[one.agency]
            eve = day - timedelta(days=1)
            owing = [one.agency in respondents.respondents(session, on, lead) for on in (eve, day)]
            assert owing == [True, False]
            assert [bool(roster.holding(one.agency, SPECIALIST, on)) for on in (eve, day)] == [True, False]
            only = one.successors[0] if len(one.successors) == 1 else None
            assert respondents.heir(session, one.agency, day, lead) == only


def test_one_seed_fills_a_form_in_one_way_and_another_in_another() -> None:
    path = PROCEDURES / "incident-rebuttal" / "forms" / "detection.json"
    form, now = load_form(path.read_bytes(), path.name), datetime(2026, 3, 2, 2, tzinfo=UTC)

    def filled(seed: int) -> object:
        return fill(form, {}, agencies=["a", "b", "c", "d"], now=now, rng=Random(seed)).data

    assert filled(1) == filled(1)
    assert filled(1) != filled(2)

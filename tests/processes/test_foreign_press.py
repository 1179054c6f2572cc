"""What the law asks of permission for foreign reporters, read from what the scenarios left behind."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from engine.clock import local_date
from engine.tables import Case, CaseLink, Event, Timer, WorkItem
from tests.processes.played import Played
from workflows.documents.tables import Document

PERMIT = "foreign-press-permit"


def test_no_answer_is_never_a_consent(played: Played) -> None:
    """Given a request whose five working days ran out, then nothing permitted it before the leader decided."""
    case_id = played.case_id(PERMIT, "20-qua-han-chua-duoc-phep")
    with played.container.read() as session:
        fired = session.scalars(
            select(Timer).where(Timer.case_id == case_id, Timer.element_id == "reply_overdue")
        ).one()
        decided = session.scalars(
            select(WorkItem).where(WorkItem.case_id == case_id, WorkItem.element_id == "decide")
        ).one()
        letters = session.scalars(select(Document).where(Document.case_id == case_id, Document.type == "CV")).all()
        visits = session.scalars(
            select(WorkItem).where(WorkItem.case_id == case_id, WorkItem.element_id == "plan_visit")
        )
        assert (fired.element_id, local_date(fired.due_at).isoformat()) == ("reply_overdue", "2026-09-14")
        assert decided.closed_at is not None and decided.closed_at > fired.due_at
        assert [letter.issued_at >= decided.closed_at for letter in letters if letter.issued_at] == [True]
        assert [visit.created_at >= decided.closed_at for visit in visits] == [True]


def test_the_day_of_receipt_picks_the_decree(played: Played) -> None:
    """Received on 30/6/2026 the old decree sets the limit, received later the new one; both give five working days."""
    found = {}
    with played.container.read() as session:
        for scenario in ("01-thuong-tru", "02-thuong-tru-luat-cu"):
            query = select(WorkItem.deadline).where(
                WorkItem.case_id == played.case_id(PERMIT, scenario), WorkItem.element_id == "decide"
            )
            deadline = session.scalars(query).one()
            assert deadline is not None
            found[scenario] = (deadline["basis"], deadline["amount"], deadline["clock"])
    assert found == {
        "01-thuong-tru": ("nd262-2026:16.3", 5, "working_days"),
        "02-thuong-tru-luat-cu": ("nd88-2012:13.3", 5, "working_days"),
    }


def test_who_decides_a_change_of_programme_follows_the_law_of_the_day(played: Played) -> None:
    def worked(scenario: str) -> set[str]:
        with played.container.read() as session:
            query = select(WorkItem.element_id).where(WorkItem.case_id == played.case_id(PERMIT, scenario))
            return set(session.scalars(query))

    assert "decide_change" in worked("03-thay-doi-chuong-trinh")
    assert "decide_change" not in worked("04-thay-doi-luat-cu")


def test_a_false_product_opens_a_rebuttal_that_is_linked(played: Played) -> None:
    case_id = played.case_id(PERMIT, "19-vi-pham-dinh-chi")
    with played.container.read() as session:
        link = session.scalars(select(CaseLink).where(CaseLink.other_id == case_id)).one()
        grown = session.get_one(Case, link.case_id)
        assert (grown.procedure_id, grown.initiator_agency, grown.status) == (
            "incident-rebuttal",
            "so-ngoai-vu",
            "running",
        )


def test_a_secret_request_leaves_nothing_but_its_code(played: Played) -> None:
    case_id = played.case_id(PERMIT, "21-kenh-mat")
    with played.container.read() as session:
        types = set(session.scalars(select(Event.type).where(Event.stream_id == case_id)))
        case = session.get_one(Case, case_id)
        assert case.outcome == "CHUYEN_KENH_MAT" and case.title == "Chưa đặt tên"
        assert case.ended_at is not None and case.ended_at < datetime(2026, 9, 8, tzinfo=UTC)
        assert "DocumentDrafted" not in types

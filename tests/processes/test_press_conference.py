"""What the law asks of the province's own international press conference, read from what the scenarios left behind."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.tables import Case, CaseLink, WorkItem
from tests.processes.played import Played
from workflows.documents.tables import ISSUED, Document

CONFERENCE = "international-press-conference"


@pytest.mark.parametrize(("scenario", "noticed"), [("01-da-to-chuc", False), ("02-luat-cu-co-tin-sai", True)])
def test_a_notice_is_owed_only_under_the_law_up_to_30_june_2026(played: Played, scenario: str, noticed: bool) -> None:
    with played.container.read() as session:
        query = select(WorkItem.element_id).where(WorkItem.case_id == played.case_id(CONFERENCE, scenario))
        worked = set(session.scalars(query))
    assert "hold_conference" in worked
    assert ("record_notice" in worked) is noticed


def test_nobody_is_invited_before_the_leader_has_decided(played: Played) -> None:
    case_id = played.case_id(CONFERENCE, "01-da-to-chuc")
    with played.container.read() as session:
        decided = session.scalars(
            select(WorkItem.closed_at).where(WorkItem.case_id == case_id, WorkItem.element_id == "approve_conference")
        ).one()
        invited = session.scalars(
            select(Document.issued_at).where(Document.case_id == case_id, Document.type == "GM")
        ).one()
    assert decided is not None and invited is not None and invited >= decided


def test_whoever_was_invited_is_told_each_time_it_is_called_off(played: Played) -> None:
    case_id = played.case_id(CONFERENCE, "04-hoan-roi-huy")
    with played.container.read() as session:
        query = select(Document.type).where(Document.case_id == case_id, Document.status == ISSUED)
        issued = list(session.scalars(query.order_by(Document.issued_at)))
    assert [one for one in issued if one in ("GM", "CV")] == ["GM", "CV", "GM", "CV"]


def test_false_coverage_opens_a_rebuttal_that_is_linked(played: Played) -> None:
    case_id = played.case_id(CONFERENCE, "02-luat-cu-co-tin-sai")
    with played.container.read() as session:
        link = session.scalars(select(CaseLink).where(CaseLink.other_id == case_id)).one()
        grown = session.get_one(Case, link.case_id)
        assert (grown.procedure_id, grown.initiator_agency) == ("incident-rebuttal", "so-ngoai-vu")

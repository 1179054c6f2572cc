"""Commendation: one suspended leaves the others moving, the law follows the day of receipt, nobody may be chosen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical
from engine.clock import ZONE, ManualClock, local_date
from engine.core import Engine
from engine.queries import acts
from engine.tables import Case, Event, EventPayload, WorkItem
from web import scenario_runs
from web.throwaway import throwaway
from web.wiring import PROCEDURES, Container
from workflows.agencies.queries import actor_for_account
from workflows.documents.tables import Document, DocumentRevision
from workflows.documents.templates import fill, read_template

DECISION = PROCEDURES / "commendation" / "notices" / "award-decision.yaml"
SUSPENDED, LAWS = "04-mot-nguoi-tam-dung", {"01": "06/2026/QH16", "02": "152/2025/NĐ-CP", "03": "98/2023/NĐ-CP"}
CHOSEN, SOME_FAILED = "15", "05"
NOBODY = {"16": ["so-vhttdl"], "17": ["so-vhttdl", "so-vhttdl"], "18": ["so-noi-vu", "so-vhttdl"]}
"""Scenarios in which nobody reaches the majority, with who tells of it."""


@pytest.fixture(scope="module")
def played() -> Iterator[tuple[Container, dict[str, str]]]:
    """A store in which the suspension and a decision under each regime have run, with the codes of their cases."""
    with throwaway() as container:
        codes: dict[str, str] = {}
        for _, one in scenario_runs.scenarios_of("commendation"):
            if one.name == SUSPENDED or one.name[:2] in (*LAWS, CHOSEN, SOME_FAILED, *NOBODY):
                result = scenario_runs.run(container, "commendation", one)
                assert result.ok, result.failures
                codes[one.name[:2]] = str(result.case_code)
        yield container, codes


def test_one_suspended_nominee_leaves_the_others_moving(played: tuple[Container, dict[str, str]]) -> None:
    container, codes = played
    with container.read() as session:
        proposal = session.scalars(select(Case).where(Case.code == codes["04"])).one()
        nominees = session.scalars(select(Case).where(Case.procedure_id == "commendation-nominee")).all()
    assert (proposal.status, proposal.outcome) == ("ended", "DA_KHEN_BK")
    assert [nominee.status for nominee in nominees] == ["running"]


def test_proposal_and_suspended_nominee_lead_to_each_other(played: tuple[Container, dict[str, str]]) -> None:
    container, codes = played
    with container.read() as session:
        officer = actor_for_account(session, "cv.so-vhttdl", date(2026, 10, 5))
        proposal = session.scalars(select(Case).where(Case.code == codes["04"])).one()
        nominee = session.scalars(select(Case).where(Case.procedure_id == "commendation-nominee")).one()
        from_proposal, from_nominee = (acts.links(session, officer, case.id) for case in (proposal, nominee))
    assert [(one.kind, one.forward, one.code) for one in from_proposal] == [(acts.CHILD, False, nominee.code)]
    assert [(one.kind, one.forward, one.code) for one in from_nominee] == [(acts.CHILD, True, proposal.code)]


@pytest.mark.parametrize("scenario", sorted(LAWS))
def test_a_decision_names_the_law_of_the_day_on_which_the_file_came(
    played: tuple[Container, dict[str, str]], scenario: str
) -> None:
    container, codes = played
    with container.read() as session:
        received = session.scalars(select(Case.received_at).where(Case.code == codes[scenario])).one()
    values = {"subject": "Năm 2026", "variant": "BK", "nominees": [], "law_on": local_date(received).isoformat()}
    template = read_template(DECISION.name, DECISION.read_bytes())
    text = " ".join(fill(DECISION.name, template, values, lambda agency_id: agency_id).body)
    assert [law for law in LAWS.values() if law in text] == [LAWS[scenario]]


def test_a_head_chooses_the_more_favourable_law_with_a_reason_on_record(
    played: tuple[Container, dict[str, str]],
) -> None:
    """Given a file received under Decree 152/2025, when a head chooses, then the draft names the law of 2026."""
    container, codes = played
    with container.read() as session:
        case = session.scalars(select(Case).where(Case.code == codes[CHOSEN])).one()
        said = select(EventPayload.payload).join(Event, EventPayload.event_hash == Event.hash)
        of_choices = said.where(Event.stream_id == case.id, Event.type == "RegimeChosen")
        chosen = [canonical.loads(payload) for payload in session.scalars(of_choices)]
        texts = select(DocumentRevision.model).join(Document).where(Document.case_id == case.id, Document.type == "QĐ")
        drafts = [model.decode() for model in session.scalars(texts.where(DocumentRevision.revision == 1))]
    assert [(one["choice"], one["before"], one["law_on"], bool(one["reason"])) for one in chosen] == [
        ("law-2026", "2026-08-15", "2026-10-01", True)
    ]
    assert local_date(case.received_at).isoformat() == "2026-08-15"
    assert [[law for law in LAWS.values() if law in text] for text in drafts] == [[LAWS["01"]]]


def test_the_yearly_call_for_proposals_opens_by_itself_and_can_be_worked() -> None:
    """Given the year before is over, then on 15 October one case waits for the agency for external information."""
    with throwaway() as container:
        base = container.engine
        year = local_date(base.clock.now()).year + 1
        clock = ManualClock(datetime(year, 10, 15, 8, tzinfo=ZONE))
        engine = Engine(base.database, clock, base.ports, base.versions)
        while engine.start_due_cases():
            engine.drain()
        with container.read() as session:
            cases = session.scalars(select(Case).where(Case.procedure_id == "commendation")).all()
            opened = [case for case in cases if _period(session, case) == str(year)]
            work = session.scalars(select(WorkItem).where(WorkItem.case_id == opened[0].id)).all()
        assert [case.initiator_agency for case in opened] == ["so-vhttdl"]
        assert [(item.element_id, item.status, item.assignee_id) for item in work] == [("secrecy", "open", None)]


def _period(session: Session, case: Case) -> str:
    """The period for which the calendar opened a case."""
    query = (
        select(EventPayload.payload)
        .join(Event, EventPayload.event_hash == Event.hash)
        .where(Event.stream_id == case.id, Event.type == "CaseStarted")
    )
    return str(canonical.loads(session.scalars(query).one())["facts"].get("period"))


@pytest.mark.parametrize("scenario", sorted(NOBODY))
def test_where_no_nominee_reaches_the_majority_no_paper_names_anybody(
    played: tuple[Container, dict[str, str]], scenario: str
) -> None:
    """Given a council that gives nobody the majority, then nothing is decided and the units are told."""
    container, codes = played
    with container.read() as session:
        case = session.scalars(select(Case).where(Case.code == codes[scenario])).one()
        papers = session.scalars(
            select(Document).where(Document.case_id == case.id).order_by(Document.created_at)
        ).all()
    assert (case.status, case.outcome) == ("ended", "KHONG_DU_PHIEU")
    assert {paper.type for paper in papers} <= {"TTr", "TB"}
    assert [paper.issuer_agency_id for paper in papers if paper.type == "TB"] == NOBODY[scenario]


def test_the_result_names_whom_the_council_did_not_pass(played: tuple[Container, dict[str, str]]) -> None:
    """Given a council that passes one of two, then the decision names the one, and the written result the other."""
    container, codes = played
    texts = select(DocumentRevision.model).join(Document).join(Case, Case.id == Document.case_id)
    drafts = texts.where(Case.code == codes[SOME_FAILED], DocumentRevision.revision == 1)
    with container.read() as session:
        [decision] = [model.decode() for model in session.scalars(drafts.where(Document.type == "QĐ"))]
        [result] = [model.decode() for model in session.scalars(drafts.where(Document.type == "TB"))]
        of_all = [model.decode() for model in session.scalars(texts.where(Document.type == "TB"))]
    assert ("Phóng viên 1" in decision, "Phóng viên 2" in decision) == (True, False)
    assert "Không đủ phiếu của hội đồng xét khen thưởng: Phóng viên 2" in result
    assert sum("Không đủ phiếu của hội đồng xét khen thưởng: " in text for text in of_all) == 1


def test_the_result_names_whom_a_units_own_council_did_not_pass(played: tuple[Container, dict[str, str]]) -> None:
    container, codes = played
    texts = select(DocumentRevision.model).join(Document).join(Case, Case.id == Document.case_id)
    drafts = texts.where(Case.code == codes["16"], DocumentRevision.revision == 1, Document.type == "TB")
    with container.read() as session:
        [result] = [model.decode() for model in session.scalars(drafts)]
    assert "Không đủ phiếu của hội đồng đơn vị: Phóng viên 1 (Báo và phát thanh, truyền hình Phú Thọ)." in result


def test_units_propose_by_the_moment_that_the_call_sets(played: tuple[Container, dict[str, str]]) -> None:
    container, codes = played
    with container.read() as session:
        asked = (
            select(WorkItem.due_at).join(Case, WorkItem.case_id == Case.id).where(WorkItem.element_id == "introduce")
        )
        set_by_lead = session.scalars(asked.where(Case.code == codes["16"])).one()
        by_default = session.scalars(asked.where(Case.code == codes["17"])).one()
    assert set_by_lead == datetime(2026, 11, 20, 17, tzinfo=ZONE)
    assert by_default is not None and by_default != set_by_lead

"""Officers in charge: confirmed once a year, and silence confirms nothing (Article 25.4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select

from engine.clock import ZONE, ManualClock, local_date
from engine.core import Engine
from engine.queries.variables import variables_of
from engine.tables import Case, ChildCase, WorkItem
from tests.support.web import Browser
from web import scenario_runs
from web.app import assemble
from web.throwaway import throwaway
from web.wiring import Container
from workflows.documents.tables import Document, DocumentRevision


@pytest.fixture(scope="module")
def played() -> Iterator[Container]:
    """A store in which the yearly confirmation has run: one confirmed, one replaced, one silent."""
    with throwaway() as container:
        for _, one in scenario_runs.scenarios_of("officer-confirmation"):
            result = scenario_runs.run(container, "officer-confirmation", one)
            assert result.ok, result.failures
        yield container


def test_each_agency_answers_in_a_case_of_its_own_and_silence_confirms_nothing(played: Container) -> None:
    with played.read() as session:
        children = session.scalars(select(ChildCase)).all()
    outcomes = {child.agency_id: child.outcome for child in children}
    assert outcomes == {
        "so-ngoai-vu": "DA_XAC_NHAN",
        "phuong-viet-tri": "DA_GHI_DANH_SACH",
        "so-tai-chinh": "CHUA_TRA_LOI",
    }


def test_the_confirmation_has_the_pages_of_a_campaign(played: Container) -> None:
    """Given answers of three kinds, then progress, table and spreadsheet say them, and the case leads there."""
    browser = Browser(assemble(played).test_client())
    assert browser.sign_in("kiemtra").status_code == 303
    with played.read() as session:
        asked = select(Case.code).join(ChildCase, ChildCase.parent_id == Case.id)
        code = session.scalars(asked.where(ChildCase.outcome == "CHUA_TRA_LOI")).one()
    progress, table = browser.open(f"/dot/{code}").text, browser.open(f"/dot/{code}/tong-hop").text
    for said in ("Đã xác nhận, không thay đổi", "Đã ghi vào danh sách", "Chưa trả lời"):
        assert said in progress
        assert said in table
    assert "3 trong 3 cơ quan" in progress
    assert "Nguyễn Văn A" in table
    assert browser.open(f"/dot/{code}.xlsx").status_code == 200
    assert f"/dot/{code}" in browser.open(f"/vu-viec/{code}").text


def test_the_list_drafted_for_home_affairs_says_who_is_in_charge_and_who_was_silent(played: Container) -> None:
    with played.read() as session:
        lists = (
            select(DocumentRevision.model)
            .join(Document, Document.id == DocumentRevision.document_id)
            .join(Case, Case.id == Document.case_id)
            .where(Case.procedure_id == "officer-confirmation", DocumentRevision.revision == 1)
        )
        drafts = [model.decode() for model in session.scalars(lists)]
    [drafted] = [text for text in drafts if "Chưa trả lời" in text and "Đã xác nhận" in text]
    assert drafted.count("Nguyễn Văn A") == 2
    assert "Có thay đổi" in drafted


def test_the_confirmation_opens_by_itself_once_a_year() -> None:
    """Given the year before is over, then on 10 February one case waits for the agency that keeps the list."""
    with throwaway() as container:
        base = container.engine
        year = local_date(base.clock.now()).year + 1
        clock = ManualClock(datetime(year, 2, 10, 8, tzinfo=ZONE))
        engine = Engine(base.database, clock, base.ports, base.versions)
        while engine.start_due_cases():
            engine.drain()
        with container.read() as session:
            cases = session.scalars(select(Case).where(Case.procedure_id == "officer-confirmation")).all()
            known = variables_of(session, [case.id for case in cases])
            opened = [case for case in cases if known[case.id]["year"] == year]
            work = session.scalars(select(WorkItem.element_id).where(WorkItem.case_id == opened[0].id)).all()
        assert [(case.initiator_agency, case.status) for case in opened] == [("so-vhttdl", "running")]
        assert list(work) == ["open_confirmation"]

"""Figures of the yearly report come from the cases: counted by period, recorded, and linked for those who may look."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.actors import EVERYTHING, Actor
from engine.clock import ZONE, local_date
from engine.commands import ClaimWorkItem, CompleteWorkItem, StartCase
from engine.errors import Rejected
from engine.forms import prefill
from engine.queries.variables import variables_of
from engine.tables import Case, CaseAgency
from tests.integration.test_campaigns import CONFIRMED, LEAD, at, children, officer, paper, work
from tests.support.world import World, open_world
from web.scenario_runs import run, scenarios_of
from workflows.campaigns.consolidated import Figures, counted, table
from workflows.campaigns.figures import count, figures
from workflows.documents import model
from workflows.documents.tables import Document, DocumentRevision
from workflows.law import check_basis

FIRST, LAST = date(2025, 11, 1), date(2026, 10, 31)
PLAYED = {"difficulty": 3, "training-plan": 1, "complaint-inspection": 2, "incident-rebuttal": 2, "annual-report": 1}
"""How many scenarios of each procedure are played, the report last."""


def test_what_is_counted_names_outcomes_and_clauses_that_exist_and_no_outcome_twice(sqlite_world: World) -> None:
    world, seen = sqlite_world, set[tuple[str, str]]()
    for figure in figures():
        with world.engine.read() as session:
            version = world.engine.versions.in_force(session, figure.procedure, world.clock.now())
        assert figure.outcomes <= set(version.bundle.outcomes), figure.id
        assert check_basis(figure.basis) is None, figure.id
        mine = {(figure.procedure, outcome) for outcome in figure.outcomes}
        assert not mine & seen, figure.id
        seen |= mine


# A year with finished cases, and its report -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    """A store in which cases of many kinds have ended, and the report of the year was made."""
    folder = tmp_path_factory.mktemp("reported")
    path = shutil.copy(sqlite_template, folder / "phoihop.sqlite3")
    world = open_world(f"sqlite:///{path}", folder)
    for procedure, number in PLAYED.items():
        for id_, scenario in scenarios_of(procedure)[:number]:
            result = run(world.container, id_, scenario)
            assert result.ok, result.failures
    yield world
    world.engine.database.dispose()


def report_of(world: World) -> Case:
    found = world.ask(lambda s: s.scalars(select(Case).where(Case.procedure_id == "annual-report")).one())
    assert isinstance(found, Case)
    return found


def counted_for(world: World, actor: Actor) -> Figures:
    found = world.ask(lambda s: counted(s, actor, report_of(world).id))
    assert isinstance(found, Figures)
    return found


def test_the_reports_figures_equal_those_counted_from_the_cases(reported: World) -> None:
    ended = reported.ask(lambda s: s.scalars(select(Case).where(Case.status == "ended")).all())
    in_period = [case for case in ended if FIRST <= local_date(case.ended_at) <= LAST]
    by_hand = [
        sum(case.procedure_id == figure.procedure and case.outcome in figure.outcomes for case in in_period)
        for figure in figures()
    ]
    found = counted_for(reported, officer(LEAD, "specialist"))
    assert [line.count for line in found.lines] == by_hand
    assert sum(by_hand) >= 6
    assert found.period == "01/11/2025 – 31/10/2026"


def test_a_later_case_leaves_the_recorded_figures_as_they_were(reported: World) -> None:
    before = counted_for(reported, officer(LEAD, "specialist"))
    [(id_, scenario)] = scenarios_of("difficulty")[:1]
    assert run(reported.container, id_, scenario).ok
    now = reported.ask(lambda s: count(s, FIRST, LAST))
    assert counted_for(reported, officer(LEAD, "specialist")) == before
    assert len(now["difficulties"]) == next(x.count for x in before.lines if "vướng mắc" in x.title) + 1


def test_each_figure_leads_to_those_of_its_cases_that_the_reader_may_open(reported: World) -> None:
    for agency in (LEAD, "so-ngoai-vu", "so-noi-vu-khac"):
        involved = codes_of(reported, agency)
        for line in counted_for(reported, officer(agency, "specialist")).lines:
            assert {code for code, _ in line.cases} <= involved
            assert line.hidden == line.count - len(line.cases)
    auditor = Actor("kt", "kt", LEAD, LEAD, frozenset({"auditor"}), reach=(EVERYTHING,))
    assert all(line.hidden == 0 for line in counted_for(reported, auditor).lines)


def codes_of(world: World, agency: str) -> set[str]:
    """The cases in which an agency takes part."""
    query = select(Case.code).join(CaseAgency, CaseAgency.case_id == Case.id).where(CaseAgency.agency_id == agency)
    return set(world.ask(lambda s: s.scalars(query).all()))


def test_the_consolidated_table_keeps_numbers_words_and_the_reason_for_a_figure(reported: World) -> None:
    found = reported.ask(lambda s: table(s, reported.engine.versions, report_of(reported).id))
    assert found.totals["news_items"] == sum(row["values"]["news_items"] for row in found.rows)
    assert [field.name for field in found.sums][:2] == ["news_items", "foreign_items"]
    assert {field.name for field in found.texts} == {"difficulties", "proposals", "figures_note"}
    assert found.missing == []


# The period ---------------------------------------------------------------------------------------------------------


def ended(world: World, code: str, moment: str, agency: str, **values: Any) -> None:
    """A case that ended at that moment in Vietnam."""
    with world.engine.read() as session:
        version = world.engine.versions.in_force(session, "difficulty", world.clock.now())
    at_ = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
    facts = {"procedure_id": "difficulty", "status": "ended", "outcome": "DA_CHI_DAO", **values}
    moments = dict.fromkeys(("received_at", "started_at", "ended_at"), at_)
    with world.container.write() as session:
        agencies = {"initiator_agency": agency, "lead_agency": LEAD}
        session.add(Case(id=code, code=code, version_hash=version.hash, **facts, **moments, **agencies))
        session.flush()
        session.add(CaseAgency(case_id=code, agency_id=agency))


def test_days_of_the_period_are_days_in_vietnam_and_only_finished_cases_count(world: World) -> None:
    ended(world, "VM-1", "2025-10-31T23:59:59", "so-ngoai-vu")
    ended(world, "VM-2", "2025-11-01T00:00:00", "so-ngoai-vu")
    ended(world, "VM-3", "2026-10-31T23:59:59", "so-noi-vu")
    ended(world, "VM-4", "2026-11-01T00:00:00", "so-noi-vu")
    ended(world, "VM-5", "2026-05-01T08:00:00", "so-noi-vu", status="cancelled", outcome=None)
    ended(
        world, "PB-1", "2026-05-01T08:00:00", "so-noi-vu", procedure_id="incident-rebuttal", outcome="GOP_VAO_VU_KHAC"
    )
    whole = world.ask(lambda s: count(s, FIRST, LAST))
    assert {id_: codes for id_, codes in whole.items() if codes} == {"difficulties": ["VM-2", "VM-3"]}
    assert world.ask(lambda s: count(s, FIRST, LAST, ["so-noi-vu"]))["difficulties"] == ["VM-3"]


# The respondent -----------------------------------------------------------------------------------------------------

DATA = {
    **{"launch": "open", "campaign": "Báo cáo năm 2026", "year": 2026, "due_on": "2026-11-04", "ministry": "bo-vhttdl"},
    **{"period_from": FIRST.isoformat(), "period_to": LAST.isoformat()},
}
RETURN = {
    **{"results": "Đạt.", "news_items": 1, "foreign_items": 0, "publications": 0, "events": 0, "courses_held": 0},
    **{"spent": 1_500_000, "no_secret": CONFIRMED},
}


def opened(world: World, *respondents: str) -> str:
    """A yearly report that asks these agencies."""
    receipt = world.engine.execute(StartCase("annual-report"), actor=officer(LEAD, "specialist"), key="report")
    work(world, receipt.case_id, "open_campaign", **DATA, respondents=list(respondents))
    paper(world, receipt.case_id)
    return receipt.case_id


def test_a_return_begins_with_the_agencys_own_figures_and_another_figure_needs_a_reason(sqlite_world: World) -> None:
    world = sqlite_world
    rebuttal = {"procedure_id": "incident-rebuttal", "outcome": "DA_LAM_RO"}
    ended(world, "PB-1", "2026-05-01T08:00:00", "so-ngoai-vu", **rebuttal)
    ended(world, "PB-2", "2026-06-01T08:00:00", "so-noi-vu", **rebuttal)
    at(world, "2026-10-01T08:00")
    child = str(children(world, opened(world, "so-ngoai-vu"))["so-ngoai-vu"].child_id)
    [item] = world.open_items(child)
    known = world.ask(lambda s: variables_of(s, [child]))[child]
    with world.engine.read() as session:
        version = world.engine.versions.get(session, session.get_one(Case, child).version_hash)
    begun = prefill(version.bundle.forms["return"], known)
    assert (begun["press_teams"], begun["incidents"]) == (0, 1)
    actor = officer("so-ngoai-vu", "specialist")
    world.engine.execute(ClaimWorkItem(item.id), actor=actor, key="claim")
    other = {**RETURN, "press_teams": 0, "incidents": 2}
    with pytest.raises(Rejected) as refusal:
        world.engine.execute(CompleteWorkItem(item.id, other), actor=actor, key="without reason")
    assert "figures_note" in str(refusal.value.__dict__)
    with_reason = {**other, "figures_note": "Một vụ việc xử lý trước khi dùng hệ thống."}
    world.engine.execute(CompleteWorkItem(item.id, with_reason), actor=actor, key="with reason")
    assert world.ask(lambda s: variables_of(s, [child]))[child]["incidents"] == 2


def test_a_reminder_counts_anew_what_has_ended_meanwhile(sqlite_world: World) -> None:
    world = sqlite_world
    at(world, "2026-10-01T08:00")
    child = str(children(world, opened(world, "so-ngoai-vu"))["so-ngoai-vu"].child_id)
    ended(world, "PB-1", "2026-10-10T08:00:00", "so-ngoai-vu", procedure_id="incident-rebuttal", outcome="DA_CAI_CHINH")
    at(world, "2026-10-14T08:00")
    world.engine.drain()
    assert world.ask(lambda s: variables_of(s, [child]))[child]["own_figures"]["incidents"] == 1


def test_the_draft_of_the_provincial_report_brings_figures_and_a_line_for_each_agency(sqlite_world: World) -> None:
    world = sqlite_world
    ended(world, "VM-1", "2026-05-01T08:00:00", "so-ngoai-vu")
    at(world, "2026-10-01T08:00")
    report = opened(world, "so-ngoai-vu", "so-noi-vu")
    child = str(children(world, report)["so-ngoai-vu"].child_id)
    work(world, child, "write_return", **RETURN, press_teams=0, incidents=0)
    paper(world, child)
    work(world, child, "check_return", received_on="2026-10-01", check_result="accepted")
    at(world, "2026-11-19T08:00")
    world.engine.drain()
    work(world, report, "assess", assessment="Đạt kế hoạch.", no_secret=CONFIRMED)
    work(world, report, "appraise", appraisal="Phù hợp.")
    work(world, report, "decide", decision="sign")
    draft = drafted(world, report, "BC")
    figures_, lines = [block for block in draft.body if isinstance(block, model.Table)]
    assert ("Khó khăn, vướng mắc đã trả lời", "1") in figures_.rows
    assert any(isinstance(block, model.Annex) for block in draft.body)
    assert {(row[1], row[2], row[-1]) for row in lines.rows} == {("Đúng hạn", "1", "1.500.000"), ("Không gửi", "", "")}


def drafted(world: World, case_id: str, type_: str) -> model.DocumentModel:
    """The latest text of the document of that type."""
    query = (
        select(DocumentRevision.model)
        .join(Document, Document.id == DocumentRevision.document_id)
        .where(Document.case_id == case_id, Document.type == type_)
        .order_by(DocumentRevision.created_at.desc())
    )
    return model.from_canonical(world.ask(lambda s: s.scalars(query).first()))

"""The reports over a played case, on both databases: what they count is what the rows say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import ceil

import pytest
from sqlalchemy import delete, select, update

from engine.commands import WithdrawCase
from engine.tables import WorkItem
from tests.support.small import execute
from tests.support.web import Office
from tests.support.world import HEAD, SPECIALIST, World
from web.oversight.reports import REPORTS
from web.scenario_runs import run, scenarios_of
from workflows.documents.tables import FAILED, Dispatch, Document, DocumentRecipient, RegisterEntry
from workflows.oversight import continuity, durations, duties, load, notices, unusual
from workflows.oversight.scope import Scope, scope_of

OFFICE, PROCEDURE = "vp-ubnd-tinh", "incident-rebuttal"


def scope(world: World, user_name: str = "kiemtra") -> Scope:
    return scope_of(world.actor_of(user_name), world.clock.now())


@pytest.fixture
def played(world: World) -> World:
    """A store in which one rebuttal was carried from its detection to the written result."""
    procedure, scenario = scenarios_of(PROCEDURE)[0]
    assert run(world.container, procedure, scenario).ok
    world.clock.advance(timedelta(days=90))
    return world


def rank(values: list[int], percent: int) -> int:
    return sorted(values)[ceil(len(values) * percent / 100) - 1]


def test_spans_of_work_are_ranked_as_counting_by_hand_ranks_them(played: World) -> None:
    done: dict[tuple[str, str], list[int]] = {}
    for item in played.rows(WorkItem, status="done", procedure_id=PROCEDURE):
        took = int((item.closed_at - item.created_at).total_seconds())
        done.setdefault((item.process_id, item.element_id), []).append(took)
    assert max(map(len, done.values())) >= 3

    found = played.ask(lambda s: durations.heat(s, scope(played), PROCEDURE))
    assert {k: (h.count, h.median, h.high) for k, h in found.items() if h.count} == {
        key: (len(took), rank(took, 50), rank(took, 95)) for key, took in done.items()
    }
    [case] = played.ask(lambda s: durations.longest(s, scope(played), limit=9))
    assert case.took == int((case.ended_at - case.started_at).total_seconds())
    [whole] = played.ask(lambda s: durations.wholes(s, scope(played)))
    assert case.took == whole.high
    assert (whole.procedure_id, whole.count, whole.median) == (PROCEDURE, 1, whole.high)
    for step in played.ask(lambda s: durations.steps(s, scope(played), durations.LAW)):
        assert step.source == "PL" and 0 <= step.in_time <= step.count


def test_a_written_result_that_did_not_leave_is_missing_until_a_reason_says_why(played: World) -> None:
    """Given a case whose participants were told, when one dispatch had failed, then that notice is missing."""
    versions, asked = played.engine.versions, scope(played)
    [before] = played.ask(lambda s: notices.counts(s, versions, asked))
    assert before.agency_id == OFFICE and before.missing == 0 and before.sent + before.received > 1

    with played.engine.transaction() as session:
        of_result = select(Document.id).where(Document.subject.startswith(notices.RESULT[0]))
        lost = session.scalars(select(Dispatch).where(Dispatch.document_id.in_(of_result))).first()
        assert lost is not None
        agency, document, lost.status = lost.recipient_agency_id, lost.document_id, FAILED
    [missing] = played.ask(lambda s: notices.owed(s, versions, asked, state=notices.MISSING, limit=9))
    assert (missing.agency_id, missing.state, missing.sent_at) == (agency, notices.MISSING, None)

    with played.engine.transaction() as session:
        where = (DocumentRecipient.document_id == document, DocumentRecipient.agency_id == agency)
        session.execute(update(DocumentRecipient).where(*where).values(waived=True, reason="Đã biết"))
    [after] = played.ask(lambda s: notices.counts(s, versions, asked))
    assert (after.missing, after.waived) == (0, 1)
    [changed] = played.ask(lambda s: unusual.changed_recipients(s, asked, limit=9))
    assert changed.waived and changed.reason == "Đã biết"


def test_a_number_without_its_line_is_a_gap(played: World) -> None:
    assert played.ask(lambda s: continuity.faults(s, scope(played))) == []
    registers = played.ask(lambda s: continuity.registers(s, scope(played)))
    longest = max(registers, key=lambda one: one.lines)
    assert longest.last_number >= 2

    with played.engine.transaction() as session:
        lines = (RegisterEntry.register_id == longest.id, RegisterEntry.number.in_((1, longest.last_number)))
        session.execute(delete(RegisterEntry).where(*lines))
    gaps = played.ask(lambda s: continuity.faults(s, scope(played), continuity.GAP))
    missing = {n for one in gaps for n in range(one.first, one.last + 1)}
    assert missing == {1, longest.last_number} and {one.register.id for one in gaps} == {longest.id}


def test_duties_are_kept_by_the_steps_that_cite_them_and_by_the_log(played: World) -> None:
    def kept(asked: Scope) -> dict[str, duties.Kept]:
        with played.engine.read() as session:
            version = played.engine.versions.in_force(session, PROCEDURE, asked.now)
            return {one.duty.clause: one for one in duties.kept(session, asked, list(version.parts.values()))}

    found = kept(scope(played))
    assert len(found) > 80
    assert found["10.1"].done > 0 and found["10.1"].state in (duties.KEPT, duties.LATE)
    assert found["4.2"].state == duties.SILENT
    with played.engine.read() as session:
        bundles = list(played.engine.versions.in_force(session, PROCEDURE, played.clock.now()).parts.values())
        for clause in ("10.1", "4.2"):
            for state in (duties.DONE, duties.LATE, duties.OVERDUE):
                number = found[clause].duty.number
                work = duties.work_for(session, scope(played), bundles, number, state, limit=999)
                assert len(work) == getattr(found[clause], state)
    before = replace(scope(played), until=date(2020, 1, 1))
    assert kept(before)["10.1"].state == duties.NO_OCCASION


def test_load_counts_each_piece_of_work_once_and_repeats_are_told_by_case(played: World) -> None:
    rows = played.rows(WorkItem)
    agencies = played.ask(lambda s: load.loads(s, scope(played), by_officer=False))
    assert sum(one.opened for one in agencies) == len(rows)
    assert sum(one.done for one in agencies) == sum(row.status == "done" for row in rows)
    officers = played.ask(lambda s: load.loads(s, scope(played), by_officer=True))
    assert sum(one.done for one in officers) == sum(one.done for one in agencies)
    assert all(one.name and one.name != one.person_id for one in officers)
    again = {one.element_id: one.repeated for one in played.ask(lambda s: load.again(s, scope(played)))}
    cases = played.ask(lambda s: load.repeated(s, scope(played), limit=99))
    assert bool(again) == bool(cases)
    for step in again:
        of_step = played.ask(lambda s: load.repeated(s, scope(played), step=step, limit=99))  # noqa: B023
        assert of_step and set(of_step) <= set(cases)


def test_an_unusual_act_is_told_to_auditors_and_to_the_head_whose_case_it_is(world: World) -> None:
    world.detecting()
    case_id = world.rows(WorkItem)[0].case_id
    execute(world, WithdrawCase(case_id, "Mở nhầm"), HEAD)

    def acts(user_name: str) -> list[tuple[str, str]]:
        found = world.ask(lambda s: unusual.acts(s, scope(world, user_name), "cases", limit=9))
        return [(one.type, one.told["reason"]) for one in found]

    assert acts("kiemtra") == acts(HEAD) == [("CaseWithdrawn", "Mở nhầm")]
    assert acts("ld.so-noi-vu") == []


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A store with one case that is being detected."""
    office = Office(tmp_path_factory.mktemp("reports"))
    office.browser(SPECIALIST).start_detection()
    return office


@pytest.mark.parametrize("report", REPORTS)
def test_every_report_is_a_page_and_a_file_and_nobody_elses(report: str, office: Office) -> None:
    for user_name in ("kiemtra", HEAD):
        browser = office.browser(user_name)
        page = browser.open(f"/giam-sat/{report}?quy_trinh={PROCEDURE}&tu=01/01/2026&den=31/12/2026")
        assert page.status_code == 200 and "<h1>" in page.text
        assert browser.open(f"/giam-sat/{report}.xlsx?quy_trinh={PROCEDURE}").data.startswith(b"PK")
        assert browser.open(f"/giam-sat/{report}.csv").data.startswith("\ufeff".encode())
    assert office.browser(SPECIALIST).open(f"/giam-sat/{report}").status_code == 404


def test_a_report_that_does_not_exist_is_not_found(office: Office) -> None:
    assert office.browser("kiemtra").open("/giam-sat/khong-co").status_code == 404

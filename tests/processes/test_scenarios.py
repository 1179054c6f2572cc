"""Every scenario of every procedure goes as written, and together they pass every element and every flow."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical
from engine.events.verify import streams, verify
from engine.replay import AGREES, replay
from engine.tables import Case, ChildCase, Event, EventPayload
from tests.processes.played import IDS, Played
from web import scenario_runs
from workflows.documents.tables import ISSUED, Dispatch, Document, DocumentRecipient
from workflows.oversight.notices import RESULT
from workflows.scenarios.coverage import measure


@pytest.mark.parametrize("procedure", IDS)
def test_every_scenario_goes_as_written(played: Played, procedure: str) -> None:
    assert played.results[procedure], "a procedure without a scenario has never run"
    assert {one.name: one.failures for one in played.results[procedure] if not one.ok} == {}


def test_every_element_and_flow_was_passed_or_is_excused_with_a_reason(played: Played) -> None:
    found = measure(scenario_runs.bundles_with_excuses(), played.passages)
    assert {one.id: (one.missed, one.needless) for one in found if not one.complete} == {}


def test_whoever_took_part_gets_the_one_result_and_the_lead_gets_none(played: Played) -> None:
    """Article 5.2: the log says who worked; the dispatches of the result say who was told."""
    told = 0
    with played.container.read() as session:
        for case in session.scalars(select(Case).where(Case.status == "ended")):
            results, workers = _results(session, case), _took_part(session, case)
            if not results:  # one agency alone, whether the lead or the one that handled the matter in its stead
                assert len(workers) <= 1 or not _result_required(played, session, case), case.code
                continue
            [result] = results
            wanted = _changed(session, result, workers - {result.issuer_agency_id})
            assert sorted(_dispatched(session, result)) == sorted(wanted), case.code
            told += 1
    assert told > 20


def test_every_chain_verifies(played: Played) -> None:
    with played.container.read() as session:
        assert [fault for stream in streams(session) for fault in verify(session, stream)] == []


def test_every_history_agrees_when_it_is_run_again(played: Played) -> None:
    with played.container.read() as session:
        cases = session.scalars(select(Case)).all()
        verdicts = {case.code: replay(session, played.container.engine.versions, case) for case in cases}
    assert {code: verdict for code, verdict in verdicts.items() if verdict.answer != AGREES} == {}
    assert len(verdicts) > 100


def _results(session: Session, case: Case) -> list[Document]:
    query = select(Document).where(Document.case_id == case.id, Document.status == ISSUED, Document.type == "TB")
    return [document for document in session.scalars(query) if document.subject.startswith(RESULT)]


def _took_part(session: Session, case: Case) -> set[str]:
    """Agencies whose officers completed something, in the case, its children or a merged one."""
    children = session.scalars(select(ChildCase.child_id).where(ChildCase.parent_id == case.id)).all()
    query = (
        select(Event.type, EventPayload.payload)
        .join(EventPayload, EventPayload.event_hash == Event.hash)
        .where(Event.stream_kind == "case", Event.stream_id.in_([case.id, *children]))
    )
    found: set[str] = set()
    for type_, payload in session.execute(query):
        content = canonical.loads(payload)
        if type_ in ("WorkItemCompleted", "MessageRecorded", "AnswerRecorded"):
            found.add(content["agency_id"])
        elif type_ == "CaseTakenIn":
            found.update(content["agencies"])
    return found


def _result_required(played: Played, session: Session, case: Case) -> bool:
    outcomes = played.container.engine.versions.get(session, case.version_hash).bundle.outcomes
    return outcomes[case.outcome or ""].result == "required"


def _changed(session: Session, document: Document, took_part: set[str]) -> set[str]:
    """Whoever took part, with those that an officer added or left out for a reason on record."""
    rows = session.scalars(select(DocumentRecipient).where(DocumentRecipient.document_id == document.id)).all()
    assert all(row.reason for row in rows if row.added or row.waived)
    added, waived = ({r.agency_id for r in rows if r.added}, {r.agency_id for r in rows if r.waived})
    return (took_part | added) - waived


def _dispatched(session: Session, document: Document) -> list[str]:
    return list(session.scalars(select(Dispatch.recipient_agency_id).where(Dispatch.document_id == document.id)))

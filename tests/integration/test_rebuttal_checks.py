"""What must hold across the rebuttal of false information: its first papers, its law, its clocks, and its secrets."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import from_text, local_date, to_text
from engine.commands import CompleteWorkItem, Upload, WithdrawCase
from engine.errors import Rejected
from engine.expressions import evaluate_condition
from engine.procedures.bundle import read_folder
from engine.services import Deadline
from engine.tables import Base, Case, CaseAgency, CaseLink
from tests.support.small import complete, execute, open_items, payload
from tests.support.world import DETECTION, RECEIVED, World
from web.wiring import PROCEDURES
from workflows.documents.tables import Dispatch, Document, DocumentRecipient

OFFICE = "cv.vp-ubnd-tinh"
PHRASE = "kho đạn số 47"


def reported(world: World, agency: str = "so-ngoai-vu") -> str:
    """A case whose two first papers were sent; it waits for the office."""
    case_id = world.numbered(world.drafting(f"cv.{agency}"), agency).case_id
    world.engine.drain()
    return case_id


def papers(world: World, case_id: str) -> dict[str, tuple[list[str], list[str]]]:
    """By type of paper: whom it is for, and to whom the system brought it."""
    with world.engine.read() as session:
        found = session.scalars(select(Document).where(Document.case_id == case_id)).all()
        return {one.type: (_recipients(session, one.id), _brought(session, one.id)) for one in found}


def _recipients(session: Session, document_id: str) -> list[str]:
    query = select(DocumentRecipient.agency_id).where(DocumentRecipient.document_id == document_id)
    return list(session.scalars(query))


def _brought(session: Session, document_id: str) -> list[str]:
    query = select(Dispatch.recipient_agency_id).where(Dispatch.document_id == document_id)
    return list(session.scalars(query))


# Two papers for each detection (Điều 10.1) ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agency", "notice_brought"),
    [("so-ngoai-vu", ["so-vhttdl"]), ("so-vhttdl", []), ("vp-ubnd-tinh", ["so-vhttdl"])],
    ids=["another agency", "the agency for external information", "the office"],
)
def test_a_detection_makes_a_report_and_a_notice_even_when_its_agency_is_an_addressee(
    sqlite_world: World, agency: str, notice_brought: list[str]
) -> None:
    case_id = reported(sqlite_world, agency)
    found = papers(sqlite_world, case_id)
    assert found["BC"] == (["ubnd-tinh"], ["ubnd-tinh"])
    assert found["TB"] == (["so-vhttdl"], notice_brought)
    assert list(open_items(sqlite_world, case_id)) == ["receive"]


# Which law (received up to 30/6/2026, or from 01/7/2026) -------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "rounds", "publication_hours"),
    [("2026-06-30T16:59:59Z", 3, ("PL", 12)), ("2026-06-30T17:00:00Z", 2, ("TK", 24))],
    ids=["last second of 30 June in Việt Nam", "first second of 1 July in Việt Nam"],
)
def test_the_day_of_receipt_picks_rounds_and_publication_of_a_delegation(
    sqlite_world: World, received: str, rounds: int, publication_hours: tuple[str, int]
) -> None:
    flows = {flow.id: flow for flow in read_folder(PROCEDURES / "shared" / "press-response").process.flows}
    again = flows["flow_which_answer_to_prepare_demand"].condition or ""
    scope = {"press_answer": "disputed", "case": {"law_on": local_date(from_text(received)).isoformat()}}
    more = [n for n in (1, 2, 3, 4) if evaluate_condition(again, {**scope, "press_round": n})]
    assert more == list(range(1, rounds))
    due = deadline(sqlite_world, "spokesperson-delegation", "publish_delegation", received, signed_at=received)
    assert (due.source, due.amount) == publication_hours


@pytest.mark.parametrize("received", ["2026-06-30T16:59:59Z", "2026-06-30T17:00:00Z"])
def test_both_laws_give_the_initial_statement_24_hours_from_different_moments(
    sqlite_world: World, received: str
) -> None:
    moments = {name: f"2026-06-2{n}T01:00:00Z" for n, name in enumerate(CLOCK_STARTS, start=5)}
    starts = {
        kind: to_text(
            deadline(
                sqlite_world, "first-statement", "initial_statement", received, event_kind=kind, **moments
            ).start_at
        )
        for kind in ("major", "divided")
    }
    former = {"major": moments["occurred_at"], "divided": moments["occurred_at"]}
    present = {"major": moments["office_received_at"], "divided": moments["determined_at"]}
    assert starts == (former if received < "2026-06-30T17:00:00Z" else present)


CLOCK_STARTS = ("occurred_at", "detected_at", "office_received_at", "determined_at")


def deadline(world: World, part: str, rule: str, received: str, **variables: str) -> Deadline:
    """The deadline by a rule of a shipped part, entered when the matter was received."""
    rules = yaml.safe_load((PROCEDURES / "shared" / part / "deadlines.yaml").read_text(encoding="utf-8"))
    with world.engine.read() as session:
        return world.engine.ports.deadlines.compute(
            session,
            {"id": rule, **rules[rule]},
            variables=variables,
            law_on=local_date(from_text(received)),
            entered_at=from_text(received),
        )


# Clocks in hours -----------------------------------------------------------------------------------------------------


def test_24_hours_run_through_holidays_and_working_days_do_not(sqlite_world: World) -> None:
    eve = "2026-09-01T10:00:00Z"  # 17:00 of the day before the National Day
    next_day = datetime.fromisoformat("2026-09-02T10:00:00+00:00")
    statement = dict.fromkeys(CLOCK_STARTS, eve) | {"event_kind": "major"}
    assert deadline(sqlite_world, "first-statement", "initial_statement", eve, **statement).due_at == next_day
    assert deadline(sqlite_world, "platform-request", "platform_answer", eve).due_at == next_day
    assert deadline(sqlite_world, "verification", "verification", eve, work_due="").due_at > next_day


# Duplicates ----------------------------------------------------------------------------------------------------------


def receive(world: World, case_id: str, other: str = "") -> None:
    reason = {"duplicate_reason": "cùng một bài"} if other else {}
    complete(world, case_id, "receive", OFFICE, **RECEIVED, duplicate_of=other, **reason)


def code_of(world: World, case_id: str) -> str:
    [case] = world.rows(Case, id=case_id)
    return str(case.code)


def test_a_duplicate_ends_without_a_result_and_its_detector_takes_part_in_the_other_case(world: World) -> None:
    first, second = reported(world), reported(world, "cong-an-tinh")
    receive(world, first)
    receive(world, second, code_of(world, first))
    [ended] = world.rows(Case, id=second)
    assert (ended.status, ended.outcome) == ("ended", "GOP_VAO_VU_KHAC")
    assert set(papers(world, second)) == {"BC", "TB"}
    assert payload(world, first, "CaseTakenIn")["agencies"] == ["cong-an-tinh", "vp-ubnd-tinh"]
    assert world.rows(CaseAgency, case_id=first, agency_id="cong-an-tinh") != []
    triage = {"truth": "not_false", "reach": "province", "public_impact": "none", "event_kind": "ordinary"}
    complete(world, first, "triage", OFFICE, **triage, triage_note="Đúng.", no_secret=["confirmed"])
    assert sorted(payload(world, first, "ServiceCompleted")["inputs"].get("recipients", [])) == [
        "cong-an-tinh",
        "so-ngoai-vu",
    ]


def test_where_the_other_case_ended_meanwhile_the_office_receives_the_report_again(world: World) -> None:
    first, second = reported(world), reported(world, "cong-an-tinh")
    with pytest.MonkeyPatch.context() as held:
        held.setattr(type(world.engine), "drain", lambda engine: None)
        receive(world, second, code_of(world, first))
        execute(world, WithdrawCase(first, "rút"), "ld.so-ngoai-vu")
    world.engine.drain()
    assert list(open_items(world, second)) == ["receive"]
    assert world.rows(CaseLink) == []
    receive(world, second)
    assert list(open_items(world, second)) == ["triage"]


# Secrets (Điều 5.5) --------------------------------------------------------------------------------------------------


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_nothing_typed_past_the_gate_is_kept_anywhere(
    world: World, tmp_path: Path, heard: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    item = world.detecting()
    actor, marked = world.actor_of("cv.so-ngoai-vu"), f"TỐI MẬT\n{PHRASE}"
    scan = Upload("anh.txt", "text/plain", marked.encode())
    for command in (
        CompleteWorkItem(item.id, {**DETECTION, "false_claim": marked}),
        CompleteWorkItem(item.id, {**DETECTION, "subject": PHRASE}, {"evidence_files": [scan]}),
    ):
        with pytest.raises(Rejected):
            world.engine.execute(command, actor=actor, key=f"secret {command.data['subject']}")
    assert PHRASE not in everything(world)
    assert PHRASE not in heard.text
    assert [path for path in tmp_path.rglob("*") if path.is_file() and PHRASE.encode() in path.read_bytes()] == []


def test_a_yes_at_the_gate_ends_the_case_and_takes_no_word_more(world: World) -> None:
    receipt = world.start()
    actor, item = world.actor_of("cv.so-ngoai-vu"), receipt.open_items[0]
    with pytest.raises(Rejected):
        world.engine.execute(CompleteWorkItem(item.id, {"secret": "yes", "note": PHRASE}), actor=actor, key="more")
    world.engine.execute(CompleteWorkItem(item.id, {"secret": "yes"}), actor=actor, key="yes")
    [case] = world.rows(Case, id=receipt.case_id)
    assert (case.status, case.outcome) == ("ended", "CHUYEN_KENH_MAT")
    assert PHRASE not in everything(world)


def everything(world: World) -> str:
    """Every value of every table, bytes read as text."""
    with world.engine.read() as session:
        rows = [row for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    return "\n".join(_shown(value) for row in rows for value in row)


def _shown(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

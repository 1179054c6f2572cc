"""Lawful deletion: no byte of the content stays, the proof does, and two persons did it; on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from engine.actors import ADMINISTRATOR, SYSTEM
from engine.blobs import BlobNotFound
from engine.clock import local_date
from engine.commands import CompleteWorkItem, LinkCases, Upload, WithdrawCase
from engine.errors import NotFound
from engine.proof.export import export
from engine.proof.exported import verify as verifier
from engine.replay import NOT_COMPARABLE, replay
from engine.tables import Attachment, Case, CaseState, Event, EventPayload, WorkItem
from tests.support.small import execute
from tests.support.web import Office
from tests.support.world import (
    APPROVED,
    CHECKED,
    DETECTION,
    PAPER,
    SPECIALIST,
    World,
    element_items,
    run_command,
)
from workflows.agencies.queries import issuer
from workflows.documents.dispatch.receipts import confirm_receipt
from workflows.documents.search_tables import DocumentSearch
from workflows.documents.tables import Dispatch, Document, DocumentRevision, IncomingEntry, RegisterEntry
from workflows.oversight import findings
from workflows.retention import deletion
from workflows.retention.classes import class_of
from workflows.retention.deletion import (
    AlreadyDecided,
    AlreadyProposed,
    BadProposal,
    NotDue,
    Proposal,
    SamePerson,
    StillRunning,
)
from workflows.retention.due import due
from workflows.retention.tables import ContentDeletion

MARKER = "ZQXVMARKERVXQZ"
DECISION, DAY = "77/QĐ-UBND", date(2026, 8, 31)
AUDITOR, ADMIN = "kiemtra", "quantri"


def secret_case(world: World) -> str:
    """A withdrawn case in which the marker stands in forms, papers, files, reasons and links; returns its id."""
    other = world.detecting()
    item = world.detecting()
    [case] = [c for c in world.rows(Case) if c.id == world.ask(lambda s: s.get_one(WorkItem, item.id).case_id)]
    [elsewhere] = [c for c in world.rows(Case) if c.id != case.id]
    assert other.id != item.id
    execute(world, LinkCases(case.id, elsewhere.id, "related", f"Vì {MARKER}"), SPECIALIST)
    file = Upload(f"{MARKER}.txt", "text/plain", f"tệp {MARKER}".encode())
    data = {**DETECTION, "subject": f"Tin {MARKER}", "false_claim": f"Nội dung {MARKER} sai."}
    execute(world, CompleteWorkItem(item.id, data, {"evidence_files": (file,)}), SPECIALIST)
    for paper in [i for i in world.open_items(case.id) if i.element_id == "edit_paper"]:
        world.work(paper, SPECIALIST, {**PAPER, "paper_subject": f"Về {MARKER}", "paper_body": f"Gửi {MARKER}."})
    execute(world, WithdrawCase(case.id, f"Lý do {MARKER}"), SPECIALIST)
    with world.engine.transaction() as session:
        auditor, now = world.actor_of(AUDITOR), world.clock.now()
        findings.write(session, auditor, now, case.code, f"Nhận xét {MARKER}", None, None)
    world.engine.drain()
    return str(case.id)


def places(world: World) -> list[str]:
    """Where the marker stands: any column of any table, those of the search index too, and any file."""
    found = []
    engine = world.engine.database
    with engine.connect() as connection:
        for name in inspect(engine).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{name}"')):
                for value in row:
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    if MARKER.lower().encode() in raw.lower():
                        found.append(name)
    for path in world.container.blobs.folder.rglob("*"):
        if path.is_file() and MARKER.encode() in path.read_bytes():
            found.append("blobs")
    return sorted(set(found))


def proposal(world: World, case_id: str, kind: str = deletion.SECRET, **changed: str) -> Proposal:
    code = world.ask(lambda s: s.get_one(Case, case_id).code)
    facts = {"reason": "Xóa theo quyết định", "basis": "Luật Bảo vệ bí mật nhà nước", "decision": DECISION, **changed}
    return Proposal(code, kind, decided_on=DAY, **facts)


def propose(world: World, case_id: str, by: str = ADMIN, kind: str = deletion.SECRET, **changed: str) -> str:
    with world.engine.transaction() as session:
        row = deletion.propose(
            session, world.actor_of(by), world.clock.now(), proposal(world, case_id, kind, **changed)
        )
        return row.id


def approve(world: World, deletion_id: str, by: str = AUDITOR) -> None:
    with world.engine.transaction() as session:
        deletion.approve(session, world.actor_of(by), world.clock.now(), deletion_id)


def test_no_byte_of_the_content_stays_and_the_proof_holds(world: World, tmp_path: Path) -> None:
    """Given a case full of a marker, when two persons delete it, then the marker is nowhere and every chain proves."""
    case_id = secret_case(world)
    before = places(world)
    assert {"event_payloads", "cases", "attachments", "case_links", "documents", "audit_findings", "blobs"} <= set(
        before
    )

    approve(world, propose(world, case_id))
    world.engine.drain()

    assert places(world) == []
    assert world.rows(CaseState, case_id=case_id) == []  # packed: the marker could not be seen in it
    assert world.faults() == []
    [deleted] = [e for e in world.history(case_id) if e.type == "ContentDeleted"]
    assert deleted.payload is not None and deleted.payload["decision"] == DECISION
    [verdict] = world.ask(lambda s: [replay(s, world.engine.versions, s.get_one(Case, case_id))])
    assert verdict.answer == NOT_COMPARABLE

    file = tmp_path / "export.zip"
    world.container.notary.rotate(SYSTEM)
    notary, blobs = world.container.notary, world.container.blobs
    export(notary, blobs, file, cases=None, actor=world.actor_of(ADMIN))
    assert MARKER.encode() not in file.read_bytes()
    verdict_of_file = verifier.verify(file, verifier.Given())
    assert verdict_of_file.wrong == []
    told = "\n".join(verifier.report(verdict_of_file, 0))
    assert f"xóa hợp pháp theo quyết định {DECISION} ngày 2026-08-31" in told


def test_a_payload_that_vanished_without_a_decision_is_still_an_alarm(world: World, tmp_path: Path) -> None:
    case_id = secret_case(world)
    approve(world, propose(world, case_id))
    [elsewhere] = [c.id for c in world.rows(Case) if c.id != case_id]
    with world.engine.transaction() as session:
        hash_ = session.scalars(select(Event.hash).where(Event.stream_id == elsewhere, Event.seq == 1)).one()
        session.delete(session.get_one(EventPayload, hash_))
    assert [fault.code for fault in world.faults()] == ["audit.payload_missing"]
    file = tmp_path / "export.zip"
    world.container.notary.rotate(SYSTEM)
    export(world.container.notary, world.container.blobs, file, cases=None, actor=world.actor_of(ADMIN))
    assert [entry[3] for entry in verifier.verify(file, verifier.Given()).wrong] == [("payload_gone",)]


def test_it_takes_two_persons_a_reason_and_a_case_that_is_over(world: World) -> None:
    case_id = secret_case(world)
    [running] = [c.id for c in world.rows(Case) if c.id != case_id]
    with pytest.raises(StillRunning):
        propose(world, running)
    for by in (SPECIALIST, "ld.so-ngoai-vu", "quytrinh"):
        with pytest.raises(NotFound):
            propose(world, case_id, by)
    with pytest.raises(BadProposal):
        propose(world, case_id, reason=" ")
    with pytest.raises(NotDue):
        propose(world, case_id, kind=deletion.RETENTION)
    id_ = propose(world, case_id)
    with pytest.raises(AlreadyProposed):
        propose(world, case_id, AUDITOR)
    with pytest.raises(SamePerson):
        approve(world, id_, ADMIN)
    assert places(world) != []
    with world.engine.transaction() as session:
        deletion.refuse(session, world.actor_of(AUDITOR), world.clock.now(), id_)
    with pytest.raises(AlreadyDecided):
        approve(world, id_)
    assert places(world) != [] and world.faults() == []


def test_issued_papers_lose_text_and_file_and_keep_their_line_in_the_register(world: World) -> None:
    drafted = world.drafting()
    for paper in element_items(drafted, "edit_paper"):
        drafted = world.work(paper, SPECIALIST, {**PAPER, "paper_subject": f"Về {MARKER}"})
    for duty, element, data in (("ld", "approve_paper", APPROVED), ("vt", "number_paper", CHECKED)):
        for item in element_items(drafted, element):
            drafted = world.work(item, f"{duty}.so-ngoai-vu", data)
    receipt = drafted
    world.engine.drain()
    with world.engine.transaction() as session:  # a receiver has entered one of them in its own register
        sent = session.scalars(select(Dispatch).where(Dispatch.dispatched_at.is_not(None))).first()
        assert sent is not None
        clerk = world.actor_of(f"vt.{sent.recipient_agency_id}")
        confirm_receipt(session, world.clock.now(), clerk, sent.id, issuer)
    assert "incoming_entries" in places(world)
    papers = world.rows(Document, case_id=receipt.case_id, status="issued")
    assert papers and all(world.container.blobs.get(one.pdf_sha256) for one in papers)
    numbers = {one.number for one in world.rows(RegisterEntry)}
    with world.engine.transaction() as session:  # an ended case, without playing it to its end
        case = session.get_one(Case, receipt.case_id)
        case.status, case.ended_at = "ended", world.clock.now()
    approve(world, propose(world, receipt.case_id))
    world.engine.drain()

    for one in papers:
        with pytest.raises(BlobNotFound):
            world.container.blobs.get(one.pdf_sha256)
    assert places(world) == []
    assert world.rows(DocumentRevision) == [] and world.rows(DocumentSearch) == []
    assert {(one.subject, one.status) for one in world.rows(Document)} == {("", "issued")}
    assert {one.number for one in world.rows(RegisterEntry)} == numbers and len(world.rows(IncomingEntry)) == 1
    assert world.faults() == []


def test_a_case_is_due_when_its_years_are_over_and_never_where_it_is_kept_for_good(world: World) -> None:
    case_id = secret_case(world)
    years = class_of("incident-rebuttal").years
    assert years is not None and class_of("annual-plan").years is None
    actor, ended = world.actor_of(ADMIN), local_date(world.clock.now())
    assert actor.has(ADMINISTRATOR)
    last = ended.replace(year=ended.year + years)
    assert world.ask(lambda s: due(s, actor, last)) == []
    [one] = world.ask(lambda s: due(s, actor, last + timedelta(days=1)))
    world.clock.advance(timedelta(days=366 * years + 2))
    told = run_command(world.container, "retention", "due")
    assert told.exit_code == 0 and one.code in told.output
    assert one.until == last and one.code == world.ask(lambda s: s.get_one(Case, case_id).code)


def test_a_file_that_another_case_names_too_stays(world: World) -> None:
    case_id = secret_case(world)
    [mine] = world.rows(Attachment, case_id=case_id)
    [elsewhere] = [i for i in world.rows(WorkItem) if i.case_id != case_id and i.element_id != "check_secrecy"][:1]
    with world.engine.transaction() as session:
        copy = {c.name: getattr(mine, c.name) for c in Attachment.__table__.columns}
        session.add(Attachment(**{**copy, "id": "x", "case_id": elsewhere.case_id, "work_item_id": elsewhere.id}))
    approve(world, propose(world, case_id))
    world.engine.drain()
    assert world.container.blobs.get(mine.sha256)


def test_pages_of_a_case_whose_content_is_gone_say_so(tmp_path: Path) -> None:
    office = Office(tmp_path)
    world = World(office.container, office.clock)
    case_id = secret_case(world)
    code = world.ask(lambda s: s.get_one(Case, case_id).code)
    administrator, auditor = office.browser(ADMIN), office.browser(AUDITOR)
    path = "/giam-sat/xoa-noi-dung"
    fields = {
        "case_code": code,
        "kind": "secret",
        "reason": "Xóa theo quyết định",
        "basis": "Luật",
        "decision": DECISION,
        "decided_on": "31/02/2026",
    }
    wrong = administrator.send(administrator.open(path).text, path, fields)
    assert wrong.status_code == 400 and f'value="{DECISION}"' in wrong.text
    assert administrator.send(wrong.text, path, {**fields, "decided_on": "31/08/2026"}).status_code == 303
    page = auditor.open(path).text
    [id_] = world.ask(lambda s: s.scalars(select(ContentDeletion.id)).all())
    assert administrator.send(page, f"{path}/{id_}/xoa").status_code in (400, 403)
    assert auditor.send(auditor.open(path).text, f"{path}/{id_}/xoa").status_code == 303
    shown = auditor.open(f"/vu-viec/{code}")
    assert shown.status_code == 200 and f"Xóa nội dung theo quyết định {DECISION}" in shown.text
    assert MARKER not in shown.text
    for page in ("dien-lai", "thoi-han"):
        assert auditor.open(f"/vu-viec/{code}/{page}").status_code == 200
    assert auditor.open("/giam-sat/viec-bat-thuong?loai=deletions").text.count(code) >= 1

"""A document from draft to receipt, on both databases, through the services that diagrams name."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from engine import database, events
from engine.actors import Actor
from engine.blobs import FolderBlobs
from engine.clock import to_text
from engine.services import Stream
from tests.support.documents import CLERK, FONTS, HEAD, NOW, SPECIALIST, Directory, Office, issuer, officer, open_store
from workflows.documents import errors, lists, queries
from workflows.documents.approval import current_model
from workflows.documents.dispatch.receipts import confirm_receipt
from workflows.documents.layout import Renderer
from workflows.documents.model import Signing
from workflows.documents.services import DocumentServices, participants
from workflows.documents.tables import Dispatch, Document, DocumentRevision, RegisterEntry
from workflows.documents.text import read_blocks


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    opened = open_store(database_url)
    yield Office(opened, DocumentServices(issuer, Directory(), Renderer(FONTS), FolderBlobs(tmp_path / "blobs")))
    opened.dispose()


def test_a_notice_goes_from_draft_to_receipt(office: Office) -> None:
    # Given a draft that the specialist completes, the head approves and the clerk numbers
    document_id = office.draft()
    office.call("documents.revise", SPECIALIST, document_id=document_id, subject="Kết quả", body="1. Kết quả\n\nĐã rõ.")
    approved = office.call("documents.approve", HEAD, document_id=document_id)
    issued = office.call("documents.issue", CLERK, document_id=document_id)
    assert issued == {"number": 1, "symbol": "01/TB-SVHTTDL", "issued_on": "2026-09-01", "awaits_signature": False}
    assert office.sent == [{"document_id": document_id}]

    # When the outbox brings it to the dispatcher
    office.dispatch(document_id)

    # Then every recipient has it once, the case knows, and the file is what was approved
    assert office.delivered == [("case-1", "document-dispatched", document_id)]
    police = officer("clerk", "cong-an-tinh")
    [row] = office.read(lambda session: lists.incoming(session, police))
    assert (row.symbol, row.subject, row.status) == ("01/TB-SVHTTDL", "Kết quả", "delivered")
    view = office.read(lambda session: queries.document(session, police, document_id))
    assert view.hash == approved["approved_hash"]
    assert view.blocks == read_blocks("1. Kết quả\n\nĐã rõ.")
    assert {one.recipient_id for one in view.dispatches} == {"so-ngoai-vu", "cong-an-tinh"}

    # And a receipt is confirmed once, on record
    for _ in range(2):
        with database.writing(office.database) as session:
            confirm_receipt(session, NOW, police, row.dispatch_id, issuer)
    [row] = office.read(lambda session: lists.incoming(session, police))
    assert (row.status, row.received_by_name) == ("received", "clerk 1")
    log = office.read(lambda session: [e.type for e in events.read(session, Stream("case", "case-1"))])
    assert log == ["DocumentReceived"]
    assert office.recorded == ["DocumentDrafted", "DocumentRevised", "DocumentApproved", "DocumentIssued"]


def test_the_issued_file_is_the_stored_one_and_a_preview_has_no_number(office: Office) -> None:
    document_id, blobs, renderer = office.issued(), office.services.blobs, office.services.renderer
    fresh = office.read(lambda session: queries.pdf(session, blobs, renderer, SPECIALIST, document_id))
    office.dispatch(document_id)
    stored = office.read(lambda session: queries.pdf(session, blobs, renderer, SPECIALIST, document_id))
    preview = office.draft()
    assert stored == fresh
    assert office.read(lambda session: queries.pdf(session, blobs, renderer, SPECIALIST, preview)).startswith(b"%PDF")


def test_a_second_dispatch_of_the_same_document_is_impossible(office: Office) -> None:
    document_id = office.issued()
    office.dispatch(document_id)
    with pytest.raises(IntegrityError):
        office.dispatch(document_id)
    assert office.read(lambda session: session.scalar(select(func.count()).select_from(Dispatch))) == 2


def test_a_paper_for_the_issuer_itself_moves_the_case_on_without_a_dispatch(office: Office) -> None:
    document_id = office.issued(recipients=("so-vhttdl",))
    office.dispatch(document_id)
    assert office.delivered == [("case-1", "document-dispatched", document_id)]
    assert office.read(lambda session: session.scalar(select(func.count()).select_from(Dispatch))) == 0


def test_a_change_after_approval_voids_it(office: Office) -> None:
    document_id = office.draft()
    office.call("documents.approve", HEAD, document_id=document_id)
    office.call("documents.revise", SPECIALIST, document_id=document_id, subject="Khác", body="Khác.")
    with pytest.raises(errors.NotApproved):
        office.call("documents.issue", CLERK, document_id=document_id)


def test_the_same_text_again_is_no_change(office: Office) -> None:
    document_id = office.draft()
    before = office.read(lambda session: queries.document(session, SPECIALIST, document_id))
    result = office.call(
        "documents.revise", SPECIALIST, document_id=document_id, subject=before.subject, body=before.body
    )
    assert result == {"revision": 1, "files": []}


def test_a_stored_text_that_was_tampered_with_gets_no_number(office: Office) -> None:
    document_id = office.draft()
    office.call("documents.approve", HEAD, document_id=document_id)
    with database.writing(office.database) as session:
        document = session.get_one(Document, document_id)
        row = session.get_one(DocumentRevision, {"document_id": document_id, "revision": document.revision})
        row.model = row.model.replace("thông báo".encode(), b"thong bao")
    with pytest.raises(errors.ApprovedChanged):
        office.call("documents.issue", CLERK, document_id=document_id)


@pytest.mark.parametrize(
    ("service", "actor", "refusal"),
    [
        ("documents.approve", SPECIALIST, errors.HeadRequired),
        ("documents.approve", officer("head", "so-ngoai-vu"), errors.HeadRequired),
        ("documents.issue", HEAD, errors.ClerkRequired),
        ("documents.issue", officer("clerk", "so-ngoai-vu"), errors.ClerkRequired),
        ("documents.revise", officer("specialist", "so-ngoai-vu"), errors.IssuerRequired),
    ],
)
def test_everybody_does_only_the_own_part(office: Office, service: str, actor: Actor, refusal: type[Exception]) -> None:
    document_id = office.draft()
    if service == "documents.issue":
        office.call("documents.approve", HEAD, document_id=document_id)
    with pytest.raises(refusal):
        office.call(service, actor, document_id=document_id, subject="Khác", body="Khác.")


def test_an_issued_document_stays_as_it_is(office: Office) -> None:
    document_id = office.issued()
    for service, actor in (("revise", SPECIALIST), ("approve", HEAD), ("issue", CLERK)):
        with pytest.raises(errors.AlreadyIssued):
            office.call(f"documents.{service}", actor, document_id=document_id, subject="Khác", body="Khác.")


@pytest.mark.parametrize(
    ("body", "refusal"), [(" ", errors.EmptyText), ("a\x00", errors.ControlCharacter), ("😀", errors.Unprintable)]
)
def test_text_that_cannot_stand_on_paper_is_refused_and_changes_nothing(
    office: Office, body: str, refusal: type[Exception]
) -> None:
    document_id = office.draft()
    with pytest.raises(refusal):
        office.call("documents.revise", SPECIALIST, document_id=document_id, subject="Kết quả", body=body)
    assert office.read(lambda session: session.get_one(Document, document_id).revision) == 1


def test_the_head_signs_under_the_own_title_and_a_deputy_for_the_head(office: Office) -> None:
    head, deputy = officer("head", "ubnd-tinh"), officer("head", "ubnd-tinh", "Phó Chủ tịch")
    assert signature(office, head) == ("TM. Ủy ban nhân dân", "Chủ tịch")
    assert signature(office, deputy) == ("TM. Ủy ban nhân dân", "KT. Chủ tịch", "Phó Chủ tịch")


def signature(office: Office, approver: Actor) -> tuple[str, ...]:
    document_id = office.draft(issuer="ubnd-tinh")
    office.call("documents.approve", approver, document_id=document_id)
    return office.read(lambda session: queries.document(session, approver, document_id)).signing


def test_documents_are_hidden_from_others_until_they_are_sent(office: Office) -> None:
    document_id = office.issued()
    foreign, auditor = officer("specialist", "so-ngoai-vu"), officer("auditor", "ubnd-tinh")
    with pytest.raises(errors.DocumentNotFound):
        office.read(lambda session: queries.document(session, foreign, document_id))
    assert office.read(lambda session: queries.document(session, auditor, document_id)).id == document_id
    office.dispatch(document_id)
    assert office.read(lambda session: queries.document(session, foreign, document_id)).id == document_id
    with pytest.raises(errors.DocumentNotFound):
        office.read(lambda session: queries.document(session, officer("head", "ubnd-tinh"), document_id))


def test_a_receipt_is_confirmed_only_by_the_receiving_agency(office: Office) -> None:
    document_id = office.issued()
    office.dispatch(document_id)
    police = officer("clerk", "cong-an-tinh")
    [row] = office.read(lambda session: lists.incoming(session, police))
    for actor, refusal in (
        (officer("clerk", "so-ngoai-vu"), errors.DispatchNotFound),
        (officer("auditor", "cong-an-tinh"), errors.RecipientRequired),
    ):
        with database.writing(office.database) as session, pytest.raises(refusal):
            confirm_receipt(session, NOW, actor, row.dispatch_id, issuer)


def test_lists_are_searched_without_diacritics_and_read_page_by_page(office: Office) -> None:
    ids = [office.issued() for _ in range(3)]
    for document_id in ids:
        office.dispatch(document_id)
    foreign = officer("clerk", "so-ngoai-vu")
    first = office.read(lambda session: lists.incoming(session, foreign, text="ket qua phoi hop", limit=2))
    rest = office.read(lambda session: lists.incoming(session, foreign, limit=2, after=first[-1].dispatch_id))
    assert {row.document_id for row in [*first, *rest]} == set(ids)
    [found] = office.read(lambda session: lists.outgoing(session, CLERK, text="02/tb"))
    assert (found.symbol, found.dispatches, found.received) == ("02/TB-SVHTTDL", 2, 0)
    assert office.read(lambda session: lists.incoming(session, foreign, status="received")) == []


def test_a_document_for_nobody_is_refused(office: Office) -> None:
    with pytest.raises(errors.NoRecipients):
        office.draft(recipients=())


def test_recipients_may_be_named_by_role_and_each_counts_once(office: Office) -> None:
    document_id = office.draft(recipients=("role:POLICE", "cong-an-tinh", "so-ngoai-vu"))
    view = office.read(lambda session: queries.document(session, SPECIALIST, document_id))
    assert view.recipients == ("Công an tỉnh", "Sở Ngoại vụ")


def test_participants_are_all_who_worked_or_still_have_work_but_the_lead(office: Office) -> None:
    with database.writing(office.database) as session:
        call = office.service_call(session, SPECIALIST, NOW, {})
        assert participants(call) == {
            "participants": ["so-ngoai-vu", "cong-an-tinh", "vp-ubnd-tinh"],
            "work_ended_at": to_text(NOW),
        }
        other_lead = replace(call, inputs={"lead": "cong-an-tinh"})
        assert participants(other_lead)["participants"] == ["so-ngoai-vu", "so-vhttdl", "vp-ubnd-tinh"]


def test_a_letter_to_a_press_body_is_addressed_to_it_and_the_agencies_get_copies(office: Office) -> None:
    drafted = office.call(
        "documents.draft",
        SPECIALIST,
        template="notices/letter.yaml",
        issuer="so-vhttdl",
        recipients=["role:POLICE"],
        variables={"press": "Báo Tin nhanh", "governing": ""},
    )
    document_id = str(drafted["document_id"])
    office.call("documents.approve", HEAD, document_id=document_id)
    office.call("documents.issue", CLERK, document_id=document_id)
    office.dispatch(document_id)
    model = office.read(lambda session: current_model(session, session.get_one(Document, document_id)))
    assert (model.addressees, model.recipients) == (("Báo Tin nhanh",), ("Như trên", "Công an tỉnh"))
    assert office.read(lambda session: session.scalars(select(RegisterEntry.recipients)).all()) == [
        "Báo Tin nhanh; Công an tỉnh"
    ]
    assert office.read(lambda session: session.scalars(select(Dispatch.recipient_name)).all()) == ["Công an tỉnh"]


def test_the_secretary_signs_minutes_and_nothing_else(office: Office) -> None:
    minutes, notice = office.draft(template="notices/minutes.yaml"), office.draft()
    beside = []
    for document_id in (minutes, notice):
        text: dict[str, Any] = {"subject": "Họp", "body": "Kết thúc.", "secretary": "Chuyên viên 1"}
        office.call("documents.revise", SPECIALIST, document_id=document_id, **text)
        with database.reading(office.database) as session:
            beside.append(current_model(session, session.get_one(Document, document_id)).countersigning)
    assert beside == [Signing("Thư ký", "Chuyên viên 1"), None]
    blobs, renderer = office.services.blobs, office.services.renderer
    file = office.read(lambda session: queries.pdf(session, blobs, renderer, SPECIALIST, minutes))
    words = PdfReader(io.BytesIO(file)).pages[0].extract_text()
    assert "THƯ KÝ" in words and "Chuyên viên 1" in words

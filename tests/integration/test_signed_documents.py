"""An issued document goes out to be signed and comes back: what is sent, read and recorded from then on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine import canonical, database, events
from engine.actors import Actor
from engine.blobs import FolderBlobs
from engine.clock import local_date
from engine.services import Stream
from tests.support.documents import CLERK, FONTS, HEAD, NOW, SPECIALIST, Directory, Office, issuer, officer, open_store
from tests.support.signing import DAY, Authority, sign
from workflows.documents import queries
from workflows.documents.errors import DocumentNotFound, NotIssued
from workflows.documents.layout import Renderer
from workflows.documents.services import DocumentServices
from workflows.documents.signing.errors import BadDay, NoScan, NoTrust, ReturnNotAllowed, SigningRefused
from workflows.documents.signing.returning import (
    Exported,
    accept_signed,
    examine,
    export,
    returns_of,
    signed_on_paper,
)
from workflows.documents.signing.trust import Trust
from workflows.documents.tables import Document

AUTHORITY = Authority.called("Cơ quan chứng thực thử nghiệm", NOW)
APPROVER = AUTHORITY.person(HEAD.name, NOW - 100 * DAY, NOW + 100 * DAY)
SEAL = AUTHORITY.person("Sở Văn hóa, Thể thao và Du lịch", NOW - 100 * DAY, NOW + 100 * DAY)
POLICE = officer("clerk", "cong-an-tinh")


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    opened = open_store(database_url)
    yield Office(opened, DocumentServices(issuer, Directory(), Renderer(FONTS), FolderBlobs(tmp_path / "blobs")))
    opened.dispose()


def pdf(office: Office, document_id: str, actor: Actor = CLERK) -> bytes:
    blobs, renderer = office.services.blobs, office.services.renderer
    return office.read(lambda session: queries.pdf(session, blobs, renderer, actor, document_id))


def sent_out(office: Office, document_id: str, actor: Actor = CLERK) -> Exported:
    blobs, renderer = office.services.blobs, office.services.renderer
    return office.read(lambda session: export(session, blobs, renderer, actor, document_id))


def bring(office: Office, document_id: str, file: bytes, actor: Actor = CLERK) -> str:
    examined = examine(sent_out(office, document_id, actor), file, AUTHORITY.root.trust, NOW)
    with database.writing(office.database) as session:
        return accept_signed(session, office.services.blobs, actor, examined, NOW).id


def log(office: Office) -> list[str]:
    return office.read(lambda session: [one.type for one in events.read(session, Stream("case", "case-1"))])


def test_what_was_signed_before_sending_is_what_is_sent(office: Office) -> None:
    # Given an issued document that the head signs outside
    document_id = office.issued()
    exported = pdf(office, document_id)
    signed = sign(exported, APPROVER, NOW)

    # When the clerk brings it back, twice by mistake, and the outbox sends it
    assert bring(office, document_id, signed) == bring(office, document_id, signed)
    office.dispatch(document_id)

    # Then the receivers open the signed file, and the record tells who signed it when
    assert pdf(office, document_id, POLICE) == signed
    [row] = office.read(lambda session: returns_of(session, document_id))
    assert (row.method, row.result, row.recorded_by_name) == ("pdf", "valid", CLERK.name)
    assert (row.sha256, row.exported_sha256) == (canonical.digest(signed), canonical.digest(exported))
    [signature] = json.loads(row.signatures)
    assert (signature["signer"], signature["time_source"]) == (HEAD.name, "claimed")
    assert log(office) == ["DocumentSigned"]


def test_the_seal_of_the_body_is_added_to_what_the_head_signed(office: Office) -> None:
    document_id = office.issued()
    by_head = sign(pdf(office, document_id), APPROVER, NOW)
    office.dispatch(document_id)
    bring(office, document_id, by_head)
    sealed = sign(pdf(office, document_id), SEAL, NOW, field="Signature2")
    bring(office, document_id, sealed)
    assert pdf(office, document_id, POLICE) == sealed
    assert len(office.read(lambda session: returns_of(session, document_id))) == 2


def test_a_refused_file_changes_nothing(office: Office) -> None:
    document_id = office.issued()
    exported = pdf(office, document_id)
    with pytest.raises(SigningRefused) as refused:
        bring(office, document_id, sign(exported, SEAL, NOW))
    assert (refused.value.code, refused.value.params["expected"]) == ("signing.wrong_signer", [HEAD.name])
    assert (pdf(office, document_id), log(office)) == (exported, [])


def test_a_signature_in_a_file_of_its_own_is_kept_beside_the_document(office: Office) -> None:
    document_id = office.issued()
    exported = pdf(office, document_id)
    bring(office, document_id, b"-----BEGIN PKCS7-----\n")
    [row] = office.read(lambda session: returns_of(session, document_id))
    assert (row.method, row.result) == ("cms", "not_checked")
    assert pdf(office, document_id) == exported


def test_only_a_clerk_of_the_issuer_brings_back_what_is_issued(office: Office) -> None:
    issued, draft = office.issued(), office.draft()
    with pytest.raises(DocumentNotFound):
        bring(office, issued, b"", POLICE)
    with pytest.raises(ReturnNotAllowed):
        bring(office, issued, b"", SPECIALIST)
    with pytest.raises(NotIssued):
        bring(office, draft, b"")


def test_a_number_that_is_voided_during_the_check_takes_no_signature(office: Office) -> None:
    document_id = office.issued()
    signed = sign(pdf(office, document_id), APPROVER, NOW)
    examined = examine(sent_out(office, document_id), signed, AUTHORITY.root.trust, NOW)
    with database.writing(office.database) as session:
        session.get_one(Document, document_id).status = "voided"
    with pytest.raises(NotIssued), database.writing(office.database) as session:
        accept_signed(session, office.services.blobs, CLERK, examined, NOW)


def test_a_paper_signed_by_hand_is_recorded_with_its_day(office: Office) -> None:
    document_id, today = office.issued(), local_date(NOW)
    for wrong in (today - timedelta(days=1), today + timedelta(days=1)):
        with pytest.raises(BadDay), database.writing(office.database) as session:
            signed_on_paper(session, office.services.blobs, CLERK, document_id, wrong, b"", NOW)
    with database.writing(office.database) as session:
        signed_on_paper(session, office.services.blobs, CLERK, document_id, today, b"", NOW)
    [row] = office.read(lambda session: returns_of(session, document_id))
    assert (row.method, row.signed_on, row.sha256) == ("paper", today, None)
    assert log(office) == ["DocumentSignedOnPaper"]


def test_a_scan_of_the_signed_paper_is_kept_once_and_must_be_a_pdf(office: Office) -> None:
    document_id, blobs, scan = office.issued(), office.services.blobs, b"%PDF-1.4 scanned"
    with pytest.raises(NoScan), database.writing(office.database) as session:
        signed_on_paper(session, blobs, CLERK, document_id, local_date(NOW), b"PNG", NOW)
    for _ in range(2):
        with database.writing(office.database) as session:
            signed_on_paper(session, blobs, CLERK, document_id, local_date(NOW), scan, NOW)
    [row] = office.read(lambda session: returns_of(session, document_id))
    assert (row.method, row.result, blobs.get(row.sha256 or "")) == ("scan", "not_checked", scan)
    assert pdf(office, document_id) != scan


def test_without_any_root_certificate_no_signature_is_judged(office: Office) -> None:
    exported = sent_out(office, office.issued())
    with pytest.raises(NoTrust):
        examine(exported, sign(exported.file, APPROVER, NOW), Trust(), NOW)


def test_the_record_keeps_the_name_of_the_day(office: Office) -> None:
    document_id = office.issued()
    renamed = replace(CLERK, name="Văn thư mới")
    bring(office, document_id, sign(pdf(office, document_id), APPROVER, NOW), renamed)
    [row] = office.read(lambda session: returns_of(session, document_id))
    assert row.recorded_by_name == "Văn thư mới"

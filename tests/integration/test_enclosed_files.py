"""Files that go with a document: bound by the approval, sent by every channel, shown to nobody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from engine import canonical
from engine.commands import Upload
from tests.support.mail import Postmaster, mail_server
from tests.support.recalls import OWN, signed_in
from tests.support.world import APPROVED, CHECKED, CLERK, HEAD, PAPER, SPECIALIST, STRANGER, World, element_items
from workflows.agencies.tables import Agency, AgencyChannel
from workflows.documents.dispatch import edxml, mail
from workflows.documents.dispatch.exchange import FolderExchange
from workflows.documents.edxml.reading import read
from workflows.documents.files import enclosed
from workflows.documents.model import EnclosedFile, from_canonical
from workflows.documents.samples import sample
from workflows.documents.tables import Dispatch, Document, DocumentRevision

PLAN = Upload("ke-hoach.pdf", "application/pdf", b"%PDF-1.7 mot")
OTHER = Upload("ke-hoach.pdf", "application/pdf", b"%PDF-1.7 hai")
AGAIN = Upload("ban-sao.pdf", "application/pdf", PLAN.content)
LIST = Upload("danh-sach.xlsx", "text/html", b"PK ba")


def reached_by(world: World, channels: tuple[str, ...]) -> None:
    """Other agencies are reached by these channels in turn, under a code and a mailbox of their own."""
    with world.container.write() as session:
        for number, agency in enumerate(session.scalars(select(Agency).order_by(Agency.id)).all()):
            way = "system" if agency.id == OWN else channels[number % len(channels)]
            code = "H44.01" if agency.id == OWN else f"H45.{number // 90 + 10:02d}.{number % 90 + 10:02d}"
            row = AgencyChannel(agency_id=agency.id, valid_from=agency.valid_from, channel=way, organ_code=code)
            row.email = f"{agency.id}@example.vn"
            session.add(row)


def newest(world: World) -> DocumentRevision:
    row = max(world.rows(DocumentRevision), key=lambda one: (one.created_at, one.revision))
    assert isinstance(row, DocumentRevision)
    return row


def test_each_content_goes_once_and_each_under_a_name_of_its_own() -> None:
    one, two = (EnclosedFile("a.pdf", digit * 64, 1) for digit in "12")
    assert enclosed((one,), (replace(one, name="b.pdf"), two, replace(two, sha256="3" * 64))) == (
        one,
        replace(two, name="a (2).pdf"),
        replace(two, name="a (3).pdf", sha256="3" * 64),
    )


def test_a_document_without_files_is_stored_as_it_was_before_there_were_any() -> None:
    model = sample("TB")
    assert "files" not in canonical.loads(model.canonical()) and from_canonical(model.canonical()) == model
    more = replace(model, files=(EnclosedFile("a.pdf", "1" * 64, 1),))
    assert from_canonical(more.canonical()) == more and more.content_hash() != model.content_hash()


def test_an_officer_encloses_files_the_head_approves_them_and_every_receiver_gets_them(
    world: World, tmp_path: Path
) -> None:
    reached_by(world, ("email", "edxml"))
    # Given a draft with two files of one name, and a third that is the first once more
    receipt = world.drafting()
    edited, *others = element_items(receipt, "edit_paper")
    receipt = world.work(edited, SPECIALIST, PAPER, files={"paper_files": [PLAN, OTHER, AGAIN]})
    document_id, first = newest(world).document_id, newest(world).hash
    head, page = signed_in(world, HEAD), f"/van-ban/{newest(world).document_id}"
    shown = head.open(page).text
    assert "ke-hoach.pdf" in shown and "ke-hoach (2).pdf" in shown and "ban-sao.pdf" not in shown
    # When the head sends it back, and the officer takes all out and puts another in
    [approval] = element_items(receipt, "approve_paper")
    receipt = world.work(approval, HEAD, {"approval": "return", "return_note": "Sai tệp."})
    [edited] = [item for item in element_items(receipt, "edit_paper") if item.id not in {one.id for one in others}]
    officer = signed_in(world, SPECIALIST)
    officer.send(officer.open(f"/viec/{edited.id}").text, f"/viec/{edited.id}/nhan")
    assert "Giữ các tệp đã kèm lần trước" in officer.open(f"/viec/{edited.id}").text
    receipt = world.work(edited, SPECIALIST, {**PAPER, "keep_files": False}, files={"paper_files": [LIST]})
    assert [one.name for one in from_canonical(newest(world).model).files] == ["danh-sach.xlsx"]
    assert newest(world).hash != first
    # And it is approved, numbered and sent, with its sister by the other channels
    for item in others:
        receipt = world.work(item, SPECIALIST, PAPER, files={"paper_files": [LIST]})
    for duty, element, data in ((HEAD, "approve_paper", APPROVED), (CLERK, "number_paper", CHECKED)):
        for item in element_items(receipt, element):
            receipt = world.work(item, duty, data)
    postmaster, folder = Postmaster(), tmp_path / "mang"
    with mail_server(postmaster) as server:
        blobs = world.container.blobs
        errand, network = mail.MailErrand(server, blobs), edxml.ExchangeErrand(FolderExchange(folder), blobs)
        world.another_engine(errands={mail.TOPIC: errand, edxml.TOPIC: network}).drain()
    # Then whoever gets it gets its files
    gone = {row.id: row.channel for row in world.rows(Dispatch)}
    assert len(gone) > 1 and {row.status for row in world.rows(Dispatch)} <= {"delivered", "handed_over"}
    for letter in postmaster.accepted:
        _, attached = letter.iter_attachments()
        assert (attached.get_filename(), attached.get_content()) == ("danh-sach.xlsx", LIST.content)
        assert attached.get_content_type().endswith("spreadsheetml.sheet")
    for path in folder.glob("out/*"):
        _, file = read(path.read_bytes()).files
        assert (file.name, file.content) == ("danh-sach.xlsx", LIST.content)
    assert len(postmaster.accepted) + len(list(folder.glob("out/*"))) == len(gone)
    # And on the page, for those who may read it
    assert head.open(f"{page}/tep/0").data == LIST.content
    assert head.open(f"{page}/tep/1").status_code == 404
    assert signed_in(world, STRANGER).open(f"{page}/tep/0").status_code == 404
    assert {row.id for row in world.rows(Document)} >= {document_id} and world.faults() == []

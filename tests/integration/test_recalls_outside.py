"""An issued document is taken back or replaced: by mail, on paper and over the exchange network, in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.tables import OutboxMessage
from tests.integration.test_edxml_answers import arrive, names
from tests.support.edxml import PACKAGE
from tests.support.mail import Postmaster, mail_server
from tests.support.recalls import (
    answer,
    propose,
    reached,
    sent,
    signed_in,
    told,
    unasked,
)
from tests.support.world import CLERK, HEAD, World
from workflows.agencies.channels import route
from workflows.agencies.organ_codes import OrganCode
from workflows.documents.dispatch import edxml, mail
from workflows.documents.dispatch.exchange import FolderExchange
from workflows.documents.dispatch.smtp import MailServer
from workflows.documents.edxml.model import Business, DocumentRef, Organ, Replaced, Status
from workflows.documents.edxml.reading import read
from workflows.documents.edxml.status import read_status, write_status
from workflows.documents.edxml.writing import write
from workflows.documents.kinds import KINDS
from workflows.documents.recall import letters
from workflows.documents.recall.reminding import remind_all
from workflows.documents.recall.tables import RecallRequest
from workflows.documents.tables import Dispatch, Document, IncomingEntry


@pytest.fixture
def postmaster() -> Postmaster:
    return Postmaster()


@pytest.fixture
def server(postmaster: Postmaster) -> Iterator[MailServer]:
    with mail_server(postmaster) as running:
        yield running


def test_by_mail_the_thread_tells_it_and_the_clerk_enters_the_answer(
    world: World, postmaster: Postmaster, server: MailServer
) -> None:
    reached(world, "email")
    engine = world.another_engine(
        errands={
            mail.TOPIC: mail.MailErrand(server, world.container.blobs),
            letters.TOPIC: letters.RecallLetters(server),
        }
    )
    world.numbered(world.drafting())
    engine.drain()
    [first, *_] = world.rows(Dispatch)
    copies = [one for one in world.rows(Dispatch) if one.document_id == first.document_id]
    before = len(postmaster.accepted)
    assert propose(signed_in(world, HEAD), first.document_id) == 303
    for _ in range(2):  # the outbox may bring it twice
        engine.drain()
        with world.container.write() as session:
            session.scalars(
                select(OutboxMessage).where(OutboxMessage.topic == "documents.recall")
            ).one().status = "waiting"
    engine.drain()
    letters_sent = postmaster.accepted[before:]
    assert len(letters_sent) == len(copies)
    [request] = world.rows(RecallRequest, dispatch_id=first.id)
    [letter] = [one for one in letters_sent if one["Message-ID"] == f"<{request.id}@example.vn>"]
    assert letter["In-Reply-To"] == f"<{first.id}@example.vn>" and letter["Subject"].startswith("Thu hồi")
    assert "Sai số liệu" in letter.get_content() and request.status == "asked"
    # Who does not answer is asked again in the thread, and the issuer's clerk and head are told to ask
    request_at, before = request.asked_at, len(postmaster.accepted)
    reminders = world.another_engine(errands={letters.REMINDER: letters.RecallReminders(server)})
    for days in (7, 10):
        world.clock.set(request_at + timedelta(days=days))
        remind_all(world.engine.transaction, world.clock.now())
        reminders.drain()
    again = [one for one in postmaster.accepted[before:] if one["In-Reply-To"] == f"<{first.id}@example.vn>"]
    assert again and {one["Subject"] for one in again} == {f"Xin trả lời việc thu hồi {subject_of(world, first)}"}
    assert "Sai số liệu" in again[0].get_content()
    # When the answer comes by mail, the issuer's clerk enters it
    clerk = signed_in(world, CLERK)
    assert answer(clerk, request, "refuse", "Đã giải quyết xong") == 303
    assert "Đã giải quyết xong" in clerk.open(f"/van-ban/{first.document_id}").text
    assert world.faults() == []


def test_a_mailbox_that_cannot_be_told_is_seen(sqlite_world: World) -> None:
    world = sqlite_world
    dispatch = sent(world)
    with world.container.write() as session:
        session.get_one(Dispatch, dispatch.id).channel = "email"
    engine = world.another_engine(errands={letters.TOPIC: letters.RecallLetters(None)})
    assert propose(signed_in(world, HEAD), dispatch.document_id) == 303
    engine.drain()
    [request] = world.rows(RecallRequest, dispatch_id=dispatch.id)
    assert (request.status, request.failure) == ("failed", "document.mail_not_set_up")
    clerk = signed_in(world, CLERK)
    assert "không báo được" in clerk.open("/van-ban/thu-hoi").text
    assert answer(clerk, request, "agree", "Trả lời qua điện thoại") == 303
    assert "RecallFailed" in told(world, dispatch.document_id)


def test_on_paper_the_notice_is_carried_and_the_answer_entered(sqlite_world: World) -> None:
    world = sqlite_world
    reached(world, "paper")
    world.numbered(world.drafting())
    world.engine.drain()
    first, second, *_ = world.rows(Dispatch)
    clerk, listing = signed_in(world, CLERK), "/van-ban-di/ban-giay"
    page = clerk.open(listing).text
    assert clerk.send(page, f"{listing}/da-chuyen", {"dispatch": first.id}).status_code == 303
    head = signed_in(world, HEAD)
    for document_id in {first.document_id, second.document_id}:
        assert propose(head, document_id) == 303
    world.engine.drain()
    # Then who has it is told on paper, and what was not carried yet is never carried
    [request] = world.rows(RecallRequest)
    assert (request.dispatch_id, request.status) == (first.id, "queued")
    page = clerk.open(listing).text
    assert second.id not in page and clerk.open(f"{listing}/thu-hoi.pdf").data.startswith(b"%PDF")
    assert unasked(clerk, request) == 409
    for _ in range(2):
        assert clerk.send(page, f"/van-ban/thu-hoi/yeu-cau/{request.id}/da-chuyen").status_code == 303
    assert answer(clerk, request, "agree", page=listing) == 303
    assert told(world, first.document_id).count("RecallAsked") == 1
    assert world.faults() == []


def test_over_the_exchange_network_it_is_asked_by_a_package_and_answered_by_15_or_16(
    world: World, tmp_path: Path
) -> None:
    reached(world, "edxml")
    folder = tmp_path / "mang"
    network = world.another_engine(
        errands={edxml.TOPIC: edxml.ExchangeErrand(FolderExchange(folder), world.container.blobs)}
    )
    for _ in range(2):
        world.numbered(world.drafting())
        network.drain()
    [old, new, *_] = sorted(
        world.rows(Document, type=world.rows(Dispatch) and world.rows(Document)[0].type), key=by_issue
    )
    [dispatch, *_] = world.rows(Dispatch, document_id=old.id)
    before = set(names(folder, "out"))
    assert propose(signed_in(world, HEAD), old.id, "Sai số liệu", new.id) == 303
    network.drain()
    # Then each receiver of the new one gets it as what replaces the old one
    packages = [read((folder / "out" / one).read_bytes()) for one in set(names(folder, "out")) - before]
    assert len(packages) == len(world.rows(Dispatch, document_id=old.id))
    assert {one.message.business.type for one in packages} == {"replace"}
    [replaced] = packages[0].message.business.replaced
    assert replaced.document.symbol == old.symbol and packages[0].message.id.symbol == new.symbol
    assert packages[0].files[0].content == world.container.blobs.get(new.pdf_sha256)
    # When one agrees by the new number, another thinks otherwise by the old one, and says so again
    receiver = world.ask(lambda session: route(session, dispatch.recipient_agency_id, old.issued_on).organ_code)
    sender = Organ(OrganCode.parse(receiver), dispatch.recipient_name)
    about = DocumentRef(OrganCode.parse("H44.01"), old.issued_on, old.symbol)
    refusal = Status(sender, about, "recall_refused", world.clock.now(), "Đã xử lý")
    by_new = replace(refusal, document=replace(about, on=new.issued_on, symbol=new.symbol), status="recall_agreed")
    arrive(world, folder, write_status(refusal))
    [request] = world.rows(RecallRequest, dispatch_id=dispatch.id)
    assert (request.status, request.reply) == ("refused", "Đã xử lý")
    arrive(world, folder, write_status(replace(by_new, description="")))
    [request] = world.rows(RecallRequest, dispatch_id=dispatch.id)
    assert request.status == "agreed"
    assert told(world, old.id).count("RecallAnswered") == 2
    assert "đồng ý cho thu hồi" in signed_in(world, CLERK).open(f"/van-ban/{old.id}").text
    assert world.faults() == []


def subject_of(world: World, dispatch: Dispatch) -> str:
    [document] = world.rows(Document, id=dispatch.document_id)
    return f"{KINDS[document.type].name} số {document.symbol}"


def by_issue(document: Document) -> tuple[object, ...]:
    return document.issued_at, document.number


@pytest.mark.parametrize("by", ["package", "status"])
@pytest.mark.parametrize(("decision", "code"), [("agree", "recall_agreed"), ("refuse", "recall_refused")])
def test_somebody_outside_asks_for_its_document_and_the_clerk_answers(
    sqlite_world: World, tmp_path: Path, by: str, decision: str, code: str
) -> None:
    world, folder = sqlite_world, tmp_path / "mang"
    reached(world, "edxml")
    folder.mkdir()
    network = world.another_engine(
        errands={edxml.TOPIC: edxml.ExchangeErrand(FolderExchange(folder), world.container.blobs)}
    )
    ours = Organ(OrganCode.parse("H44.01"), "Cơ quan")
    package = replace(PACKAGE, message=replace(PACKAGE.message, receivers=(ours,)))
    recall = replace(package, message=replace(package.message, business=Business("recall", "Gửi nhầm")), files=())
    asks = write(recall)
    if by == "status":
        asks = write_status(Status(package.message.sender, package.message.id, "recall_requested", world.clock.now()))
    # Given it asks for what never came: that is set aside with its reason
    assert arrive(world, folder, asks) == 1
    assert (folder / "refused" / "0.edxml.txt").read_text().startswith("edxml.unknown_arrival\n")
    # When the document has come, and it is asked for twice
    again = recall if by == "package" else None
    arrive(world, folder, write(package))
    second = write(replace(again, message=replace(again.message, place="Việt Trì"))) if again else asks + b"\n"
    arrive(world, folder, second)
    third = write(replace(again, message=replace(again.message, place="Hà Nội"))) if again else asks + b" \n"
    arrive(world, folder, third)
    [entry], [request] = world.rows(IncomingEntry), world.rows(RecallRequest)
    assert (request.status, "Nơi gửi thu hồi" in entry.note) == ("asked", True)
    clerk, path = signed_in(world, CLERK), f"/so-van-ban/{entry.register_id}/{entry.number}"
    assert "chờ trả lời: 1" in clerk.open("/hop-viec").text
    # Then the clerk answers once, the sender is told once, and the register says so
    assert answer(clerk, request, decision, "Lý do", page=path) == 303
    network.drain()
    sent = [read_status((folder / "out" / one).read_bytes()) for one in names(folder, "out")]
    assert sorted(one.status for one in sent) == sorted(["arrived", code])
    [said] = [one for one in sent if one.status == code]
    assert (said.document, said.description) == (package.message.id, "Lý do")
    [entry] = world.rows(IncomingEntry)
    assert "Đã trả lời" in entry.note
    assert clerk.open(f"{path}/tep/0").status_code == (404 if decision == "agree" else 200)
    assert world.faults() == []


def test_what_replaces_an_arrival_is_entered_and_the_old_one_asked_back(sqlite_world: World, tmp_path: Path) -> None:
    world, folder = sqlite_world, tmp_path / "mang"
    reached(world, "edxml")
    folder.mkdir()
    ours = Organ(OrganCode.parse("H44.01"), "Cơ quan")
    old = replace(PACKAGE, message=replace(PACKAGE.message, receivers=(ours,)))
    id_ = replace(old.message.id, symbol="06/TB-SVHTTDL")
    business = Business("replace", "Sai ngày", replaced=(Replaced(old.message.id),))
    new = replace(old, message=replace(old.message, id=id_, business=business))
    arrive(world, folder, write(old))
    arrive(world, folder, write(new))
    first, second = sorted(world.rows(IncomingEntry), key=lambda one: one.number)
    assert "thay thế bằng 06/TB-SVHTTDL" in first.note and second.symbol == "06/TB-SVHTTDL"
    [request] = world.rows(RecallRequest)
    assert (request.kind, request.replacement, request.number) == ("replace", "06/TB-SVHTTDL", first.number)

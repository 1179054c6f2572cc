"""An issued document is taken back or replaced: decided by the head, told by each channel, answered, seen by all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

from engine import canonical
from tests.support.recalls import (
    OWN,
    RECEIVER_CLERK,
    answer,
    case_code,
    decide,
    propose,
    sent,
    signed_in,
    status_of,
    told,
    unasked,
)
from tests.support.world import CLERK, HEAD, STRANGER, World
from workflows.documents.erasure import erase_documents, still_named
from workflows.documents.recall.reminding import remind_all
from workflows.documents.recall.tables import DocumentRecall, RecallRequest
from workflows.documents.tables import Dispatch, Document, DocumentRegister, IncomingEntry, RegisterEntry

FRIDAY = datetime(2026, 9, 4, 3, 0, tzinfo=UTC)


def test_the_clerk_proposes_the_head_decides_and_each_receiver_answers(world: World) -> None:
    dispatch = sent(world)
    others = [one for one in world.rows(Dispatch) if one.document_id == dispatch.document_id]
    path = f"/van-ban/{dispatch.document_id}"
    clerk, head, receiver = (signed_in(world, one) for one in (CLERK, HEAD, RECEIVER_CLERK))
    receiver.send(receiver.open(path).text, f"/van-ban-den/{dispatch.id}/xac-nhan")
    # Given a proposal without a reason is none, and one by the clerk waits for the head
    assert propose(clerk, dispatch.document_id, " ") == 400
    page = clerk.open(path).text
    for expected in (303, 409):
        fields = {"reason": "Sai số liệu"}
        assert clerk.send(page, f"{path}/thu-hoi", fields).status_code == expected
    world.engine.drain()
    assert status_of(world, dispatch.document_id) == "issued" and world.rows(RecallRequest) == []
    assert "Sai số liệu" not in receiver.open(path).text
    assert "chờ duyệt: 1" in head.open("/hop-viec").text
    # When the head approves, twice
    [recall] = world.rows(DocumentRecall)
    page = head.open("/van-ban/thu-hoi").text
    for _ in range(2):
        agree = {"decision": "agree"}
        assert head.send(page, f"/van-ban/thu-hoi/{recall.id}/duyet", agree).status_code == 303
    world.engine.drain()
    # Then every receiver is asked once, and sees the reason on the page, in the inbox, and in its register
    assert sorted(row.agency_id for row in world.rows(RecallRequest)) == sorted(
        one.recipient_agency_id for one in others
    )
    assert "Sai số liệu" in receiver.open(path).text and "chờ trả lời: 1" in receiver.open("/hop-viec").text
    [entry] = world.rows(IncomingEntry, dispatch_id=dispatch.id)
    assert "Nơi gửi thu hồi" in entry.note
    assert "Đã thu hồi" in receiver.open("/van-ban-den").text
    # When one refuses without a reason it is not heard; then it agrees, twice, and cannot say otherwise
    [request] = world.rows(RecallRequest, dispatch_id=dispatch.id)
    assert answer(receiver, request, "refuse", page=path) == 400
    page = receiver.open(path).text
    action = f"/van-ban/thu-hoi/yeu-cau/{request.id}/tra-loi"
    for decision, expected in (("agree", 303), ("agree", 303), ("refuse", 409)):
        fields = {"decision": decision, "reason": "Còn dùng" if decision == "refuse" else ""}
        assert receiver.send(page, action, fields).status_code == expected
    # Then the issuer sees who agreed, both registers say so, and the receiver has the text no more
    shown = clerk.open(path).text
    assert "đồng ý cho thu hồi" in shown and "Đã thu hồi" in shown
    [entry] = world.rows(IncomingEntry, dispatch_id=dispatch.id)
    assert "Đã trả lời: đồng ý" in entry.note and entry.done_at is not None
    assert receiver.open(f"{path}.pdf").status_code == 409 and clerk.open(f"{path}.pdf").status_code == 200
    kept = receiver.open(path)
    assert kept.status_code == 200 and f"/van-ban-den/{dispatch.id}/tra-lai" not in kept.text
    [line] = world.rows(RegisterEntry, document_id=dispatch.document_id)
    assert line.status == "issued" and line.note.startswith("Thu hồi ngày") and "Sai số liệu" in line.note
    # And the case tells it, and nobody may send, void or take it back again
    asked = ["RecallAsked"] * len(others)
    assert told(world, dispatch.document_id) == ["RecallProposed", "DocumentRecalled", *asked, "RecallAnswered"]
    assert "Thu hồi văn bản" in clerk.open(f"/vu-viec/{case_code(world, dispatch)}").text
    assert f"{path}/thu-hoi" not in shown and f"{path}/huy-so" not in shown
    assert world.faults() == []


def test_the_head_may_decline_and_the_number_is_never_given_again(sqlite_world: World) -> None:
    world = sqlite_world
    dispatch = sent(world)
    clerk, head = signed_in(world, CLERK), signed_in(world, HEAD)
    assert propose(clerk, dispatch.document_id) == 303
    [recall] = world.rows(DocumentRecall)
    assert decide(head, recall.id, "decline") == 400
    page = head.open("/van-ban/thu-hoi").text
    action = f"/van-ban/thu-hoi/{recall.id}/duyet"
    assert head.send(page, action, {"decision": "decline", "reason": "Không cần"}).status_code == 303
    assert head.send(page, action, {"decision": "agree"}).status_code == 409
    assert status_of(world, dispatch.document_id) == "issued" and told(world, dispatch.document_id) == [
        "RecallProposed",
        "RecallDeclined",
    ]
    assert "Không cần" in clerk.open(f"/van-ban/{dispatch.document_id}").text
    # When the head takes it back himself, it is done at once
    assert propose(head, dispatch.document_id, "Ban hành nhầm") == 303
    assert status_of(world, dispatch.document_id) == "recalled"
    numbers = [row.number for row in world.rows(RegisterEntry)]
    world.numbered(world.drafting())
    [register] = world.rows(DocumentRegister, agency_id=OWN, direction="outgoing")
    later = [row.number for row in world.rows(RegisterEntry, register_id=register.id)]
    assert sorted(later) == list(range(1, len(later) + 1)) and set(numbers) < set(later)


def test_a_document_is_replaced_by_a_later_one_of_its_type(sqlite_world: World) -> None:
    world = sqlite_world
    dispatch = sent(world)
    world.numbered(world.drafting())
    world.engine.drain()
    [old] = world.rows(Document, id=dispatch.document_id)
    later = [one for one in world.rows(Document, type=old.type) if one.case_id != old.case_id]
    head, receiver = signed_in(world, HEAD), signed_in(world, RECEIVER_CLERK)
    others = [one for one in world.rows(Document) if one.type != old.type]
    for wrong in [old.id, "khong-co", *(one.id for one in others)]:
        assert propose(head, old.id, "Sai", wrong) == 400
    assert propose(head, old.id, "Sai", later[0].id) == 303
    world.engine.drain()
    assert status_of(world, old.id) == "replaced"
    shown = receiver.open(f"/van-ban/{old.id}").text
    assert later[0].symbol in shown and "thay thế" in shown
    notes = {row.document_id: row.note for row in world.rows(RegisterEntry)}
    assert (
        notes[old.id].startswith(f"Thay thế bằng {later[0].symbol}") and notes[later[0].id] == f"Thay thế {old.symbol}"
    )
    assert told(world, old.id)[:2] == ["RecallProposed", "DocumentReplaced"]
    # And what replaces it may not be replaced by what it replaced
    assert propose(head, later[0].id, "Sai", old.id) == 400


def test_a_lawful_deletion_forgets_why_it_was_taken_back_and_the_scans_of_arrivals(sqlite_world: World) -> None:
    world = sqlite_world
    dispatch = sent(world)
    head, receiver = signed_in(world, HEAD), signed_in(world, RECEIVER_CLERK)
    assert propose(head, dispatch.document_id, "Lộ tên người tố cáo") == 303
    world.engine.drain()
    [request] = world.rows(RecallRequest, dispatch_id=dispatch.id)
    assert answer(receiver, request, "refuse", "Đã phổ biến") == 303
    # Given an arrival with a scan that is dealt with in the case
    clerk, pdf = signed_in(world, CLERK), b"%PDF-1.4 quet"
    form, paper = "/van-ban-den/vao-so", {"author": "A", "issued_on": "01/09/2026", "subject": "Đơn", "checked": "yes"}
    scan = {"scan": (BytesIO(pdf), "don.pdf")}
    arrival = clerk.send(clerk.open(form).text, form, paper | scan).headers["Location"]
    code = {"code": case_code(world, dispatch)}
    assert clerk.send(clerk.open(arrival).text, f"{arrival}/vu-viec", code).status_code == 303
    [document] = world.rows(Document, id=dispatch.document_id)
    # When the content of the case is deleted
    with world.container.write() as session:
        files = erase_documents(session, document.case_id, {}, actor=world.actor_of(HEAD), now=world.clock.now())
        assert not still_named(session, canonical.digest(pdf))
    # Then neither reasons nor answers stay, and the scan is among the files to be removed
    assert canonical.digest(pdf) in files
    assert {(row.reason, row.answer) for row in world.rows(DocumentRecall)} == {("", "")}
    assert {(row.reason, row.reply) for row in world.rows(RecallRequest)} == {("", "")}
    assert "don.pdf" not in clerk.open(arrival).text and clerk.open(f"{arrival}/tep/0").status_code == 404


def test_who_has_nothing_to_do_with_it_finds_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    dispatch = sent(world)
    head = signed_in(world, HEAD)
    assert propose(head, dispatch.document_id) == 303
    world.engine.drain()
    [request] = world.rows(RecallRequest, dispatch_id=dispatch.id)
    for person, expected in ((STRANGER, 404), ("cv.so-vhttdl", 403), (CLERK, 404)):
        assert unasked(signed_in(world, person), request) == expected


def test_who_does_not_answer_a_recall_is_reminded_and_then_its_issuer_is_told_to_ask(world: World) -> None:
    # Given a document of Friday is taken back on that day
    world.clock.set(FRIDAY)
    dispatch = sent(world)
    assert propose(signed_in(world, HEAD), dispatch.document_id) == 303
    world.engine.drain()
    count, path = len(world.rows(RecallRequest)), f"/van-ban/{dispatch.document_id}"
    # When the days pass, the receivers are reminded on Monday, and the issuer is told on Wednesday
    done = []
    for day in range(7):
        world.clock.set(FRIDAY + timedelta(days=day))
        done.append(remind_all(world.engine.transaction, world.clock.now()))
        done.append(remind_all(world.engine.transaction, world.clock.now()))
    assert done == [0, 0, 0, 0, 0, 0, count, 0, 0, 0, count, 0, 0, 0]
    clerk, receiver = signed_in(world, CLERK), signed_in(world, RECEIVER_CLERK)
    assert "đã nhắc" in receiver.open(path).text and "cần hỏi lại" not in receiver.open(path).text
    assert f"cần hỏi lại nơi nhận: {count}" in clerk.open("/hop-viec").text
    assert "quá hạn trả lời, cần hỏi lại nơi nhận" in clerk.open("/van-ban/thu-hoi").text
    [request] = world.rows(RecallRequest, dispatch_id=dispatch.id)
    about = world.history(world.rows(Document, id=dispatch.document_id)[0].case_id)
    mine = [one.type for one in about if (one.payload or {}).get("request_id") == request.id]
    assert mine == ["RecallAsked", "RecallReminded", "RecallUnanswered"]
    # And who has answered is asked about no more
    assert answer(receiver, request, "agree", page=path) == 303
    left = f"cần hỏi lại nơi nhận: {count - 1}" if count > 1 else ""
    assert left in clerk.open("/hop-viec").text and "cần hỏi lại nơi nhận: 0" not in clerk.open("/hop-viec").text
    assert world.faults() == []

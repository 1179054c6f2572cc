"""What did not arrive, or was sent back, goes out again by hand: as the same dispatch, never as a second copy."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.integration.test_mail import by_mail, engine_with, run
from tests.support.mail import Postmaster, mail_server
from tests.support.web import Browser
from tests.support.world import CLERK, World
from web.app import assemble
from workflows.documents.dispatch.smtp import MailServer
from workflows.documents.tables import Dispatch, Document, IncomingEntry

RECEIVER = "vt.so-vhttdl"


@pytest.fixture
def postmaster() -> Postmaster:
    return Postmaster()


@pytest.fixture
def server(postmaster: Postmaster) -> Iterator[MailServer]:
    with mail_server(postmaster) as running:
        yield running


def signed_in(world: World, person: str) -> Browser:
    browser = Browser(assemble(world.container).test_client())
    browser.sign_in(person)
    return browser


def told(world: World, dispatch: Dispatch) -> list[str]:
    [document] = world.rows(Document, id=dispatch.document_id)
    about = [one for one in world.history(document.case_id) if (one.payload or {}).get("dispatch_id") == dispatch.id]
    return [one.type for one in about]


def test_the_receiver_sends_back_and_gets_the_same_dispatch_again(world: World) -> None:
    world.numbered(world.drafting())
    world.engine.drain()
    [dispatch] = world.rows(Dispatch, recipient_agency_id="so-vhttdl")
    receiver, sender = signed_in(world, RECEIVER), signed_in(world, CLERK)
    paper, back = f"/van-ban/{dispatch.document_id}", f"/van-ban-den/{dispatch.id}/tra-lai"
    again = f"/van-ban-di/{dispatch.id}/gui-lai"
    # Given nothing is sent again that has arrived, and nothing is sent back without a reason
    page = sender.open(paper).text
    assert again not in page
    assert sender.client.post(again, data=token(page)).status_code == 409
    page = receiver.open(paper).text
    assert receiver.send(page, back, {"reason": " "}).status_code == 400
    # When it is sent back, twice
    for _ in range(2):
        assert receiver.send(page, back, {"reason": "Không thuộc thẩm quyền"}).status_code == 303
    assert receiver.client.post(f"/van-ban-den/{dispatch.id}/xac-nhan", data=token(page)).status_code == 409
    page = sender.open(paper).text
    assert "Không thuộc thẩm quyền" in page
    # Then the sender finds it in the inbox, until it is left at that with a reason
    count, listed = "không gửi được hoặc bị trả lại: 1", "/van-ban-di?khong-den=1"
    assert count in sender.open("/hop-viec").text and dispatch.document_id in sender.open(listed).text
    for reason, expected in ((" ", 400), ("Đã báo qua điện thoại", 303), ("Khác", 303)):
        assert sender.send(page, f"/van-ban-di/{dispatch.id}/khong-gui-lai", {"reason": reason}).status_code == expected
    page = sender.open(paper).text
    assert "Đã báo qua điện thoại" in page and count not in sender.open("/hop-viec").text
    assert dispatch.document_id not in sender.open(listed).text
    # And after all asks twice to send it again, and the receiver confirms it for good
    for _ in range(2):
        assert sender.send(page, again).status_code == 303
    world.engine.drain()
    [row] = world.rows(Dispatch, id=dispatch.id)
    assert (row.status, row.reply) == ("delivered", "")
    confirm = f"/van-ban-den/{dispatch.id}/xac-nhan"
    assert receiver.send(receiver.open(paper).text, confirm).status_code == 303
    assert receiver.client.post(back, data=token(receiver.open(paper).text) | {"reason": "Muộn"}).status_code == 409
    assert len(world.rows(IncomingEntry, dispatch_id=dispatch.id)) == 1
    assert told(world, dispatch) == ["DocumentSentBack", "DispatchDropped", "DispatchResent", "DocumentReceived"]
    assert world.faults() == []


def test_a_failed_mail_goes_again_under_its_own_id(
    sqlite_world: World, postmaster: Postmaster, server: MailServer
) -> None:
    refused, *others = by_mail(sqlite_world)
    postmaster.answers = {refused: ["550 No such user here"]}
    engine = engine_with(sqlite_world, server)
    run(sqlite_world, engine)
    [dispatch] = sqlite_world.rows(Dispatch, address=refused)
    assert dispatch.status == "failed" and sorted(postmaster.boxes()) == others
    # When the clerk has seen why, and sends it again
    sender = signed_in(sqlite_world, CLERK)
    page = sender.open(f"/van-ban/{dispatch.document_id}").text
    for _ in range(2):
        assert sender.send(page, f"/van-ban-di/{dispatch.id}/gui-lai").status_code == 303
    run(sqlite_world, engine)
    # Then the mailbox has one message, under the id that the first try had
    assert postmaster.boxes().count(refused) == 1
    assert postmaster.accepted[-1]["Message-ID"] == f"<{dispatch.id}@example.vn>"
    assert sqlite_world.rows(Dispatch, id=dispatch.id)[0].status == "delivered"
    assert told(sqlite_world, dispatch) == ["DispatchFailed", "DispatchResent", "DocumentMailed"]


def test_a_number_voided_before_the_second_try_does_not_leave(sqlite_world: World) -> None:
    world = sqlite_world
    world.numbered(world.drafting())
    world.engine.drain()
    [dispatch] = world.rows(Dispatch, recipient_agency_id="so-vhttdl")
    receiver, sender = signed_in(world, RECEIVER), signed_in(world, CLERK)
    paper, again = f"/van-ban/{dispatch.document_id}", f"/van-ban-di/{dispatch.id}/gui-lai"
    receiver.send(receiver.open(paper).text, f"/van-ban-den/{dispatch.id}/tra-lai", {"reason": "Thiếu trang"})
    page = sender.open(paper).text
    assert sender.send(page, again).status_code == 303
    # When the number is voided before the outbox comes round
    assert sender.send(page, f"{paper}/huy-so", {"reason": "Sai số liệu"}).status_code == 303
    world.engine.drain()
    # Then it stays here, and the clerk sees why
    [row] = world.rows(Dispatch, id=dispatch.id)
    assert (row.status, row.failure, row.dispatched_at) == ("failed", "document.number_voided", None)
    assert told(world, dispatch) == ["DocumentSentBack", "DispatchResent", "DispatchFailed"]


def test_only_the_clerk_of_the_issuer_sends_again(sqlite_world: World) -> None:
    sqlite_world.numbered(sqlite_world.drafting())
    sqlite_world.engine.drain()
    [dispatch] = sqlite_world.rows(Dispatch, recipient_agency_id="so-vhttdl")
    path = f"/van-ban-di/{dispatch.id}/gui-lai"
    for person, answer in ((RECEIVER, 404), ("cv.so-ngoai-vu", 403)):
        browser = signed_in(sqlite_world, person)
        tokens = token(browser.open("/hop-viec").text)
        assert browser.client.post(path, data=tokens).status_code == answer


def token(page: str) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return {"csrf_token": found[1], "_key": "khoa"}

"""Papers are carried by a day's list; what was carried and who signed for it stays on record."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

from pypdf import PdfReader
from sqlalchemy import select

from engine.proof.notes import short_code
from engine.proof.tables import Checkpoint
from tests.support.exchange import reach
from tests.support.web import Browser
from tests.support.world import CLERK, SPECIALIST, World
from web.app import assemble
from workflows.agencies.tables import Agency
from workflows.documents.search import Wanted, find
from workflows.documents.tables import Dispatch, Document, IncomingEntry

SENDER = "so-ngoai-vu"
LIST = "/van-ban-di/ban-giay"


def waiting(world: World) -> list[Dispatch]:
    """Papers that wait to be carried, by receiver."""
    with world.container.write() as session:
        others = sorted(set(session.scalars(select(Agency.id))) - {SENDER})
        reach(session, dict.fromkeys(others, ""), channel="paper")
    world.numbered(world.drafting())
    world.engine.drain()
    return sorted(world.rows(Dispatch), key=lambda row: row.recipient_name)


def signed_in(world: World, person: str = CLERK) -> Browser:
    browser = Browser(assemble(world.container).test_client())
    browser.sign_in(person)
    return browser


def carry(browser: Browser, *dispatches: Dispatch) -> None:
    page = browser.open(LIST).text
    chosen = {"dispatch": [one.id for one in dispatches]}
    assert browser.send(page, f"{LIST}/da-chuyen", chosen).status_code == 303


def test_slip_and_list_bear_the_short_code_of_the_newest_checkpoint(sqlite_world: World) -> None:
    world = sqlite_world
    first, *_ = waiting(world)
    clerk, slip = signed_in(world), f"/van-ban/{first.document_id}/phieu-gui.pdf"
    assert "Mã nhật ký" not in words_of(clerk.open(slip).data)  # nothing was signed yet
    with world.container.write() as session:
        for size in (7, 1234):
            session.add(Checkpoint(size=size, root=bytes(range(32)), signed_at=world.clock.now(), note=""))
    code = f"Mã nhật ký: {short_code(1234, bytes(range(32)))}"
    for path in (slip, f"{LIST}/in.pdf"):
        assert code in words_of(clerk.open(path).data)
    assert first.recipient_name in words_of(clerk.open(slip).data)
    assert signed_in(world, "cv.so-noi-vu").open(slip).status_code == 404


def words_of(pdf: bytes) -> str:
    """The words of a PDF, in one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def test_a_paper_is_listed_carried_and_signed_for(world: World) -> None:
    first, *others = waiting(world)
    clerk = signed_in(world)
    page = clerk.open(LIST).text
    assert others and all(one.id in page for one in (first, *others))
    assert clerk.open(f"{LIST}/in.pdf").data.startswith(b"%PDF")
    # When the clerk has carried one, and notes it a second time
    carry(clerk, first)
    world.clock.advance(timedelta(days=1))
    clerk.sign_in(CLERK)
    repeated = {"dispatch": first.id}
    assert clerk.send(clerk.open(LIST).text, f"{LIST}/da-chuyen", repeated).status_code == 303
    [carried] = world.rows(Dispatch, id=first.id)
    assert (carried.status, carried.dispatched_at) == ("handed_over", world.clock.now() - timedelta(days=1))
    # Then it stands on today's list until somebody has signed for it, on a day that can be
    action = f"{LIST}/{first.id}/ky-nhan"
    wrong = {"name": "Nguyễn Thị Hoa", "day": "01/01/2026"}
    assert clerk.send(clerk.open(LIST).text, action, wrong).status_code == 400
    right = {"name": "Nguyễn Thị Hoa", "day": "02/09/2026"}
    assert clerk.send(clerk.open(LIST).text, action, right).status_code == 303
    [signed] = world.rows(Dispatch, id=first.id)
    assert (signed.status, signed.received_by_name) == ("received", "Nguyễn Thị Hoa")
    assert action not in clerk.open(LIST).text
    assert "Nguyễn Thị Hoa" in clerk.open(f"{LIST}?ngay=01/09/2026").text
    assert all(one.id not in clerk.open(f"{LIST}?ngay=01/09/2026").text for one in others)
    told = [one.type for one in world.history(_case(world, first)) if one.type in ("DocumentCarried", "PaperSignedFor")]
    assert told == ["DocumentCarried", "PaperSignedFor"] and world.faults() == []


def test_the_receiver_enters_a_carried_paper_in_its_register(sqlite_world: World) -> None:
    paper = next(one for one in waiting(sqlite_world) if one.recipient_agency_id == "so-vhttdl")
    receiver = signed_in(sqlite_world, "vt.so-vhttdl")
    confirm = f"/van-ban-den/{paper.id}/xac-nhan"
    # Given nobody sees a paper that is still with the sender, nor confirms it
    assert receiver.open(f"/van-ban/{paper.document_id}").status_code == 404
    assert receiver.client.post(confirm, data=_token(receiver)).status_code == 404
    clerk = signed_in(sqlite_world)
    carry(clerk, paper)
    fields = {"name": "Hoa", "day": "01/09/2026"}
    assert clerk.send(clerk.open(LIST).text, f"{LIST}/{paper.id}/ky-nhan", fields).status_code == 303
    # Then the receiver finds it and gives it an arrival number, once
    actor = sqlite_world.actor_of("vt.so-vhttdl")
    found = sqlite_world.ask(lambda session: find(session, actor, Wanted()))
    assert paper.document_id in {one.document_id for one in found}
    page = receiver.open("/van-ban-den").text
    assert receiver.send(page, confirm).status_code == 303
    assert len(sqlite_world.rows(IncomingEntry, dispatch_id=paper.id)) == 1
    assert confirm not in receiver.open("/van-ban-den").text


def test_only_the_clerk_of_the_sender_carries_and_a_voided_paper_stays(sqlite_world: World) -> None:
    paper = waiting(sqlite_world)[0]
    stranger = signed_in(sqlite_world, "vt.so-noi-vu")
    foreign = {**_token(stranger), "dispatch": paper.id}
    assert stranger.client.post(f"{LIST}/da-chuyen", data=foreign).status_code == 404
    colleague = signed_in(sqlite_world, SPECIALIST)
    assert paper.id not in re.findall(r'value="([^"]+)"', colleague.open(LIST).text)
    clerk = signed_in(sqlite_world)
    page = clerk.open(f"/van-ban/{paper.document_id}").text
    void = f"/van-ban/{paper.document_id}/huy-so"
    assert clerk.send(page, void, {"reason": "Sai thể thức"}).status_code == 303
    assert paper.id not in clerk.open(LIST).text
    voided = {**_token(clerk), "dispatch": paper.id}
    assert clerk.client.post(f"{LIST}/da-chuyen", data=voided).status_code == 409


def _case(world: World, dispatch: Dispatch) -> str:
    [document] = world.rows(Document, id=dispatch.document_id)
    return str(document.case_id)


def _token(browser: Browser) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.open("/hop-viec").text)
    assert found is not None
    return {"csrf_token": found[1], "_key": "khoa"}

"""Stories of papers on the pages: the draft in its step, and where sender and recipient find the issued paper."""

from __future__ import annotations

import re

from engine.tables import Case
from tests.support.web import Browser
from tests.support.world import APPROVED, CLERK, HEAD, PAPER, SPECIALIST, START, World, element_items
from web.app import assemble
from workflows.documents.model import Listing, Paragraph, from_canonical
from workflows.documents.tables import Dispatch, Document, DocumentRevision

FOLDED = "Xem bản thảo như đang lưu"
OPEN_PART = re.compile(r'<a href="([^"]+)" aria-current="page">')


def page(world: World, user_name: str, path: str) -> str:
    """A page as the officer sees it."""
    browser = Browser(assemble(world.container).test_client())
    assert browser.sign_in(user_name).status_code == 303
    answer = browser.open(path)
    assert answer.status_code == 200
    return answer.text


def test_the_draft_is_folded_where_it_stands_in_the_form_and_open_where_it_is_approved(sqlite_world: World) -> None:
    world = sqlite_world
    # Given a draft that nobody has claimed, it stands open; once claimed it stands in the box, the preview is folded
    receipt = world.drafting()
    item = element_items(receipt, "edit_paper")[0]
    unclaimed = page(world, SPECIALIST, f"/viec/{item.id}")
    assert FOLDED not in unclaimed and 'class="document-body"' in unclaimed
    browser = Browser(assemble(world.container).test_client())
    browser.sign_in(SPECIALIST)
    browser.send(browser.open(f"/viec/{item.id}").text, f"/viec/{item.id}/nhan")
    assert FOLDED in browser.open(f"/viec/{item.id}").text
    # When it goes to the head, then the whole text stands open
    receipt = world.work(item, SPECIALIST, PAPER)
    approval = element_items(receipt, "approve_paper")[0]
    shown = page(world, HEAD, f"/viec/{approval.id}")
    assert 'class="document-body"' in shown and FOLDED not in shown


def test_sender_and_recipient_find_a_paper_in_their_own_part(sqlite_world: World) -> None:
    world = sqlite_world
    world.numbered(world.drafting())
    world.engine.drain()
    dispatch = world.rows(Dispatch)[0]
    path, recipient = f"/van-ban/{dispatch.document_id}", f"cv.{dispatch.recipient_agency_id}"
    for user_name, part in ((SPECIALIST, "/van-ban-di"), (recipient, "/van-ban-den")):
        assert OPEN_PART.findall(page(world, user_name, path)) == [part]


def test_a_case_is_linked_only_for_who_may_open_it(sqlite_world: World) -> None:
    world = sqlite_world
    office = world.start("cv.vp-ubnd-tinh").case_code
    [case] = world.rows(Case, code=office)
    with world.container.write() as session:
        session.add(drafted(case.id))
    link = f'href="/vu-viec/{office}"'
    for user_name, may in (("cv.vp-ubnd-tinh", True), ("quantri", False)):
        browser = Browser(assemble(world.container).test_client())
        browser.sign_in(user_name)
        shown = browser.open("/van-ban-di").text
        assert office in shown and (link in shown) == may
        assert (browser.open(f"/vu-viec/{office}").status_code == 200) == may


def drafted(case_id: str) -> Document:
    """A paper of the office's agency in a case."""
    return Document(
        id="d", case_id=case_id, type="TB", issuer_agency_id="vp-ubnd-tinh", issuer_name="Văn phòng", subject="Tin",
        search_text="tin", status="draft", revision=1, created_at=START, created_by="x",
    )  # fmt: skip


def editing(world: World) -> tuple[Browser, str]:
    """The specialist's browser and the path of a claimed draft."""
    item = element_items(world.drafting(), "edit_paper")[0]
    browser = Browser(assemble(world.container).test_client())
    browser.sign_in(SPECIALIST)
    browser.send(browser.open(f"/viec/{item.id}").text, f"/viec/{item.id}/nhan")
    return browser, f"/viec/{item.id}"


def test_a_draft_is_edited_row_by_row_and_shown_as_pages_without_storing_anything(sqlite_world: World) -> None:
    world = sqlite_world
    browser, task = editing(world)
    before = [row.hash for row in world.rows(DocumentRevision)]
    shown = browser.open(task).text
    typed = {"paper_subject": "Về tin sai", "paper_body.0.kind": "paragraph", "paper_body.0.text": "Kính báo."}
    # When a row is added, it stands below the first one and has the focus
    more = browser.send(shown, f"{task}/hoan-thanh", {**typed, "_edit": "paper_body:add:0"}).text
    assert 'name="paper_body.1.text"' in more
    assert re.search(r'name="paper_body\.1\.kind"[^>]*autofocus', more)
    # When the pages are asked for, they are in the page as pictures, and the store is as it was
    typed |= {"paper_body.1.kind": "points", "paper_body.1.text": "một\nhai", "paper_urgency": "khan"}
    pages = browser.send(shown, f"{task}/hoan-thanh", {**typed, "_preview": "1"}).text
    assert pages.count('src="data:image/png;base64,') == 1
    assert [row.hash for row in world.rows(DocumentRevision)] == before
    # When a character cannot be printed, that is said and nothing that was typed is lost
    wrong = browser.send(shown, f"{task}/hoan-thanh", {**typed, "paper_body.0.text": "漢", "_preview": "1"})
    assert wrong.status_code == 400
    assert "漢" in wrong.text and "một" in wrong.text
    # When it is sent, the text is what the rows make
    sent = browser.send(shown, f"{task}/hoan-thanh", {**typed, "no_secret": "confirmed"})
    assert sent.status_code == 303
    texts = [from_canonical(row.model).body for row in world.rows(DocumentRevision)]
    assert (Paragraph("Kính báo."), Listing(("một", "hai"))) in texts


def test_the_approver_sees_the_pages_and_the_clerk_what_the_second_look_found(sqlite_world: World) -> None:
    world = sqlite_world
    receipt = world.work(element_items(world.drafting(), "edit_paper")[0], SPECIALIST, PAPER)
    approval = element_items(receipt, "approve_paper")[0]
    assert 'src="data:image/png;base64,' in page(world, HEAD, f"/viec/{approval.id}")
    receipt = world.work(approval, HEAD, APPROVED)
    number = element_items(receipt, "number_paper")[0]
    shown = page(world, CLERK, f"/viec/{number.id}")
    assert "Không thấy điểm nào sai thể thức." in shown

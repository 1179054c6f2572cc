"""Stories of papers on the pages: the draft in its step, and where sender and recipient find the issued paper."""

from __future__ import annotations

import re

from tests.support.web import Browser
from tests.support.world import HEAD, PAPER, SPECIALIST, World, element_items
from web.app import assemble
from workflows.documents.tables import Dispatch

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

"""What officers do when documents are taken back, on the pages."""

from __future__ import annotations

import re

from sqlalchemy import select

from engine.tables import Case
from tests.support.web import Browser
from tests.support.world import World
from web.app import assemble
from workflows.agencies.tables import Agency, AgencyChannel
from workflows.documents.recall.tables import RecallRequest
from workflows.documents.tables import Dispatch, Document

OWN = "so-ngoai-vu"
RECEIVER_CLERK = "vt.so-vhttdl"


def signed_in(world: World, person: str) -> Browser:
    browser = Browser(assemble(world.container).test_client())
    browser.sign_in(person)
    return browser


def reached(world: World, channel: str) -> None:
    """Every other agency is reached by this channel, under a code and a mailbox of its own."""
    with world.container.write() as session:
        for number, agency in enumerate(session.scalars(select(Agency).order_by(Agency.id)).all()):
            way = "system" if agency.id == OWN else channel
            code = "H44.01" if agency.id == OWN else f"H45.{number // 90 + 10:02d}.{number % 90 + 10:02d}"
            row = AgencyChannel(agency_id=agency.id, valid_from=agency.valid_from, channel=way, organ_code=code)
            row.email = f"{agency.id}@example.vn"
            session.add(row)


def sent(world: World, agency_id: str = "so-vhttdl") -> Dispatch:
    """A document that went to that agency."""
    world.numbered(world.drafting())
    world.engine.drain()
    [dispatch] = world.rows(Dispatch, recipient_agency_id=agency_id)
    assert isinstance(dispatch, Dispatch)
    return dispatch


def propose(browser: Browser, document_id: str, reason: str = "Sai số liệu", replacement: str = "") -> int:
    path = f"/van-ban/{document_id}"
    fields = {"reason": reason, "replacement": replacement}
    return browser.send(browser.open(path).text, f"{path}/thu-hoi", fields).status_code


def decide(browser: Browser, recall_id: str, decision: str = "agree", reason: str = "") -> int:
    fields = {"decision": decision, "reason": reason}
    return browser.send(
        browser.open("/van-ban/thu-hoi").text, f"/van-ban/thu-hoi/{recall_id}/duyet", fields
    ).status_code


def answer(browser: Browser, request: RecallRequest, decision: str, reason: str = "", page: str = "") -> int:
    action = f"/van-ban/thu-hoi/yeu-cau/{request.id}/tra-loi"
    shown = browser.open(page or "/van-ban/thu-hoi").text
    return browser.send(shown, action, {"decision": decision, "reason": reason}).status_code


def unasked(browser: Browser, request: RecallRequest) -> int:
    """An answer from where no page offers it."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.open("/hop-viec").text)
    assert token is not None
    fields = {"csrf_token": token[1], "_key": "k", "decision": "agree"}
    return browser.client.post(f"/van-ban/thu-hoi/yeu-cau/{request.id}/tra-loi", data=fields).status_code


def told(world: World, document_id: str) -> list[str]:
    """The events about recalls in the case of a document."""
    [document] = world.rows(Document, id=document_id)
    names = ("Recall", "DocumentRecalled", "DocumentReplaced")
    return [one.type for one in world.history(document.case_id) if one.type.startswith(names)]


def status_of(world: World, document_id: str) -> str:
    return str(world.rows(Document, id=document_id)[0].status)


def case_code(world: World, dispatch: Dispatch) -> str:
    [document] = world.rows(Document, id=dispatch.document_id)
    return str(world.rows(Case, id=document.case_id)[0].code)

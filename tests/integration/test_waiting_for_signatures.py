"""A body that signs electronically: its documents have their number and leave only once they are signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import unescape

import pytest

from engine.actors import SYSTEM
from engine.clock import local_date
from engine.tables import OutboxMessage, WorkItem
from engine.unit_of_work import OpenItem
from tests.support.signing import DAY, Authority, sign
from tests.support.web import Browser
from tests.support.world import APPROVED, CHECKED, CLERK, HEAD, PAPER, SPECIALIST, World, element_items
from web.app import assemble
from workflows.agencies.importing import import_signing_ways
from workflows.documents import errors
from workflows.documents.registers import Clerk
from workflows.documents.signing.returning import accept_signed, examine, export, signed_on_paper
from workflows.documents.tables import DRAFT, Dispatch, Document, DocumentRecipient, RegisterEntry

AGENCY = "so-ngoai-vu"
REASON = {"reason": "Sai nơi nhận"}


def waiting(world: World) -> Sequence[Document]:
    """The two papers of a case, numbered by a body that signs electronically."""
    way = f"agency_id,way,valid_from,legal_basis\n{AGENCY},ký số,01/07/2025,QĐ 1\n"
    with world.container.write() as session:
        import_signing_ways(session, way, SYSTEM, world.clock.now())
    world.numbered(world.drafting())
    world.engine.drain()
    documents: Sequence[Document] = world.rows(Document)
    return documents


def items(world: World, case_id: str, element: str) -> list[OpenItem]:
    return [item for item in world.open_items(case_id) if item.element_id == element]


def receivers(world: World, document_id: str) -> set[tuple[str, bool, bool, str]]:
    rows = world.rows(DocumentRecipient, document_id=document_id)
    return {(row.agency_id, row.added, row.waived, row.reason) for row in rows}


def sign_outside(world: World, document: Document) -> bytes:
    """The file goes out, is signed by who approved, and comes back."""
    now, blobs, actor = world.clock.now(), world.container.blobs, world.actor_of(CLERK)
    authority = Authority.called("Cơ quan chứng thực thử nghiệm", now)
    signer = authority.person(document.approved_by_name or "", now - DAY, now + DAY)
    exported = world.ask(lambda session: export(session, blobs, world.container.renderer, actor, document.id))
    signed = sign(exported.file, signer, now)
    examined = examine(exported, signed, authority.root.trust, now)
    for _ in range(2):  # a second time, by mistake
        with world.container.write() as session:
            accept_signed(session, blobs, actor, examined, now)
    return signed


def types(world: World, document: Document) -> list[str]:
    of = [event for event in world.history(document.case_id) if (event.payload or {}).get("document_id") == document.id]
    return [event.type for event in of]


def test_nothing_leaves_before_it_is_signed_and_then_the_signed_file_does(world: World) -> None:
    # Given two numbered papers, frozen and on their way to nobody
    first, second = waiting(world)
    assert first.number and first.pdf_sha256 and first.awaits_signature and world.rows(Dispatch) == []
    assert not world.rows(OutboxMessage, topic="documents.dispatch")

    # When one comes back signed and the other is said to be signed on paper
    frozen = world.container.blobs.get(first.pdf_sha256)
    signed = sign_outside(world, first)
    with world.container.write() as session:
        now, actor = world.clock.now(), world.actor_of(CLERK)
        signed_on_paper(session, world.container.blobs, actor, second.id, local_date(now), b"", now)
    world.engine.drain()

    # Then each leaves once, the first as the signed file, and the case goes on
    assert signed.startswith(frozen) and signed != frozen
    assert frozen.count(b"/FT /Sig") == 2  # with room for signature and seal
    [after] = world.rows(Document, id=first.id)
    assert world.container.blobs.get(after.pdf_sha256) == signed and not after.awaits_signature
    for document in (first, second):
        assert world.rows(Dispatch, document_id=document.id)
        assert types(world, document).count("DocumentDispatched") == 1
    assert any(item.element_id == "receive" for item in world.open_items(first.case_id))
    assert world.faults() == []


def test_a_number_that_is_voided_while_waiting_brings_the_text_back_to_its_drafter(world: World) -> None:
    # Given two numbered papers that wait: one whose signer refuses, one that the clerk finds wrong
    first, second = waiting(world)
    [refused, _] = items(world, first.case_id, "sign_paper")
    world.work(refused, CLERK, {"signing_refusal": "Sai thẩm quyền"})
    waits = world.rows(Document, awaits_signature=True)
    with world.container.write() as session:
        Clerk(session, world.clock.now(), world.actor_of(CLERK)).void(waits[0].id, "Sai nơi nhận")
    world.engine.drain()

    # Then nothing left, both lines stand in the register with their reasons, and the case knows them
    assert world.rows(Dispatch) == [] and not world.rows(OutboxMessage, status="failed")
    entries = {entry.document_id: entry for entry in world.rows(RegisterEntry)}
    assert {entries[one.id].note for one in (first, second)} == {"Sai thẩm quyền", "Sai nơi nhận"}
    told = [event.payload or {} for event in world.history(first.case_id) if event.type == "DocumentVoided"]
    assert {one["document_id"] for one in told} == {first.id, second.id}

    # And each text is a draft again, for the same receivers, which must be approved again and gets another number
    drafts = world.rows(Document, status=DRAFT)
    assert {one.subject for one in drafts} == {first.subject} and all(one.approved_hash is None for one in drafts)
    for draft in drafts:
        origin = next(
            event.payload["from"]
            for event in world.history(first.case_id)
            if event.type == "DocumentRedrafted" and event.payload and event.payload["document_id"] == draft.id
        )
        assert receivers(world, draft.id) == receivers(world, origin)
    assert items(world, first.case_id, "sign_paper") == []
    [editing, _] = items(world, first.case_id, "edit_paper")
    [approving] = element_items(world.work(editing, SPECIALIST, PAPER), "approve_paper")
    [numbering] = element_items(world.work(approving, HEAD, APPROVED), "number_paper")
    world.work(numbering, CLERK, CHECKED)
    [third] = world.rows(Document, number=3)
    assert third.awaits_signature and {first.number, second.number} == {1, 2}
    assert len(items(world, first.case_id, "sign_paper")) == 1 and world.faults() == []


def test_a_waiting_signature_has_its_day_and_is_reminded_of(world: World) -> None:
    # Given papers numbered on a Tuesday, to be signed by the end of the next working day
    first, _ = waiting(world)
    [waits, _] = world.rows(WorkItem, element_id="sign_paper")
    assert waits.due_at and local_date(waits.due_at) == date(2026, 9, 3) and waits.remind_at  # the 2nd is a holiday

    # When the morning of that day comes with one of them signed
    sign_outside(world, first)
    world.engine.drain()
    world.clock.set(waits.remind_at)
    world.engine.remind_of_due_work()

    # Then only the other is reminded of
    told = [event.payload or {} for event in world.history(first.case_id) if event.type == "Reminded"]
    [open_item] = items(world, first.case_id, "sign_paper")
    assert [one["target_id"] for one in told if one["target_id"] == open_item.id] == [open_item.id]
    assert sum(one["target_id"] in {waits.id, open_item.id} for one in told) == 1


def test_who_approved_may_refuse_to_sign_on_the_page_and_nobody_else_outside_the_clerk_s_desk(
    sqlite_world: World,
) -> None:
    first, second = waiting(sqlite_world)
    app = assemble(sqlite_world.container)
    officer, head = Browser(app.test_client()), Browser(app.test_client())
    officer.sign_in(SPECIALIST)
    assert "Không ký, hủy số đã cấp" not in unescape(officer.open(f"/van-ban/{first.id}").text)
    head.sign_in(HEAD)
    page = unescape(head.open(f"/van-ban/{first.id}").text)
    assert "Không ký, hủy số đã cấp" in page
    assert head.send(page, f"/van-ban/{first.id}/huy-so", REASON).status_code == 303
    sqlite_world.engine.drain()
    assert len(items(sqlite_world, first.case_id, "edit_paper")) == 1
    sign_outside(sqlite_world, second)  # signed: from now on the number is the clerk's business alone
    assert "/huy-so" not in head.open(f"/van-ban/{second.id}").text
    with pytest.raises(errors.ClerkRequired), sqlite_world.container.write() as session:
        Clerk(session, sqlite_world.clock.now(), sqlite_world.actor_of(HEAD)).void(second.id, "Muộn")


def test_what_waits_to_be_signed_leads_to_the_page_where_the_file_is_handed_in(sqlite_world: World) -> None:
    first, _ = waiting(sqlite_world)
    browser = Browser(assemble(sqlite_world.container).test_client())
    browser.sign_in(CLERK)
    [item, _] = sqlite_world.rows(WorkItem, case_id=first.case_id, element_id="sign_paper")
    assert f'href="/van-ban/{item.document_id}#ky"' in browser.open(f"/viec/{item.id}").text

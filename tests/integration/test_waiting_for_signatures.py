"""A body that signs electronically: its documents have their number and leave only once they are signed."""

from __future__ import annotations

from collections.abc import Sequence
from html import unescape

from engine.actors import SYSTEM
from engine.clock import local_date
from engine.tables import OutboxMessage
from tests.support.signing import DAY, Authority, sign
from tests.support.web import Browser
from tests.support.world import World
from web.app import assemble
from workflows.agencies.importing import import_signing_ways
from workflows.documents.registers import Clerk
from workflows.documents.signing.returning import accept_signed, examine, export, signed_on_paper
from workflows.documents.tables import Dispatch, Document

AGENCY, CLERK = "so-ngoai-vu", "vt.so-ngoai-vu"


def waiting(world: World) -> Sequence[Document]:
    """The two papers of a case, numbered by a body that signs electronically."""
    way = f"agency_id,way,valid_from,legal_basis\n{AGENCY},ký số,01/07/2025,QĐ 1\n"
    with world.container.write() as session:
        import_signing_ways(session, way, SYSTEM, world.clock.now())
    world.numbered(world.drafting())
    world.engine.drain()
    documents: Sequence[Document] = world.rows(Document)
    return documents


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
    [after] = world.rows(Document, id=first.id)
    assert world.container.blobs.get(after.pdf_sha256) == signed and not after.awaits_signature
    for document in (first, second):
        assert world.rows(Dispatch, document_id=document.id)
        assert types(world, document).count("DocumentDispatched") == 1
    assert any(item.element_id == "receive" for item in world.open_items(first.case_id))
    assert world.faults() == []


def test_a_number_voided_while_waiting_lets_the_case_go_on_and_says_why(world: World) -> None:
    first, second = waiting(world)
    with world.container.write() as session:
        clerk = Clerk(session, world.clock.now(), world.actor_of(CLERK))
        for document in (first, second):
            clerk.void(document.id, "Sai thẩm quyền")
    world.engine.drain()
    assert world.rows(Dispatch) == [] and not world.rows(OutboxMessage, status="failed")
    told = [event.payload or {} for event in world.history(first.case_id) if event.type == "DispatchCancelled"]
    assert {one["document_id"] for one in told} == {first.id, second.id}
    assert {one["reason"] for one in told} == {"Sai thẩm quyền"}
    assert any(item.element_id == "receive" for item in world.open_items(first.case_id))


def test_the_inbox_the_list_and_the_page_say_what_waits(sqlite_world: World) -> None:
    first, _ = waiting(sqlite_world)
    browser = Browser(assemble(sqlite_world.container).test_client())
    browser.sign_in(CLERK)
    assert "Văn bản có số, chờ tệp đã ký: 2" in browser.open("/hop-viec").text
    for path in ("/van-ban-di?cho-ky=1", f"/van-ban/{first.id}"):
        assert "chờ tệp đã ký" in unescape(browser.open(path).text)
    sign_outside(sqlite_world, first)
    assert "chờ tệp đã ký" not in unescape(browser.open(f"/van-ban/{first.id}").text)

"""Documents by e-mail, against a real mail server: each recipient ends with one message or a visible failure."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine.blobs import FolderBlobs
from engine.core import LONGEST_TRIP, MAXIMUM_DELIVERIES, Engine
from engine.services import Delivery, Trip
from engine.tables import OutboxMessage
from tests.support.mail import DROP, LATE, SENDER, STALL, Postmaster, mail_server
from tests.support.web import Browser
from tests.support.world import CLERK, SPECIALIST, World
from web.app import assemble
from workflows.agencies.tables import Agency, AgencyChannel
from workflows.documents.dispatch.mail import TOPIC, MailErrand
from workflows.documents.dispatch.smtp import STARTTLS, MailServer
from workflows.documents.tables import Dispatch, Document

TRIES = range(MAXIMUM_DELIVERIES + 2)


@pytest.fixture
def postmaster() -> Postmaster:
    return Postmaster()


@pytest.fixture
def server(postmaster: Postmaster) -> Iterator[MailServer]:
    with mail_server(postmaster) as running:
        yield running


def by_mail(world: World) -> list[str]:
    """Two papers whose recipients all want e-mail, issued and not sent yet; their mailboxes, one for each copy."""
    with world.container.write() as session:
        for agency in session.scalars(select(Agency)):
            email = f"{agency.id}@example.vn"
            session.add(AgencyChannel(agency_id=agency.id, valid_from=agency.valid_from, channel="email", email=email))
    world.numbered(world.drafting())
    dispatching = [row.id for row in world.rows(OutboxMessage, status="waiting")]
    for message_id in dispatching:
        assert world.engine.consume(message_id)
    return sorted(row.address for row in world.rows(Dispatch))


def engine_with(world: World, server: MailServer | None) -> Engine:
    assert isinstance(world.container.blobs, FolderBlobs)
    return world.another_engine(errands={TOPIC: MailErrand(server, world.container.blobs)})


def run(world: World, engine: Engine) -> None:
    for _ in TRIES:
        engine.drain()
        world.clock.advance(timedelta(hours=2))


def states(world: World) -> dict[str, tuple[str, str]]:
    return {row.address: (row.status, row.failure) for row in world.rows(Dispatch)}


def events_of(world: World, type: str) -> int:
    [case_id] = {row.case_id for row in world.rows(Document)}
    return sum(event.type == type for event in world.history(case_id))


def test_every_recipient_gets_the_pdf_once(world: World, postmaster: Postmaster, server: MailServer) -> None:
    boxes = by_mail(world)
    assert boxes and {row.status for row in world.rows(Dispatch)} == {"queued"}
    run(world, engine_with(world, server))
    assert postmaster.boxes() == boxes
    assert set(states(world).values()) == {("delivered", "")}
    assert events_of(world, "DocumentMailed") == len(boxes)
    # And the message says what it carries
    message, dispatch = postmaster.accepted[0], world.rows(Dispatch)[0]
    documents = {row.symbol: row for row in world.rows(Document)}
    [document] = [row for symbol, row in documents.items() if symbol in message["Subject"]]
    ids = {f"<{row.id}@example.vn>" for row in world.rows(Dispatch)}
    assert {one["Message-ID"] for one in postmaster.accepted} == ids and dispatch.reply == ""
    body = message.get_body()
    assert body is not None
    text = body.get_content()
    assert f"{document.issued_on:%d/%m/%Y}" in text and document.subject in text
    [attached] = message.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == world.container.blobs.get(document.pdf_sha256)
    assert message["From"].addresses[0].addr_spec == SENDER
    assert world.faults() == []


def test_a_server_in_trouble_ends_in_one_message_or_a_visible_failure(
    world: World, postmaster: Postmaster, server: MailServer
) -> None:
    refused, late = by_mail(world)[:2]
    # Given a mailbox that does not exist, and one reached after greylisting, two drops in mid-message and an overflow
    postmaster.answers = {refused: ["550 No such user here"], late: ["451 Come back later"]}
    postmaster.at_data = {late: [DROP, DROP, "452 Full just now"]}
    engine = engine_with(world, server)
    engine.drain()
    assert states(world)[refused] == ("failed", "document.mail_refused")
    assert states(world)[late] == ("queued", "")
    run(world, engine)
    assert states(world)[late] == ("delivered", "") and postmaster.boxes().count(late) == 1
    assert postmaster.tries[late] == 5 and postmaster.tries[refused] == 1
    assert refused not in postmaster.boxes()
    [row] = world.rows(Dispatch, address=refused)
    assert "No such user" in row.reply and row.dispatched_at is None
    assert events_of(world, "DispatchFailed") == 1
    # And the issuer's page says so
    browser = Browser(assemble(world.container).test_client())
    browser.sign_in(CLERK)
    page = browser.open(f"/van-ban/{row.document_id}").text
    assert "550 No such user here" in page and refused in page


def test_a_server_that_stalls_holds_nothing_up_and_no_mailbox_gets_two_letters(
    world: World, postmaster: Postmaster
) -> None:
    slow, never = by_mail(world)
    # Given stalls beyond the timeout: at the address, in mid-message, after the message was taken; and for good
    postmaster.answers = {slow: [STALL], never: [STALL] * 99}
    postmaster.at_data = {slow: [STALL, DROP, "451 Not now", LATE]}
    postmaster.stalls_for = 0.6
    with mail_server(postmaster, timeout=0.2) as server:
        run(world, engine_with(world, server))
    assert states(world) == {slow: ("delivered", ""), never: ("failed", "document.mail_not_taken")}
    assert (postmaster.tries[slow], postmaster.tries[never]) == (6, MAXIMUM_DELIVERIES)
    # Then what was taken without a word came again as the very same message, which its mailbox can tell by the id
    assert postmaster.boxes() == [slow, slow]
    assert len({(message["Message-ID"], message.as_bytes()) for message in postmaster.accepted}) == 1
    # And whose mailbox never answered is seen
    [row] = world.rows(Dispatch, address=never)
    assert "timed out" in row.reply and events_of(world, "DispatchFailed") == 1
    assert world.rows(OutboxMessage, topic=TOPIC, status="waiting") == []


def test_a_server_that_never_takes_it_ends_as_a_failure(
    world: World, postmaster: Postmaster, server: MailServer
) -> None:
    boxes = by_mail(world)
    postmaster.at_data = {box: ["451 Not now"] * 99 for box in boxes}
    run(world, engine_with(world, server))
    assert set(states(world).values()) == {("failed", "document.mail_not_taken")}
    assert set(postmaster.tries.values()) == {MAXIMUM_DELIVERIES} and postmaster.accepted == []
    assert world.rows(OutboxMessage, topic=TOPIC, status="waiting") == []


def test_a_server_that_parts_rudely_has_the_message_all_the_same(
    sqlite_world: World, postmaster: Postmaster, server: MailServer
) -> None:
    boxes = by_mail(sqlite_world)
    postmaster.hang_up_at_quit = True
    run(sqlite_world, engine_with(sqlite_world, server))
    assert postmaster.boxes() == boxes and set(states(sqlite_world).values()) == {("delivered", "")}


def test_no_server_or_none_without_encryption_is_said_at_once(sqlite_world: World, server: MailServer) -> None:
    by_mail(sqlite_world)
    first, *others = [row.id for row in sqlite_world.rows(OutboxMessage, topic=TOPIC)]
    assert engine_with(sqlite_world, None).consume(first)
    assert ("failed", "document.mail_not_set_up") in states(sqlite_world).values()
    demanding = replace(server, security=STARTTLS)
    assert all(map(engine_with(sqlite_world, demanding).consume, others))
    assert "queued" not in {status for status, _ in states(sqlite_world).values()}


def test_a_number_that_was_voided_meanwhile_does_not_leave(
    sqlite_world: World, postmaster: Postmaster, server: MailServer
) -> None:
    by_mail(sqlite_world)
    with sqlite_world.container.write() as session:
        session.execute(update(Document).values(status="voided"))
    run(sqlite_world, engine_with(sqlite_world, server))
    assert postmaster.accepted == []
    assert set(states(sqlite_world).values()) == {("failed", "document.number_voided")}


def test_while_one_worker_talks_to_the_server_nobody_waits_and_nobody_sends_it_again(
    world: World, postmaster: Postmaster, server: MailServer
) -> None:
    boxes = by_mail(world)
    real, talking, go_on = MailErrand(server, world.container.blobs), threading.Event(), threading.Event()

    def slow(delivery: Delivery) -> Trip:
        trip = real(delivery)

        def waits():  # type: ignore[no-untyped-def]
            talking.set()
            assert go_on.wait(20)
            return trip()

        return waits

    first = world.rows(OutboxMessage, topic=TOPIC)[0].id
    worker = threading.Thread(target=world.another_engine(errands={TOPIC: slow}).consume, args=(first,))
    worker.start()
    assert talking.wait(20)
    # When another worker gets the same message, and somebody else writes
    assert engine_with(world, server).consume(first) is False
    world.start(SPECIALIST)
    go_on.set()
    worker.join()
    run(world, engine_with(world, server))
    assert postmaster.boxes() == boxes


def test_a_worker_that_dies_on_the_way_leaves_the_message_to_another(
    sqlite_world: World, postmaster: Postmaster, server: MailServer
) -> None:
    boxes = by_mail(sqlite_world)

    def dies(delivery: Delivery) -> Trip:
        def trip():  # type: ignore[no-untyped-def]
            raise SystemExit

        return trip

    first = sqlite_world.rows(OutboxMessage, topic=TOPIC)[0].id
    with pytest.raises(SystemExit):
        sqlite_world.another_engine(errands={TOPIC: dies}).consume(first)
    engine = engine_with(sqlite_world, server)
    engine.drain()
    assert len(postmaster.accepted) == len(boxes) - 1
    sqlite_world.clock.advance(LONGEST_TRIP)
    engine.drain()
    assert postmaster.boxes() == boxes

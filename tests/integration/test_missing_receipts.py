"""Receipts that stay away: by each channel, on working days only, until the sender is told to ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from tests.integration.test_mail import by_mail
from tests.integration.test_mail import engine_with as mailing
from tests.integration.test_resending import RECEIVER, signed_in, token, told
from tests.support.mail import Postmaster, mail_server
from tests.support.world import CLERK, World
from workflows.documents.dispatch import receipt_letters
from workflows.documents.dispatch.reminding import remind_all
from workflows.documents.tables import Dispatch, Document

FRIDAY = datetime(2026, 9, 4, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def remind(world: World) -> int:
    return remind_all(world.engine.transaction, world.clock.now())


def sent_on(world: World, moment: datetime) -> Dispatch:
    """A document that another agency got at that moment."""
    world.clock.set(moment)
    world.numbered(world.drafting())
    world.engine.drain()
    [dispatch] = world.rows(Dispatch, recipient_agency_id="so-vhttdl")
    assert isinstance(dispatch, Dispatch)
    return dispatch


def test_a_weekend_counts_for_nobody_and_the_sender_is_told_after_three_working_days(world: World) -> None:
    dispatch = sent_on(world, FRIDAY)
    count = len(world.rows(Dispatch))
    # Given nobody is reminded on the day itself, at the weekend, or in the night before Monday
    counts = []
    for moment in (FRIDAY, FRIDAY + DAY, FRIDAY + 2 * DAY, datetime(2026, 9, 6, 23, tzinfo=UTC)):
        world.clock.set(moment)
        counts.append(remind(world))
    assert counts == [0, 0, 0, 0]
    # When Monday morning comes, each is reminded once
    world.clock.set(FRIDAY + 3 * DAY)
    assert (remind(world), remind(world)) == (count, 0)
    receiver, sender = signed_in(world, RECEIVER), signed_in(world, CLERK)
    assert "đã nhắc" in receiver.open("/van-ban-den").text
    assert "chưa xác nhận: " not in sender.open("/hop-viec").text
    # Then the sender hears of it on Wednesday: Monday, Tuesday and Wednesday are three working days
    world.clock.set(FRIDAY + 4 * DAY)
    assert remind(world) == 0
    world.clock.set(FRIDAY + 5 * DAY)
    assert (remind(world), remind(world)) == (count, 0)
    assert told(world, dispatch) == ["ReceiptReminded", "ReceiptMissing"]
    documents = len({row.document_id for row in world.rows(Dispatch)})
    sender = signed_in(world, CLERK)
    assert f"chưa xác nhận: {documents}" in sender.open("/hop-viec").text
    assert dispatch.document_id in sender.open("/van-ban-di?chua-nhan=1").text
    assert "cần hỏi lại nơi nhận" in sender.open(f"/van-ban/{dispatch.document_id}").text
    # And once all have confirmed, nothing is left to ask
    with world.container.write() as session:
        session.execute(update(Dispatch).values(status="received", received_at=world.clock.now()))
    assert "chưa xác nhận: " not in sender.open("/hop-viec").text
    assert world.faults() == []


def test_nobody_is_asked_about_what_was_voided_or_taken_back(sqlite_world: World) -> None:
    sent_on(sqlite_world, FRIDAY)
    with sqlite_world.container.write() as session:
        session.execute(update(Document).values(status="recalled"))
    sqlite_world.clock.set(FRIDAY + 5 * DAY)
    assert remind(sqlite_world) == 0


def test_a_holiday_in_the_week_is_skipped(sqlite_world: World) -> None:
    # 2 September is the National Day, 1 September the day off beside it in the shipped calendar of 2026
    dispatch = sent_on(sqlite_world, datetime(2026, 8, 31, 3, tzinfo=UTC))
    reminded = []
    for day in range(1, 5):
        sqlite_world.clock.set(datetime(2026, 8, 31, 3, tzinfo=UTC) + day * DAY)
        if remind(sqlite_world):
            reminded.append(day)
    [row] = sqlite_world.rows(Dispatch, id=dispatch.id)
    assert reminded and min(reminded) == 3 and row.reminded_at.day == 3


def test_a_mailbox_is_asked_twice_in_the_thread_and_then_its_sender_asks_and_enters_what_was_told(
    sqlite_world: World,
) -> None:
    world, postmaster = sqlite_world, Postmaster()
    world.clock.set(FRIDAY)
    boxes = by_mail(world)
    with mail_server(postmaster) as server:
        mailing(world, server).drain()
        world.clock.set(FRIDAY + 3 * DAY)
        letters = world.another_engine(errands={receipt_letters.TOPIC: receipt_letters.ReceiptLetters(server)})
        for day in (3, 4, 5, 10):
            world.clock.set(FRIDAY + day * DAY)
            assert remind(world) == (len(boxes) if day in (3, 5) else 0)
            letters.drain()
    asked = postmaster.accepted[len(boxes) :]
    ids = {f"<{row.id}@example.vn>" for row in world.rows(Dispatch)}
    assert {one["In-Reply-To"] for one in asked} == ids and len(asked) == 2 * len(boxes)
    assert len({one["Message-ID"] for one in asked}) == len(asked)
    assert "Xin xác nhận" in asked[0]["Subject"] and "gửi lại" in asked[0].get_content()
    # When the receiver tells it by telephone, its clerk enters who, how and when; a day before it left is no day
    dispatch = world.rows(Dispatch)[0]
    clerk, path = signed_in(world, CLERK), f"/van-ban/{dispatch.document_id}"
    page, action = clerk.open(path).text, f"/van-ban-di/{dispatch.id}/da-nhan"
    fields = {"name": "Bà Lan", "how": "Qua điện thoại", "day": "14/09/2026"}
    for wrong in ({"day": "03/09/2026"}, {"how": " "}, {"name": ""}):
        assert clerk.send(page, action, {**fields, **wrong}).status_code == 400
    for _ in range(2):
        assert clerk.send(page, action, fields).status_code == 303
    shown = clerk.open(path).text
    assert "Bà Lan" in shown and "Qua điện thoại" in shown and action not in shown
    assert told(world, dispatch)[-2:] == ["ReceiptMissing", "ReceiptEntered"]
    assert world.faults() == []


def test_a_receipt_is_entered_for_nobody_who_answers_within_the_program(sqlite_world: World) -> None:
    dispatch = sent_on(sqlite_world, FRIDAY)
    clerk = signed_in(sqlite_world, CLERK)
    page = clerk.open(f"/van-ban/{dispatch.document_id}").text
    action, fields = f"/van-ban-di/{dispatch.id}/da-nhan", {"name": "Bà Lan", "how": "x", "day": "04/09/2026"}
    assert action not in page
    assert clerk.client.post(action, data={**fields, **token(page)}).status_code == 404


def test_a_letter_that_cannot_leave_is_told_in_the_case(sqlite_world: World) -> None:
    dispatch = sent_on(sqlite_world, FRIDAY)
    with sqlite_world.container.write() as session:
        session.get_one(Dispatch, dispatch.id).channel = "email"
    sqlite_world.clock.set(FRIDAY + 3 * DAY)
    remind(sqlite_world)
    sqlite_world.engine.drain()
    assert told(sqlite_world, dispatch) == ["ReceiptReminded", "ReceiptReminderNotMailed"]


def test_what_the_exchange_network_never_answers_is_the_sender_s_to_ask(sqlite_world: World, tmp_path: Path) -> None:
    dispatch = sent_on(sqlite_world, FRIDAY)
    with sqlite_world.container.write() as session:
        row = session.get_one(Dispatch, dispatch.id)
        row.channel, row.status = "edxml", "handed_over"
    for day in (3, 4, 5):
        sqlite_world.clock.set(FRIDAY + day * DAY)
        remind(sqlite_world)
    assert told(sqlite_world, dispatch) == ["ReceiptMissing"]

"""Whoever owes dated work is reminded of it once, before its end, and the case can prove it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import update

from engine.commands import ExtendDeadline, Remind, ResumeCase, SuspendCase
from engine.commands.happenings import OnlySystem
from engine.commands.reminders import TOPIC
from engine.tables import CaseState, WorkItem
from engine.unit_of_work import Receipt
from tests.support.mail import Postmaster, mail_server
from tests.support.small import complete, execute, form, happened, install, item_of, payload, procedure, start, task
from tests.support.web import Browser
from tests.support.world import World
from web.app import assemble
from workflows.agencies.channels import route
from workflows.agencies.directory import AgencyDirectory
from workflows.agencies.tables import AgencyChannel
from workflows.documents.dispatch.smtp import MailServer
from workflows.reminders import ReminderErrand

HEAD, SPECIALIST, LEAD = "ld.so-vhttdl", "cv.so-vhttdl", "so-vhttdl"
DEADLINES = """
reply:
  name: {vi: Trả lời}
  regimes:
    - {from: 2020-01-01, clock: working_days, amount: 5, source: TK, basis: "", confidence: V, note: {vi: Nội bộ}}
"""
# Begun on Tuesday 01/9/2026; the 1st and 2nd are holidays: five working days end on 09/9.
EVENING_BEFORE, LAST_MORNING = datetime(2026, 9, 8, 12, tzinfo=UTC), datetime(2026, 9, 9, 1, tzinfo=UTC)


@pytest.fixture
def dated(world: World) -> World:
    """Cases of this procedure have two steps with the same last day, and one without any."""

    def due(id_: str) -> str:
        return task(id_).replace("</bpmn:extensionElements>", '<ph:deadline rule="reply"/></bpmn:extensionElements>')

    nodes = ["startEvent begin", "parallelGateway split", due("answer"), due("prepare"), task("think")]
    ends = ["endEvent end1", "endEvent end2", "endEvent end3"]
    flows = ["begin split", "split answer", "split prepare", "split think", "answer end1", "prepare end2", "think end3"]
    bundle = procedure("dated", nodes + ends, flows, forms={"note": form("note")}, deadlines=DEADLINES)
    return install(world, bundle)


@pytest.fixture
def postmaster() -> Postmaster:
    return Postmaster()


@pytest.fixture
def server(postmaster: Postmaster) -> Iterator[MailServer]:
    with mail_server(postmaster) as running:
        yield running


def reminded(world: World, case: Receipt) -> list[str]:
    """The steps of which the case has reminded somebody."""
    return sorted(
        event.envelope["origin"]["element_id"] for event in world.history(case.case_id) if event.type == "Reminded"
    )


def later(world: World, moment: datetime) -> None:
    world.clock.set(moment)
    world.engine.drain()


def test_what_is_still_owed_on_its_last_morning_is_told_once(dated: World) -> None:
    case = start(dated, "dated", SPECIALIST)
    complete(dated, case.case_id, "prepare", SPECIALIST)
    later(dated, EVENING_BEFORE)
    assert reminded(dated, case) == []
    later(dated, LAST_MORNING)
    later(dated, datetime(2026, 9, 20, tzinfo=UTC))
    assert reminded(dated, case) == ["answer"]
    told = payload(dated, case.case_id, "Reminded")
    assert (told["agency_id"], told["due_at"]) == (LEAD, "2026-09-09T16:59:59Z")
    # And it is marked in the inbox, on the task and told in the history of the case
    browser = Browser(assemble(dated.container).test_client())
    browser.sign_in(SPECIALIST)
    assert browser.open("/hop-viec").text.count("đã nhắc 09/09/2026") == 1
    assert "đã nhắc 09/09/2026" in browser.open(f"/viec/{item_of(dated, case.case_id, 'answer')}").text
    assert "Nhắc hạn" in browser.open(f"/vu-viec/{case.case_code}").text
    assert dated.faults() == []


def test_rival_schedulers_remind_once(dated: World) -> None:
    cases = [start(dated, "dated", SPECIALIST) for _ in range(5)]
    dated.clock.set(LAST_MORNING)
    engines = [dated.another_engine() for _ in range(3)]
    threads = [threading.Thread(target=engine.remind_of_due_work) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reminded(dated, case) for case in cases] == [["answer", "prepare"]] * 5


def test_a_new_end_gets_a_reminder_of_its_own(dated: World) -> None:
    case = start(dated, "dated", SPECIALIST)
    later(dated, LAST_MORNING)
    new_end = datetime(2026, 9, 21, 9, tzinfo=UTC)
    target = item_of(dated, case.case_id, "answer")
    execute(dated, ExtendDeadline(case.case_id, target, new_end, "Chờ số liệu", "Công văn 12/SVHTTDL"), HEAD)
    later(dated, datetime(2026, 9, 21, 0, 59, tzinfo=UTC))
    assert reminded(dated, case) == ["answer", "prepare"]
    later(dated, datetime(2026, 9, 21, 1, tzinfo=UTC))
    assert reminded(dated, case) == ["answer", "answer", "prepare"]


def test_a_case_that_stands_still_reminds_once_it_goes_on(dated: World) -> None:
    case = start(dated, "dated", SPECIALIST)
    execute(dated, SuspendCase(case.case_id, "Chờ Bộ"), HEAD)
    later(dated, LAST_MORNING)
    assert reminded(dated, case) == []
    execute(dated, ResumeCase(case.case_id, "Bộ đã trả lời"), HEAD)
    assert reminded(dated, case) == ["answer", "prepare"]


def test_a_case_that_cannot_be_opened_keeps_nobody_from_being_reminded(dated: World) -> None:
    broken, sound = start(dated, "dated", SPECIALIST), start(dated, "dated", SPECIALIST)
    with dated.container.write() as session:
        session.execute(update(CaseState).where(CaseState.case_id == broken.case_id).values(state=b"?"))
    dated.clock.set(LAST_MORNING)
    dated.engine.remind_of_due_work(limit=1)
    dated.engine.remind_of_due_work(limit=1)
    assert (reminded(dated, broken), reminded(dated, sound)) == ([], ["answer", "prepare"])
    [waiting] = {row.remind_at for row in dated.rows(WorkItem, case_id=broken.case_id, element_id="answer")}
    assert waiting > LAST_MORNING


def test_nobody_reminds_by_hand(dated: World) -> None:
    case = start(dated, "dated", SPECIALIST)
    with pytest.raises(OnlySystem):
        execute(dated, Remind(case.case_id), HEAD)


def test_an_agency_that_wants_mail_gets_one_without_the_matter(
    dated: World, postmaster: Postmaster, server: MailServer
) -> None:
    case = start(dated, "dated", SPECIALIST)
    mails(dated, server)
    later(dated, LAST_MORNING)
    assert postmaster.boxes() == ["so-vhttdl@example.vn"] * 2
    text = postmaster.accepted[0].get_body()
    assert text is not None
    assert case.case_code in text.get_content() and "23:59 ngày 09/09/2026" in text.get_content()
    assert happened(dated, case.case_id).count("ReminderMailed") == 2


def test_a_mailbox_that_refuses_is_told_in_the_case(dated: World, postmaster: Postmaster, server: MailServer) -> None:
    case = start(dated, "dated", SPECIALIST)
    mails(dated, server)
    postmaster.answers = {"so-vhttdl@example.vn": ["550 No such user here"]}
    later(dated, LAST_MORNING)
    assert "No such user" in payload(dated, case.case_id, "ReminderNotMailed")["reply"]
    assert postmaster.boxes() == ["so-vhttdl@example.vn"]


def mails(world: World, server: MailServer) -> None:
    """The lead wants e-mail, and the program has a server for it."""
    with world.container.write() as session:
        channel = AgencyChannel(
            agency_id=LEAD, valid_from=date(2020, 1, 1), channel="email", email=f"{LEAD}@example.vn"
        )
        session.add(channel)
    errands: dict[str, Any] = {TOPIC: ReminderErrand(server, route, AgencyDirectory())}
    world.container.engine = world.another_engine(errands=errands)

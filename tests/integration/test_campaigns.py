"""Campaigns: who owes the plan on which day, agencies that end meanwhile, and one result for all who took part."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen

from engine.actors import Actor
from engine.clock import ZONE
from engine.commands import ClaimWorkItem, CompleteWorkItem, StartCase
from engine.queries.variables import variables_of
from engine.tables import Case, ChildCase, WorkItem
from tests.support.world import World
from workflows.campaigns import consolidated
from workflows.campaigns.progress import Line, counts, lines
from workflows.campaigns.respondents import heir, respondents
from workflows.documents.tables import Dispatch, Document

DISTRICTS, COMMUNES = 13, 148
CONFIRMED = ["confirmed"]


def on(text: str) -> date:
    return date.fromisoformat(text)


def test_thirteen_districts_owed_a_plan_and_148_communes_owe_it_now(world: World) -> None:
    before = world.ask(lambda s: respondents(s, on("2025-06-30"), "so-vhttdl"))
    after = world.ask(lambda s: respondents(s, on("2025-07-01"), "so-vhttdl"))
    assert sum(one.startswith(("huyen-", "tp-", "tx-")) for one in before) == DISTRICTS
    assert sum(one.startswith(("xa-", "phuong-")) for one in after) == COMMUNES
    assert "so-vhttdl" not in before + after
    assert "so-ngoai-vu" in before and "so-ngoai-vu" in after


@pytest.mark.parametrize(
    ("agency", "day", "answers"),
    [
        ("so-khdt", "2025-02-28", "so-khdt"),
        ("so-khdt", "2025-03-01", "so-tai-chinh"),
        ("so-tttt", "2025-03-01", None),  # split: no single heir
        ("huyen-thanh-ba", "2025-07-01", None),
        ("bao-phu-tho", "2025-07-01", "bao-ptth"),
    ],
)
def test_one_successor_answers_for_a_dissolved_agency(world: World, agency: str, day: str, answers: str | None) -> None:
    assert world.ask(lambda s: heir(s, agency, on(day), "so-vhttdl")) == answers


def test_whose_work_went_to_the_agency_that_asks_owes_nothing(world: World) -> None:
    assert world.ask(lambda s: heir(s, "so-khdt", on("2025-03-01"), "so-tai-chinh")) is None


# A campaign of its own pace: any officer of any agency ----------------------------------------------------------------

LEAD = "so-vhttdl"


def at(world: World, text: str) -> None:
    world.clock.set(datetime.fromisoformat(text).replace(tzinfo=ZONE))


def officer(agency: str, duty: str) -> Actor:
    """Nobody in particular: the engine trusts its callers about who acts."""
    return Actor(f"{duty}-{agency}", f"{duty} {agency}", agency, agency, frozenset({duty}), channel="scenario")


def work(world: World, case_id: str, element: str, **data: Any) -> None:
    """Complete the oldest open item of that element in the case."""
    with world.engine.read() as session:
        query = select(WorkItem).where(
            WorkItem.case_id == case_id, WorkItem.element_id == element, WorkItem.status == "open"
        )
        item = session.scalars(query.order_by(WorkItem.created_at)).first()
    assert item is not None, (element, [i.element_id for i in world.open_items(case_id)])
    actor = officer(item.agency_id, item.duty)
    world.engine.execute(ClaimWorkItem(item.id), actor=actor, key=f"claim {item.id}")
    world.engine.execute(CompleteWorkItem(item.id, data), actor=actor, key=f"do {item.id}")
    world.engine.drain()


def paper(world: World, case_id: str) -> None:
    work(world, case_id, "edit_paper", paper_subject="Văn bản của đợt", paper_body="Nội dung.", no_secret=CONFIRMED)
    work(world, case_id, "approve_paper", approval="approve")
    work(world, case_id, "number_paper", form_checked=CONFIRMED)


def opened(world: World, due_on: str) -> str:
    """An ad hoc campaign on the day that the clock shows, for everybody who owes reports on that day."""
    command = StartCase("ad-hoc-report")
    receipt = world.engine.execute(command, actor=officer(LEAD, "specialist"), key=f"campaign {due_on}")
    world.engine.drain()
    known = world.ask(lambda s: variables_of(s, [receipt.case_id]))[receipt.case_id]
    item = world.open_items(receipt.case_id)[0]
    data = {"launch": "open", "campaign": "Báo cáo đột xuất", "year": 2025, "due_on": due_on, "focus": "Tình hình"}
    world.engine.execute(
        CompleteWorkItem(item.id, {**data, "respondents": known["respondents"]}),
        actor=officer(LEAD, "specialist"),
        key=f"open {due_on}",
    )
    paper(world, receipt.case_id)
    return receipt.case_id


def children(world: World, case_id: str) -> dict[str, ChildCase]:
    found = world.ask(lambda s: s.scalars(select(ChildCase).where(ChildCase.parent_id == case_id)).all())
    return {child.key: child for child in found}


def hand_in(world: World, case_id: str) -> None:
    work(world, case_id, "write_return", answer="Không có.", no_secret=CONFIRMED)
    paper(world, case_id)


def outcomes(world: World, case_id: str) -> dict[str, str | None]:
    return {key: child.outcome for key, child in children(world, case_id).items()}


def pass_days(world: World, days: int) -> None:
    for _ in range(days):
        world.clock.advance(timedelta(days=1))
        world.engine.drain()


def test_districts_that_end_in_mid_campaign_are_exempt_and_a_successor_reports_for_another(world: World) -> None:
    """From 13 districts to 148 communes: the list of a campaign is that of its first day, the next one's is new."""
    at(world, "2025-06-20T08:00")
    campaign = opened(world, "2025-07-15")
    districts = [key for key in children(world, campaign) if key.startswith(("huyen-", "tp-", "tx-"))]
    assert len(districts) == DISTRICTS
    first = children(world, campaign)["huyen-cam-khe"]
    hand_in(world, str(first.child_id))
    pass_days(world, 12)
    ended = outcomes(world, campaign)
    assert {ended[key] for key in districts if key != "huyen-cam-khe"} == {"MIEN_NOP"}
    assert ended["huyen-cam-khe"] is None  # it reported while it existed; what came is still to be checked
    assert ended["so-ngoai-vu"] is None
    work(world, str(first.child_id), "check_return", received_on="2025-06-20", check_result="accepted")
    assert outcomes(world, campaign)["huyen-cam-khe"] == "DA_NHAN_DUNG_HAN"
    asked = children(world, opened(world, "2025-07-31"))
    assert sum(key.startswith(("xa-", "phuong-")) for key in asked) == COMMUNES
    assert not set(asked) & set(districts)
    assert world.faults() == []


def test_a_department_that_is_merged_leaves_its_report_to_the_successor(world: World) -> None:
    at(world, "2025-02-20T08:00")
    command = StartCase("ad-hoc-report")
    receipt = world.engine.execute(command, actor=officer("so-tttt", "specialist"), key="campaign")
    item = world.open_items(receipt.case_id)[0]
    data = {"launch": "open", "campaign": "Đợt", "year": 2025, "due_on": "2025-03-20", "focus": "Tình hình"}
    complete = CompleteWorkItem(item.id, {**data, "respondents": ["so-khdt", "so-ngoai-vu"]})
    world.engine.execute(complete, actor=officer("so-tttt", "specialist"), key="open")
    paper(world, receipt.case_id)
    pass_days(world, 12)
    child = str(children(world, receipt.case_id)["so-khdt"].child_id)
    (item,) = world.open_items(child)
    assert (item.element_id, item.agency_id) == ("write_return", "so-tai-chinh")
    hand_in(world, child)
    body = world.ask(lambda s: s.scalars(select(Document).where(Document.case_id == child)).one())
    assert body.issuer_agency_id == "so-tai-chinh"
    work(world, child, "check_return", received_on="2025-03-05", check_result="accepted")
    pass_days(world, 35)
    found = world.ask(lambda s: consolidated.table(s, world.engine.versions, receipt.case_id))
    assert [(row["agency"], row["respondent"], row["outcome"]) for row in found.rows] == [
        ("so-khdt", "so-tai-chinh", "DA_NHAN_DUNG_HAN"),
        ("so-ngoai-vu", "so-ngoai-vu", "KHONG_NOP"),
    ]
    assert found.missing == ["so-ngoai-vu"]


def recipients(world: World, case_id: str, type_: str) -> list[list[str]]:
    """To whom each document of that type of the case went, in order of issue."""
    query = select(Document.id).where(Document.case_id == case_id, Document.type == type_).order_by(Document.issued_at)
    documents = world.ask(lambda s: s.scalars(query).all())
    sent = select(Dispatch.document_id, Dispatch.recipient_agency_id)
    rows = world.ask(lambda s: s.execute(sent.where(Dispatch.document_id.in_(documents))).all())
    return [sorted(agency for id_, agency in rows if id_ == document) for document in documents]


def test_one_letter_reaches_160_respondents_and_one_result_all_that_took_part(sqlite_world: World) -> None:
    world = sqlite_world
    at(world, "2026-09-01T08:00")
    campaign = opened(world, "2026-09-20")
    owing = children(world, campaign)
    assert len(owing) > 150
    assert recipients(world, campaign, "CV") == [sorted(owing)]
    took_part = sorted(owing)[:5]
    for agency in took_part:
        child = str(owing[agency].child_id)
        hand_in(world, child)
        work(world, child, "check_return", received_on="2026-09-01", check_result="accepted")
    pass_days(world, 22)
    paper(world, campaign)
    assert recipients(world, campaign, "CV")[1] == sorted(set(owing) - set(took_part))
    pass_days(world, 12)  # nobody writes the second letter; then the campaign waits no longer
    work(world, campaign, "assess", assessment="Tổng hợp.", no_secret=CONFIRMED)
    paper(world, campaign)
    paper(world, campaign)
    case = world.ask(lambda s: s.get_one(Case, campaign))
    assert (case.status, case.outcome) == ("ended", "DA_TONG_HOP_TRINH")
    assert recipients(world, campaign, "TB") == [took_part]
    assert world.faults() == []


def test_the_page_of_progress_says_who_stands_how_in_two_queries(sqlite_world: World) -> None:
    world = sqlite_world
    at(world, "2026-09-01T08:00")
    campaign = opened(world, "2026-09-20")
    owing = children(world, campaign)
    sent, returned = sorted(owing)[:2]
    for agency, result in ((sent, {"check_result": "accepted"}), (returned, {"check_result": "return"})):
        child = str(owing[agency].child_id)
        hand_in(world, child)
        note = {"check_note": "Thiếu số liệu."} if agency == returned else {}
        work(world, child, "check_return", received_on="2026-09-01", **result, **note)
    early = world.ask(lambda s: counts(lines(s, officer(LEAD, "specialist"), campaign, world.clock.now())))
    assert (early["unopened"], early["overdue"]) == (len(owing) - 2, 0)
    world.clock.advance(timedelta(days=20))
    with world.engine.read() as session:
        asked: list[str] = []
        listen(session.get_bind(), "before_cursor_execute", lambda *a: asked.append(a[2]))
        found = lines(session, officer(LEAD, "specialist"), campaign, world.clock.now())
        assert sum(one.startswith("SELECT") for one in asked) == 2
    stand = counts(found)
    assert (stand["DA_NHAN_DUNG_HAN"], stand["returned"], stand["overdue"]) == (1, 1, len(owing) - 2)
    assert all(line.visible for line in found)
    assert not any(line.visible for line in lines_of_stranger(world, campaign))


def lines_of_stranger(world: World, campaign: str) -> list[Line]:
    stranger = officer("so-noi-vu-khac", "specialist")
    return list(world.ask(lambda s: lines(s, stranger, campaign, world.clock.now())))


@pytest.mark.parametrize(
    ("procedure", "eve", "day", "year"),
    [
        ("annual-report", "2026-09-30T23:59", "2026-10-01T00:00", 2026),
        ("annual-plan", "2026-11-30T23:59", "2026-12-01T00:00", 2027),
    ],
)
def test_the_yearly_campaigns_open_by_themselves_on_their_day(
    sqlite_world: World, procedure: str, eve: str, day: str, year: int
) -> None:
    world, query = sqlite_world, select(Case).where(Case.procedure_id == procedure)
    for moment, number in ((eve, 0), (day, 1)):
        at(world, moment)
        while world.engine.start_due_cases():
            pass
        assert len(world.ask(lambda s: s.scalars(query).all())) == number
    case = world.ask(lambda s: s.scalars(query).one())
    assert (case.initiator_agency, world.open_items(case.id)[0].element_id) == (LEAD, "open_campaign")
    known = world.ask(lambda s: variables_of(s, [case.id]))[case.id]
    assert known["year"] == year
    assert sum(one.startswith(("xa-", "phuong-")) for one in known["respondents"]) == COMMUNES

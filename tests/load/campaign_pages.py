"""How long the whole pages of a campaign of 200 respondents take, as a browser asks for them.

The agencies of a demo store and as many more as are missing; some have answered, the others stay silent until the
campaign closes and is put together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import ManualClock, local_date
from engine.commands import ClaimWorkItem, CompleteWorkItem, StartCase
from engine.tables import Case, ChildCase, WorkItem
from tests.load.figures import Figures, spread, timed
from tests.support.web import START, Browser
from web.app import assemble
from web.bootstrap import ensure_ready
from web.wiring import Container, build
from workflows.agencies.facts import ORGANISATION
from workflows.agencies.tables import Agency, AgencyName
from workflows.campaigns import consolidated
from workflows.scenarios.world import next_event_at

RESPONDENTS, SENT = 200, 30
LONGEST = timedelta(days=60)  # of a campaign, from its last day on
LEAD, SIGN_IN = "so-vhttdl", "cv.so-vhttdl"
CONFIRMED = ["confirmed"]
PAPER = {"paper_subject": "Văn bản của đợt", "paper_body": "Nội dung.", "no_secret": CONFIRMED}
CAMPAIGN = {
    "launch": "open",
    "campaign": "Báo cáo năm",
    "year": 2026,
    "due_on": "2026-09-20",
    "period_from": "2025-11-01",
    "period_to": "2026-08-31",
    "ministry": "bo-vhttdl",
}
COUNTED = ("news_items", "foreign_items", "publications", "events", "press_teams", "incidents", "courses_held", "spent")
SAID = {"results": "Hoàn thành.", "difficulties": "Thiếu người biên dịch.", "proposals": "Bố trí kinh phí."}
RETURN = {**dict.fromkeys(COUNTED, 3), **SAID, "figures_note": "Không có.", "no_secret": CONFIRMED}
NAMED = {"short_name": "Đơn vị", "abbreviation": "DV", "place": "Phú Thọ", "head_title": "Giám đốc"}
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("edit_paper", PAPER),
    ("approve_paper", {"approval": "approve"}),
    ("number_paper", {"form_checked": CONFIRMED}),
)


def measure(url: str, looks: int) -> Figures:
    """`<page>_p50_ms` and so on: progress, spreadsheet, parent case, one child, the lead's inbox; then the table."""
    with campaign(url) as (container, clock, code):
        clock.advance(timedelta(days=1))
        browser = Browser(assemble(container).test_client())
        assert browser.sign_in(SIGN_IN).status_code == 303
        child = _child_code(container)
        pages = {
            "progress": f"/dot/{code}",
            "spreadsheet": f"/dot/{code}.xlsx",
            "parent_case": f"/vu-viec/{code}",
            "child_case": f"/vu-viec/{child}",
            "lead_inbox": "/hop-viec",
        }
        found: Figures = {"http_respondents": _asked(container), **_looks(browser.client, pages, looks)}
        _close(container, clock, code)
        assert browser.sign_in(SIGN_IN).status_code == 303  # the session has run out meanwhile
        put_together = {"consolidated": f"/dot/{code}/tong-hop", "consolidated_spreadsheet": f"/dot/{code}.xlsx"}
        return found | _looks(browser.client, put_together, looks)


def _looks(client: FlaskClient, pages: Mapping[str, str], looks: int) -> Figures:
    found: Figures = {}
    for name, path in pages.items():
        found |= spread([_look(client, path) for _ in range(looks)], f"http_{name}_")
    return found


@contextmanager
def campaign(url: str) -> Iterator[tuple[Container, ManualClock, str]]:
    """A demo store with a campaign that asks every agency, some of whom have sent their answer; its code."""
    with TemporaryDirectory() as folder:
        clock = ManualClock(START)
        container = build({"DATA_DIR": str(Path(folder)), "DATABASE_URL": url, "STORE": "demo"}, clock)
        ensure_ready(container, with_cases=False)
        try:
            yield container, clock, _opened(container)
        finally:
            container.engine.database.dispose()


def _opened(container: Container) -> str:
    engine = container.engine
    asked = _respondents(container)
    receipt = engine.execute(StartCase("annual-report"), actor=_officer(LEAD, "specialist"), key="open")
    engine.drain()
    _work(container, receipt.case_id, "open_campaign", {**CAMPAIGN, "respondents": asked})
    _paper(container, receipt.case_id)
    with engine.read() as session:
        children = list(session.scalars(select(ChildCase.child_id).where(ChildCase.parent_id == receipt.case_id)))
    for child in children[:SENT]:
        _work(container, str(child), "write_return", RETURN)
        _paper(container, str(child))
        _work(container, str(child), "check_return", {"received_on": "2026-09-01", "check_result": "accepted"})
    assert len(children) == len(asked)
    return receipt.case_code


def _respondents(container: Container) -> list[str]:
    """As many agencies as asked for, beside the one that asks: those of the demo store, and others made for this."""
    with container.write() as session:
        today = local_date(container.engine.clock.now())
        known = sorted(container.directory.active_agencies(session, today) - {LEAD})
        more = [f"don-vi-{number:03d}" for number in range(RESPONDENTS - len(known))]
        session.add_all(Agency(id=id_, kind=ORGANISATION, valid_from=today) for id_ in more)
        session.flush()
        session.add_all(AgencyName(agency_id=id_, valid_from=today, name=f"Đơn vị {id_}", **NAMED) for id_ in more)
    return [*known, *more][:RESPONDENTS]


def _close(container: Container, clock: ManualClock, code: str) -> None:
    """Let the days pass, with the letters that urge the silent, until the campaign is put together."""
    with container.engine.read() as session:
        case = session.scalars(select(Case).where(Case.code == code)).one()
    until = clock.now() + LONGEST
    while clock.now() < until:
        with container.engine.read() as session:
            if consolidated.table(session, container.engine.versions, case.id) is not None:
                return
            clock.set(next_event_at(session, clock.now()) or until)
        container.engine.drain()
        with container.engine.read() as session:
            letters = _open_items(session, case.id, "edit_paper")
        for _ in letters:
            _paper(container, case.id)
    raise AssertionError("the campaign did not close")


def _open_items(session: Session, case_id: str, element: str) -> list[WorkItem]:
    query = select(WorkItem).where(WorkItem.case_id == case_id, WorkItem.element_id == element)
    return list(session.scalars(query.where(WorkItem.closed_at.is_(None))))


def _paper(container: Container, case_id: str) -> None:
    for element, data in STEPS:
        _work(container, case_id, element, data)


def _work(container: Container, case_id: str, element: str, data: dict[str, Any]) -> None:
    with container.engine.read() as session:
        [item] = _open_items(session, case_id, element)
    actor = _officer(item.agency_id, item.duty)
    if item.assignee_id is None:
        container.engine.execute(ClaimWorkItem(item.id), actor=actor, key=f"claim {item.id}")
    container.engine.execute(CompleteWorkItem(item.id, data), actor=actor, key=f"do {item.id}")
    container.engine.drain()


def _officer(agency: str, duty: str) -> Actor:
    return Actor(f"{duty}-{agency}", f"{duty} {agency}", agency, agency, frozenset({duty}), channel="scenario")


def _asked(container: Container) -> int:
    with container.engine.read() as session:
        return len(session.scalars(select(ChildCase.key)).all())


def _child_code(container: Container) -> str:
    with container.engine.read() as session:
        query = select(Case.code).where(Case.procedure_id == "respondent-return").order_by(Case.code)
        return str(session.scalars(query.limit(1)).one())


def _look(client: FlaskClient, path: str) -> float:
    """Milliseconds until the page is there."""
    taken, answer = timed(lambda: client.get(path))
    assert answer.status_code == 200, (path, answer.status_code)
    return taken

"""How long the whole pages of a campaign take that asks every agency there is, as a browser asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from engine.actors import Actor
from engine.clock import ManualClock, local_date
from engine.commands import ClaimWorkItem, CompleteWorkItem, StartCase
from engine.tables import Case, ChildCase, WorkItem
from tests.load.figures import Figures, spread, timed
from tests.support.web import START, Browser
from web.app import assemble
from web.bootstrap import ensure_ready
from web.wiring import Container, build

SENT = 30
LEAD, SIGN_IN = "so-vhttdl", "cv.so-vhttdl"
CONFIRMED = ["confirmed"]
PAPER = {"paper_subject": "Văn bản của đợt", "paper_body": "Nội dung.", "no_secret": CONFIRMED}
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("edit_paper", PAPER),
    ("approve_paper", {"approval": "approve"}),
    ("number_paper", {"form_checked": CONFIRMED}),
)


def measure(url: str, looks: int) -> Figures:
    """`<page>_p50_ms` and so on: progress, spreadsheet, parent case, one child, and the inbox of who asked."""
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
        found: Figures = {"http_respondents": _asked(container)}
        for name, path in pages.items():
            found |= spread([_look(browser.client, path) for _ in range(looks)], f"http_{name}_")
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
    with engine.read() as session:
        active = container.directory.active_agencies(session, local_date(engine.clock.now()))
    asked = sorted(active - {LEAD})
    receipt = engine.execute(StartCase("ad-hoc-report"), actor=_officer(LEAD, "specialist"), key="open")
    engine.drain()
    data = {"launch": "open", "campaign": "Báo cáo đột xuất", "year": 2026, "due_on": "2026-09-20"}
    _work(container, receipt.case_id, "open_campaign", {**data, "focus": "Tình hình", "respondents": asked})
    _paper(container, receipt.case_id)
    with engine.read() as session:
        children = list(session.scalars(select(ChildCase.child_id).where(ChildCase.parent_id == receipt.case_id)))
    for child in children[:SENT]:
        _work(container, str(child), "write_return", {"answer": "Không có.", "no_secret": CONFIRMED})
        _paper(container, str(child))
    assert len(children) == len(asked)
    return receipt.case_code


def _paper(container: Container, case_id: str) -> None:
    for element, data in STEPS:
        _work(container, case_id, element, data)


def _work(container: Container, case_id: str, element: str, data: dict[str, Any]) -> None:
    with container.engine.read() as session:
        query = select(WorkItem).where(WorkItem.case_id == case_id, WorkItem.element_id == element)
        item = session.scalars(query.where(WorkItem.closed_at.is_(None))).one()
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

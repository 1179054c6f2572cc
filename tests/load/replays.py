"""How long an auditor waits in a case of thousands of events: opening its timeline, stepping, jumping, comparing."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from engine.actors import SYSTEM, Actor
from engine.clock import ManualClock
from engine.commands import ClaimWorkItem, CompleteWorkItem, StartCase
from engine.procedures.bundle import Bundle
from engine.procedures.layout import layout
from engine.procedures.versions import publish
from engine.replay import marks, replay
from engine.replay.verdict import AGREES
from engine.tables import Case
from engine.unit_of_work import Receipt
from tests.load import world
from tests.load.figures import Figures, spread, timed
from tests.support.bpmn import bpmn
from tests.support.web import START, Browser
from web.app import assemble
from web.bootstrap import ensure_ready
from web.wiring import Container, build

AGENCY = "so-ngoai-vu"
PROCEDURE = "long-loop"
OFFICER = Actor(f"cv-{AGENCY}", "Chuyên viên 1", AGENCY, "Sở Ngoại vụ", frozenset({"specialist"}), channel="scenario")
AUDITOR = "kiemtra"


def measure(url: str, events: int, looks: int) -> Figures:
    """Build a case of that many events by its officers' own acts, mark it, and look at it as an auditor does."""
    with TemporaryDirectory() as folder:
        settings = {"DATA_DIR": str(Path(folder)), "DATABASE_URL": url, "STORE": "demo"}
        container = build(settings, ManualClock(START))
        ensure_ready(container, with_cases=False)
        try:
            made, receipt = timed(lambda: _long_case(container, events))
            marking, count = timed(lambda: _mark_all(container))
            rerun, agrees = timed(lambda: _agrees(container, receipt.case_id))
            assert agrees
            figures: Figures = {"events": receipt.seq, "marks": count}
            figures |= {"made_seconds": round(made / 1000, 1), "marking_seconds": round(marking / 1000, 2)}
            figures |= {"whole_replay_seconds": round(rerun / 1000, 2)}
            return figures | _looked_at(container, receipt, looks)
        finally:
            container.engine.database.dispose()


def _loop() -> Bundle:
    nodes = ["startEvent begin", "exclusiveGateway turn", world.task("work", AGENCY), "exclusiveGateway enough"]
    flows = ["begin turn", "turn work", "work enough", "enough turn defined('again') and again", "enough done default"]
    files = world.bundle(PROCEDURE, bpmn([*nodes, "endEvent done"], flows, "long_loop")).files
    description = files["procedure.yaml"].replace(b"LEAD", b"EXT_INFO")
    return Bundle({**files, "procedure.yaml": description, "process.bpmn": layout(files["process.bpmn"])})


def _long_case(container: Container, events: int) -> Receipt:
    engine = container.engine
    with engine.transaction() as session:
        publish(session, _loop(), actor=SYSTEM, now=START, document_templates="0", checks=lambda *_: [])
    receipt, turn = engine.execute(StartCase(PROCEDURE), actor=OFFICER, key="open"), 0
    while receipt.seq < events:
        [item] = receipt.open_items
        if item.assignee_id is None:
            engine.execute(ClaimWorkItem(item.id), actor=OFFICER, key=f"claim {turn}")
        values = {**world.VALUES, "note": f"Lần {turn}", "again": True}
        receipt, turn = engine.execute(CompleteWorkItem(item.id, values), actor=OFFICER, key=f"do {turn}"), turn + 1
    return receipt


def _mark_all(container: Container) -> int:
    engine, count = container.engine, 0
    while made := marks.keep(engine.database, engine.versions, engine.clock):
        count += made
    return count


def _agrees(container: Container, case_id: str) -> bool:
    with container.read() as session:
        case = session.get_one(Case, case_id)
        return replay(session, container.engine.versions, case).answer == AGREES


def _looked_at(container: Container, receipt: Receipt, looks: int) -> Figures:
    """`open_…`: the whole page at the last event; `step_…`: the next event; `jump_…`: any; the pages of the others."""
    browser = Browser(assemble(container).test_client())
    assert browser.sign_in(AUDITOR).status_code == 303
    base, chance = f"/vu-viec/{receipt.case_code}/dien-lai", Random(1)
    begin = receipt.seq // 2

    def anywhere() -> int:
        return chance.randrange(1, receipt.seq + 1)

    pages = {
        "open": [base for _ in range(looks)],
        "case": [f"/vu-viec/{receipt.case_code}" for _ in range(looks)],
        "step": [f"{base}/buoc/{begin + turn}" for turn in range(looks)],
        "jump": [f"{base}/buoc/{anywhere()}" for _ in range(looks)],
        "table": [f"{base}/bang?trang={1 + anywhere() // 100}" for _ in range(looks)],
        "compare": [f"{base}/so-sanh?tu={anywhere()}&den={anywhere()}" for _ in range(looks)],
    }
    found: Figures = {}
    for name, paths in pages.items():
        _look(browser, paths[0])  # once for what is loaded once
        found |= spread([_look(browser, path) for path in paths], f"{name}_")
    return found


def _look(browser: Browser, path: str) -> float:
    """Milliseconds until the page is there."""
    taken, answer = timed(lambda: browser.open(path))
    assert answer.status_code == 200, (path, answer.status_code)
    return taken

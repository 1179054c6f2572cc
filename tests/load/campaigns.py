"""How fast the progress of a campaign and its spreadsheet are, among very many other open work items."""

from __future__ import annotations

from sqlalchemy import Engine as Database
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.database import WRITING
from engine.tables import Case, CaseAgency, ChildCase
from tests.load import inbox, world
from tests.load.figures import Figures, percentile, spread, timed
from workflows.campaigns import progress
from workflows.campaigns.services import BATCH
from workflows.campaigns.workbook import Sheet, workbook

RESPONDENTS = 200
OTHERS = 10_000
PARENT = "case-0"
LEAD = Actor("p", "p", "agency-000", "agency-000", frozenset({"specialist"}))


def measure(url: str, looks: int) -> Figures:
    """`page_p50_ms` and so on of reading 200 respondents, and `xlsx_p50_ms` of writing them."""
    database = world.open_engine(url).database
    world.create_schema(database)
    inbox.fill(database, OTHERS)
    _campaign(database)
    with Session(database) as session:
        pages = [timed(lambda: progress.lines(session, LEAD, PARENT, inbox.NOW)) for _ in range(looks)]
    rows = [[line.agency_id, line.standing, line.step, line.code] for line in pages[0][1]]
    sheets = [timed(lambda: workbook([Sheet("a", ["a", "b", "c", "d"], rows)]))[0] for _ in range(looks // 3)]
    database.dispose()
    return {
        "respondents": len(rows),
        **spread([taken for taken, _ in pages], "page_"),
        "xlsx_p50_ms": round(percentile(sheets, 0.5), 3),
    }


def _campaign(database: Database) -> None:
    """Make the first cases of the store the children of one, seen by the agency that asks."""
    begun = select(Case.id, Case.procedure_id).where(Case.id != PARENT).order_by(Case.id).limit(RESPONDENTS)
    same = {"parent_id": PARENT, "batch": BATCH, "status": "running", "told": False, "data": {}}
    with database.execution_options(**{WRITING: True}).begin() as connection:
        rows = [
            {**same, "key": id_, "child_id": id_, "agency_id": id_, "procedure_id": procedure}
            for id_, procedure in connection.execute(begun)
        ]
        connection.execute(insert(ChildCase), rows)
        seen = [{"agency_id": LEAD.agency_id, "case_id": row["child_id"]} for row in rows]
        connection.execute(insert(CaseAgency), seen)
    inbox.analyse(database)

"""How fast an agency sees its inbox among very many open work items."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session

from engine.database import WRITING
from engine.queries import inbox
from tests.load import world
from tests.load.figures import Figures, percentile, spread, timed

NOW = datetime(2026, 9, 2, 3, 0, tzinfo=UTC)
PROCEDURES = ("incident", "campaign", "visit", "press")
ITEMS_PER_CASE = 5
PAGE = 50
# Dialect by dialect: a moment some minutes away from NOW, and a whole number as text.
MOMENT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', '2026-09-02 03:00:00', ({minutes}) || ' minutes')",
    "postgresql": "timestamptz '2026-09-02 03:00:00+00' + ({minutes}) * interval '1 minute'",
}
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT CAST(0 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
CASES = """
INSERT INTO cases (id, code, procedure_id, version_hash, status, title, search_text, initiator_agency, lead_agency,
                   received_at, started_at, lock_version)
{numbers}SELECT 'case-' || i, 'CA-26-' || i, {procedure}, {procedure}, 'running', 'Vụ việc số ' || i,
       'vu viec so ' || i, {agency}, 'agency-000', {earlier}, {earlier}, 0 FROM n
"""
ITEMS = """
INSERT INTO work_items (id, case_id, procedure_id, token, element_id, occurrence, process_id, name, form, agency_id,
                        duty, assignee_id, status, due_at, created_at, lock_version)
{numbers}SELECT {id}, 'case-' || (i / {per_case}), {procedure}, 'token-' || i, 'work', 1, 'work', 'Xác minh thông tin',
       'note', {agency}, 'specialist', CASE WHEN i % 3 = 0 THEN 'officer-' || (i % 7) END,
       CASE WHEN i % 3 = 0 THEN 'claimed' ELSE 'open' END, CASE WHEN {shuffled} % 5 > 0 THEN {due} END, {earlier}, 0
FROM n
"""


@dataclass(frozen=True)
class Question:
    """One look at the inbox."""

    procedure: str | None
    status: str | None
    group: str | None
    mine: bool
    pages: int


def fill(database: Database, rows: int) -> None:
    """Insert that many open work items over all agencies, with their cases and procedures."""
    with database.execution_options(**{WRITING: True}).begin() as connection:
        for procedure in PROCEDURES:
            _version(connection, procedure)
        for text in _statements(database.dialect.name, rows):
            connection.exec_driver_sql(text)
    analyse(database)


def analyse(database: Database) -> None:
    """Give the planner what a server gathers by itself over days."""
    text = {"sqlite": "PRAGMA optimize=0x10002", "postgresql": "VACUUM ANALYZE"}[database.dialect.name]
    with database.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(text)


def questions(number: int, seed: int = 1) -> Iterator[Question]:
    """Looks as people take them: mostly the first page of everything, and every filter alone and together."""
    chance = random.Random(seed)
    for _ in range(number):
        yield Question(
            procedure=chance.choice([None, None, *PROCEDURES]),
            status=chance.choice([None, None, "open", "claimed"]),
            group=chance.choice([None, None, *inbox.GROUPS]),
            mine=chance.random() < 0.2,
            pages=chance.choice([1, 1, 1, 2, 5]),
        )


def look(session: Session, question: Question, agency: int = 17) -> list[float]:
    """Milliseconds of each page of a look."""
    actor, after, took = world.officer(agency, "officer-3"), None, list[float]()
    for _ in range(question.pages):
        milliseconds, rows = timed(lambda: _page(session, actor, question, after))  # noqa: B023
        took.append(milliseconds)
        if len(rows) < PAGE:
            break
        after = rows[-1].work_item_id
    return took


def measure(url: str, rows: int, looks: int = 150) -> Figures:
    """p95 of a page, of the counts, and of both together as the inbox shows them."""
    engine = world.open_engine(url)
    world.create_schema(engine.database)
    fill(engine.database, rows)
    pages, counts, both = list[float](), list[float](), list[float]()
    for question in questions(looks):
        with engine.read() as session:
            took = look(session, question)
        with engine.read() as session:
            counted, _ = timed(lambda: inbox.counts(session, world.officer(17), NOW))
        pages += took
        counts.append(counted)
        both += [milliseconds + counted for milliseconds in took]
    engine.database.dispose()
    return {
        **spread(pages, "page_"),
        **spread(counts, "counts_"),
        "page_with_counts_p95_ms": round(percentile(both, 0.95), 3),
        "pages": len(pages),
    }


def _page(session: Session, actor: Any, question: Question, after: str | None) -> list[inbox.InboxRow]:
    return inbox.page(
        session,
        actor,
        world.Directory(),
        now=NOW,
        procedure=question.procedure,
        status=question.status,
        mine=question.mine,
        group=question.group,
        limit=PAGE,
        after=after,
    )


def _statements(dialect: str, rows: int) -> list[str]:
    shuffled = f"((i * 7919) % {rows})"  # so that ids and dates lie as scattered as random ones
    agency = "'agency-' || " + {"sqlite": "printf('%03d', {i})", "postgresql": "lpad(({i})::text, 3, '0')"}[dialect]
    common = {
        "procedure": "CASE i % 4 " + " ".join(f"WHEN {n} THEN '{p}'" for n, p in enumerate(PROCEDURES)) + " END",
        "agency": agency.format(i=f"(i * 7919) % {world.AGENCIES}"),
        "earlier": MOMENT[dialect].format(minutes=f"0 - {shuffled} % 40000"),
        "due": MOMENT[dialect].format(minutes=f"{shuffled} % 43200 - 10000"),
        "shuffled": shuffled,
        "per_case": ITEMS_PER_CASE,
        "id": f"'item-' || {shuffled}" if rows % 7919 else "'item-' || i",
    }
    cases = CASES.format(numbers=NUMBERS.format(last=-(-rows // ITEMS_PER_CASE) - 1), **common)
    items = ITEMS.format(numbers=NUMBERS.format(last=rows - 1), **common)
    return [text.replace("%", "%%") if dialect == "postgresql" else text for text in (cases, items)]


def _version(connection: Connection, procedure: str) -> None:
    moment = "2026-01-01 00:00:00.000000"
    connection.exec_driver_sql(
        "INSERT INTO procedure_versions (hash, procedure_id, kind, number, title, manifest, "
        f"published_at, published_by) VALUES ('{procedure}', '{procedure}', 'procedure', 1, "
        f"'{{\"vi\": \"Quy trình\"}}', '', '{moment}', 'system')"
    )

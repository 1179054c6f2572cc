"""The inbox walks its index: whatever is filtered, neither database goes through the whole table or sorts it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, event, inspect
from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session

from engine.core import Engine
from engine.queries import inbox
from tests.load import world
from tests.load.inbox import NOW, PAGE, PROCEDURES, fill

ROWS = 20_000
# PostgreSQL may fetch the agency's own few rows along the index and sort those; the table it may not.
OF_THE_AGENCY = 2 * ROWS // world.AGENCIES
INDEX = "ix_work_items_inbox"
ACTOR = world.officer(17, "officer-3")
FILTERS: Mapping[str, Mapping[str, Any]] = {
    "everything": {},
    "procedure": {"procedure": PROCEDURES[1]},
    "status": {"status": "claimed"},
    "mine": {"mine": True},
    **{f"due {group}": {"group": group} for group in inbox.GROUPS},
    "all of them": {"procedure": PROCEDURES[2], "status": "open", "group": inbox.LATER},
}


@pytest.fixture
def crowded(database_url: str) -> Iterator[Engine]:
    """A store with twenty thousand open work items of 170 agencies."""
    engine = world.open_engine(database_url)
    world.create_schema(engine.database)
    fill(engine.database, ROWS)
    yield engine
    engine.database.dispose()


def test_every_page_is_read_along_the_index_and_the_table_is_never_sorted(crowded: Engine) -> None:
    """Given many open items, when an agency filters its inbox, then each plan walks the agency's part of the index."""
    for name, filters in FILTERS.items():
        plan = plan_of(crowded, lambda session, f=filters: page(session, **f))  # type: ignore[misc]
        assert INDEX in plan, f"{name}: {plan}"
        assert not goes_through_the_table(plan), f"{name}: {plan}"
        assert sorted_rows(plan) <= OF_THE_AGENCY, f"{name}: {plan}"


def test_what_is_filtered_out_is_never_looked_up_in_the_table(crowded: Engine) -> None:
    """Given filters, then the index decides them: it holds what they ask for, and PostgreSQL says so in its plan."""
    [index] = [one for one in inspect(crowded.database).get_indexes("work_items") if one["name"] == INDEX]
    assert {"status", "procedure_id", "assignee_id"} <= set(index["column_names"])
    if crowded.database.dialect.name == "postgresql":
        plan = plan_of(crowded, lambda session: page(session, procedure=PROCEDURES[2], status="claimed", mine=True))
        [walk] = [json.loads(line) for line in plan.splitlines() if INDEX in line]
        assert all(name in walk["Index Cond"] for name in ("status", "procedure_id", "assignee_id")), walk


def test_the_next_page_begins_where_the_last_one_ended(crowded: Engine) -> None:
    with crowded.read() as session:
        last = page(session)[-1].work_item_id
    plan = plan_of(crowded, lambda session: page(session, after=last))
    assert INDEX in plan
    assert not goes_through_the_table(plan)
    assert sorted_rows(plan) <= OF_THE_AGENCY


def test_counting_stops_at_its_cap_and_reads_the_index_only(crowded: Engine) -> None:
    plan = plan_of(crowded, lambda session: inbox.counts(session, ACTOR, NOW))
    assert plan.count(INDEX) == len(inbox.GROUPS)
    assert not goes_through_the_table(plan)


def test_pages_one_after_the_other_show_every_item_once_in_order_of_urgency(crowded: Engine) -> None:
    """Given hundreds of items with and without a date, when all pages are turned, then nothing is missed or doubled."""
    seen, after = list[inbox.InboxRow](), None
    with crowded.read() as session:
        while rows := page(session, after=after):
            seen += rows
            after = rows[-1].work_item_id
        counted = inbox.counts(session, ACTOR, NOW)
    keys = [(row.due_at is None, row.due_at or NOW, row.work_item_id) for row in seen]
    assert keys == sorted(keys)
    assert len({row.work_item_id for row in seen}) == len(seen) == sum(counted.values())
    assert {group for group, number in counted.items() if number} == {row.group for row in seen}


def test_the_check_itself_sees_a_walk_through_the_table(crowded: Engine) -> None:
    """Given the index is gone, when the plan is asked for, then the check reports it."""
    with crowded.database.begin() as connection:
        connection.exec_driver_sql(f"DROP INDEX {INDEX}")
    plan = plan_of(crowded, page)
    assert goes_through_the_table(plan)


def page(session: Session, **filters: Any) -> list[inbox.InboxRow]:
    return inbox.page(session, ACTOR, world.Directory(), now=NOW, limit=PAGE, **filters)


def plan_of(engine: Engine, ask: Callable[[Session], Any]) -> str:
    """The database's plan for the last statement that the question sends."""
    sent: list[tuple[str, Any]] = []

    def note(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine.database, "before_cursor_execute", note)
    try:
        with engine.read() as session:
            ask(session)
    finally:
        event.remove(engine.database, "before_cursor_execute", note)
    return explain(engine.database, *sent[-1])


def explain(database: Database, statement: str, parameters: Any) -> str:
    with database.connect() as connection:
        if database.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return "\n".join(row[3] for row in rows)
        [[plan]] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        return "\n".join(nodes(plan[0]["Plan"]))


def nodes(plan: Mapping[str, Any]) -> Iterator[str]:
    """One line for each node of a PostgreSQL plan."""
    yield json.dumps({key: value for key, value in plan.items() if key != "Plans"})
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def goes_through_the_table(plan: str) -> bool:
    return any(
        line.startswith("SCAN work_items") or ("Seq Scan" in line and '"work_items"' in line)
        for line in plan.splitlines()
    )


def sorted_rows(plan: str) -> int:
    """How many rows the plan expects to sort: SQLite says only that it does, PostgreSQL how many."""
    nodes_ = [json.loads(line) for line in plan.splitlines() if line.startswith("{")]
    expected = [node["Plan Rows"] for node in nodes_ if "Sort" in node["Node Type"]]
    return ROWS if "TEMP B-TREE" in plan else max(expected, default=0)

"""Statements handed to the driver behave as SQLAlchemy's own: types, transaction, listeners and failures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.sql.expression import bindparam

from engine import database
from engine.rows import ID, table, watched_columns
from engine.statements import Prepared
from engine.tables import Base, OutboxMessage

MOMENT = datetime(2026, 7, 1, 8, 30, 15, 123456, tzinfo=UTC)
INSERT = Prepared(insert(table(OutboxMessage)))
BY_ID = Prepared(select(*watched_columns(OutboxMessage)).where(OutboxMessage.id == bindparam(ID)))
FINISH = Prepared(
    update(table(OutboxMessage)).where(OutboxMessage.id == bindparam("wanted")).values(status=bindparam("status"))
)


@pytest.fixture
def opened(database_url: str) -> Iterator[Engine]:
    opened = database.prepare(create_engine(database_url, **database.engine_options(database_url)))
    with opened.execution_options(**{database.WRITING: True}).begin() as connection:
        Base.metadata.create_all(connection)
    yield opened
    opened.dispose()


def message(id_: str) -> dict[str, Any]:
    return {
        "id": id_, "topic": "t", "case_id": None, "body": {"tên": "Phú Thọ"}, "status": "waiting", "attempts": 0,
        "due_at": MOMENT, "enqueued_at": None, "created_at": MOMENT, "done_at": None, "last_error": None,
    }  # fmt: skip


def test_what_is_written_is_read_back_and_is_what_the_orm_reads(opened: Engine) -> None:
    with database.writing(opened) as session:
        INSERT.run(session.connection(), [message("one")])
        INSERT.run(session.connection(), [message("two"), message("three")])
        FINISH.run(session.connection(), [{"wanted": "two", "status": "done"}])
    with database.reading(opened) as session:
        [row] = BY_ID.rows(session.connection(), {ID: "one"})
        assert row == list(message("one").values())
        found = {m.id: (m.status, m.body, m.due_at) for m in session.scalars(select(OutboxMessage))}
    assert found == {
        "one": ("waiting", {"tên": "Phú Thọ"}, MOMENT),
        "two": ("done", {"tên": "Phú Thọ"}, MOMENT),
        "three": ("waiting", {"tên": "Phú Thọ"}, MOMENT),
    }


def test_it_belongs_to_the_transaction(opened: Engine) -> None:
    with database.writing(opened) as session:
        INSERT.run(session.connection(), [message("one")])
        session.rollback()
    with database.reading(opened) as session:
        assert BY_ID.rows(session.connection(), {ID: "one"}) == []


def test_a_failure_is_sqlalchemys_and_tells_no_values(opened: Engine) -> None:
    twice = [message("one"), message("one")]
    with pytest.raises(IntegrityError) as refused, database.writing(opened) as session:
        INSERT.run(session.connection(), twice)
    assert "Phú" not in str(refused.value)
    nowhere = Prepared(select(table(OutboxMessage).c.id))
    with opened.begin() as connection:
        connection.exec_driver_sql("DROP TABLE outbox")
    with pytest.raises((OperationalError, ProgrammingError)), database.reading(opened) as session:
        nowhere.rows(session.connection(), {})


def test_a_value_that_is_missing_is_an_error(opened: Engine) -> None:
    with pytest.raises(KeyError), database.reading(opened) as session:
        BY_ID.rows(session.connection(), {})


def test_listeners_see_it_and_may_change_it(opened: Engine) -> None:
    seen: list[str] = []

    def listen(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> tuple[str, Any]:
        seen.append(statement)
        return statement.replace("outbox.id =", "outbox.id <>"), values

    with database.writing(opened) as session:
        INSERT.run(session.connection(), [message("one")])
    event.listen(opened, "before_cursor_execute", listen, retval=True)
    with database.reading(opened) as session:
        assert BY_ID.rows(session.connection(), {ID: "one"}) == []
    assert any("FROM outbox" in statement for statement in seen)

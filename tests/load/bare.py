"""The yardstick: the rows of a command written once more by hand-written SQL, in one transaction of the bare driver.

A twin of the store lies beside it on the same disk with the same durability. After each command the rows that it
inserted and changed are found by comparing the case's rows before and after, and written into the twin: one INSERT
for each table, one UPDATE with the changed columns for each changed row.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg.types.json import Json
from sqlalchemy import Engine as Database

from engine.tables import Base

Row = Mapping[str, Any]
Rows = dict[str, dict[tuple[Any, ...], Row]]
Statement = tuple[str, tuple[Any, ...]]

# Parents first: foreign keys. `:case` and `:seq` are replaced by the case and the length of its chain before.
OF_A_CASE: Mapping[str, str] = {
    "cases": "id = :case",
    "case_states": "case_id = :case",
    "case_agencies": "case_id = :case",
    "work_items": "case_id = :case AND (status IN ('open', 'claimed') OR closed_at >= :since)",
    "timers": "case_id = :case",
    "incidents": "case_id = :case",
    "outbox": "case_id = :case",
    "event_streams": "kind = 'case' AND id = :case",
    "events": "stream_kind = 'case' AND stream_id = :case AND seq > :seq",
    "event_payloads": (
        "event_hash IN (SELECT hash FROM events WHERE stream_kind = 'case' AND stream_id = :case AND seq > :seq)"
    ),
    "idempotency_keys": "actor_id = :person",
}


class Driver:
    """A connection of the bare driver, on either database."""

    def __init__(self, database: Database) -> None:
        self.is_sqlite = database.dialect.name == "sqlite"
        self._pooled = database.raw_connection()
        self.connection: Any = self._pooled.driver_connection
        self.mark = "?" if self.is_sqlite else "%s"

    def query(self, text: str, values: Sequence[Any] = ()) -> list[Row]:
        """Rows as mappings, as raw as the driver gives them."""
        cursor = self.connection.execute(text, tuple(values))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def write(self, statements: Sequence[Statement]) -> float:
        """Carry the statements out in one durable transaction. Returns milliseconds."""
        execute = self.connection.execute
        begun = time.perf_counter()
        execute("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
        for text, values in statements:
            execute(text, values)
        execute("COMMIT")
        return (time.perf_counter() - begun) * 1000

    def end_read(self) -> None:
        """Let go of what was read, so that the next query sees the newest rows."""
        if not self.is_sqlite:
            self.connection.rollback()

    def close(self) -> None:
        """Give the connection back."""
        self._pooled.close()


@dataclass
class Twin:
    """The store's twin, and what of a case it already holds."""

    source: Driver
    target: Driver
    known: dict[str, Rows] = field(default_factory=dict)

    @classmethod
    def of(cls, source: Database, target: Database) -> Twin:
        """A twin with all rows of `source`; `target` has the same empty tables."""
        twin = cls(Driver(source), Driver(target))
        rows = {t.name: twin._read(t.name, "1 = 1", ()) for t in Base.metadata.sorted_tables}
        twin.source.end_read()
        twin.target.write(list(twin._statements({}, rows)))
        return twin

    def follow(self, case_id: str, person_id: str) -> tuple[float, int]:
        """Write what the last command changed in the case.

        Returns:
            Milliseconds of the bare transaction, and how many bytes of values it wrote.
        """
        before = self.known.get(case_id, {})
        after = self._case(case_id, person_id, before)
        statements = list(self._statements(before, after))
        self.known[case_id] = {table: {**before.get(table, {}), **rows} for table, rows in after.items()}
        return self.target.write(statements), sum(map(_size, statements))

    def close(self) -> None:
        """Give both connections back."""
        self.source.close()
        self.target.close()

    def _case(self, case_id: str, person_id: str, before: Rows) -> Rows:
        [*heads] = before.get("event_streams", {}).values()
        states = before.get("work_items", {}).values()
        known = {
            ":case": case_id,
            ":person": person_id,
            ":seq": heads[0]["length"] if heads else 0,
            ":since": max((row["created_at"] for row in states), default="1970-01-01 00:00:00+00"),
        }
        rows = {table: self._read(table, *_bound(where, known, self.source.mark)) for table, where in OF_A_CASE.items()}
        self.source.end_read()
        return rows

    def _read(self, table: str, where: str, values: Sequence[Any]) -> dict[tuple[Any, ...], Row]:
        keys = [column.name for column in Base.metadata.tables[table].primary_key]
        rows = self.source.query(f"SELECT * FROM {table} WHERE {where}", values)
        return {tuple(row[key] for key in keys): row for row in rows}

    def _statements(self, before: Rows, after: Rows) -> Iterator[Statement]:
        for table, rows in after.items():
            old = before.get(table, {})
            if new := [row for key, row in rows.items() if key not in old]:
                yield self._insert(table, new)
            for key, row in rows.items():
                if key in old and (changed := {k: v for k, v in row.items() if old[key][k] != v}):
                    yield self._update(table, key, changed)

    def _insert(self, table: str, rows: Sequence[Row]) -> Statement:
        columns = list(rows[0])
        group = f"({', '.join([self.target.mark] * len(columns))})"
        text = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([group] * len(rows))}"
        return text, tuple(_value(row[column]) for row in rows for column in columns)

    def _update(self, table: str, key: tuple[Any, ...], changed: Row) -> Statement:
        keys = [column.name for column in Base.metadata.tables[table].primary_key]
        sets = ", ".join(f"{name} = {self.target.mark}" for name in changed)
        where = " AND ".join(f"{name} = {self.target.mark}" for name in keys)
        return f"UPDATE {table} SET {sets} WHERE {where}", (*map(_value, changed.values()), *key)


def _bound(where: str, known: Mapping[str, Any], mark: str) -> tuple[str, list[Any]]:
    """The condition with the driver's marks, and its values in their order."""
    words = where.replace("(", "( ").replace(")", " )").replace(",", " ,").split()
    values = [known[word] for word in words if word in known]
    return " ".join(mark if word in known else word for word in words), values


def _value(value: Any) -> Any:
    return Json(value) if isinstance(value, dict | list) else value


def _size(statement: Statement) -> int:
    return sum(len(v) if isinstance(v, bytes | str) else 8 for v in statement[1])

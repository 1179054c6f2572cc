"""Statements that are compiled once and handed to the driver: what every completion asks and writes.

SQLAlchemy builds, compiles and types them; what it does around each execution costs a completion more than the database
does, so these few go past it (docs/adr/0006-bundled-writes.md). They run in the connection's transaction, listeners of
`before_cursor_execute` see them, and a failure is raised as SQLAlchemy's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

Values = Mapping[str, Any]
Processor = Callable[[Any], Any] | None


class Prepared:
    """A statement with its compiled form for each kind of database.

    Args:
        statement: a select, insert or update over tables, with `bindparam`s for what changes from call to call; no
            `IN`, whose text depends on its values.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]] | UpdateBase) -> None:
        self._statement = statement
        self._plans: dict[str, _Plan] = {}

    def rows(self, connection: Connection, values: Values) -> list[Sequence[Any]]:
        """The rows that a select finds."""
        plan = self._plan(connection.dialect)
        return plan.read(send(connection, plan.text, plan.bind(values)).fetchall())

    def within(self, session: Session, values: Values) -> list[Sequence[Any]]:
        """The same in a session's transaction: what waits in the session is written first."""
        if session.autoflush:
            session.flush()
        return self.rows(session.connection(), values)

    def run(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Insert or update, once for each row of values."""
        plan = self._plan(connection.dialect)
        if len(rows) == 1:
            send(connection, plan.text, plan.bind(rows[0]))
        else:
            send(connection, plan.text, [plan.bind(row) for row in rows], many=True)

    def _plan(self, dialect: Dialect) -> _Plan:
        if dialect.name not in self._plans:
            self._plans[dialect.name] = _Plan.of(self._statement, dialect)
        return self._plans[dialect.name]


@dataclass(frozen=True)
class _Plan:
    """The text, its parameters in order with what turns each into the driver's form, and the same for the results."""

    text: str
    parameters: tuple[tuple[str, Processor], ...]
    constants: Values
    readers: tuple[Processor, ...]
    positional: bool

    @classmethod
    def of(cls, statement: Select[*tuple[Any, ...]] | UpdateBase, dialect: Dialect) -> _Plan:
        compiled = statement.compile(dialect=dialect)
        types = {name: bind.type for name, bind in compiled.binds.items()}
        names = compiled.positiontup or list(compiled.params)
        selected = statement.selected_columns if isinstance(statement, Select) else ()
        return cls(
            compiled.string,
            tuple((name, _binder(types.get(name), dialect)) for name in names),
            {name: value for name, value in compiled.params.items() if value is not None},
            tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in selected),
            bool(compiled.positiontup),
        )

    def bind(self, values: Values) -> Any:
        given = {**self.constants, **values} if self.constants else values
        if self.positional:
            return [given[name] if process is None else process(given[name]) for name, process in self.parameters]
        return {name: given[name] if process is None else process(given[name]) for name, process in self.parameters}

    def read(self, rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
        readers = self.readers
        return [
            [value if reader is None else reader(value) for value, reader in zip(row, readers, strict=True)]
            for row in rows
        ]


def _binder(type_: Any, dialect: Dialect) -> Processor:
    processor: Processor = type_.dialect_impl(dialect).bind_processor(dialect) if type_ is not None else None
    return processor


def send(connection: Connection, text: str, values: Any, many: bool = False) -> Any:
    """Hand a statement to the driver. Returns the driver's cursor.

    Raises:
        DBAPIError: what the driver raised, as SQLAlchemy's own, without the values: they may be confidential.
    """
    cursor = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
    for listener in connection.dispatch.before_cursor_execute:
        text, values = listener(connection, cursor, text, values, None, many)
    driver: Any = connection.dialect.dbapi
    try:
        (cursor.executemany if many else cursor.execute)(text, values)
    except driver.Error as error:
        raise DBAPIError.instance(text, None, error, driver.Error, hide_parameters=True) from error
    return cursor

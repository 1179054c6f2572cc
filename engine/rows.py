"""Rows that a command reads once and writes once, in bundled statements.

The ORM's unit of work costs several times what the statements cost, and completing a step is what offices do all day.
So the rows of a case are instances of the mapped classes that belong to no session: they are read by Core, changed as
plain objects, and `flush` writes what is new and what differs, one statement for each table and set of columns.
Everything else in a transaction uses its session (docs/adr/0006-bundled-writes.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Table, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.statements import Prepared
from engine.tables import Base

Row = TypeVar("Row", bound=Base)
Values = dict[str, Any]

ID = "id_wanted"
_KEY = "key_of_"


class Rows:
    """The rows of one transaction outside its session."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._new: list[Base] = []
        self._missing: dict[type[Base], list[Values]] = {}
        self._kept: list[tuple[Base, Values]] = []

    def load(self, model: type[Row], query: Prepared, id_: str) -> list[Row]:
        """The rows of a query over the columns of `model` for one `ID`, from now on watched for changes."""
        return [self.adopt(model, row) for row in query.rows(self.connection, {ID: id_})]

    def adopt(self, model: type[Row], values: Sequence[Any]) -> Row:
        """One row that was read, its values in the order of the columns; from now on watched for changes."""
        before = dict(zip(columns(model), values, strict=True))
        row = new_row(model, **before)
        self._kept.append((row, before))
        return row

    def add(self, row: Row) -> Row:
        """A new row, written by the next `flush`."""
        self._new.append(row)
        return row

    def add_missing(self, model: type[Base], **values: Any) -> None:
        """A row of nothing but its key, written by the next `flush` unless it is there."""
        if values not in (waiting := self._missing.setdefault(model, [])):
            waiting.append(values)

    def mark(self) -> int:
        """Where the rows stand after a `flush`, for `back_to`."""
        return len(self._kept)

    def back_to(self, mark: int) -> None:
        """Forget the rows added since then: the database has rolled them back."""
        self._new, self._missing = [], {}
        del self._kept[mark:]

    def flush(self) -> None:
        """Write what is new and what has changed; parents of foreign keys first."""
        inserts: dict[type[Base], list[Values]] = {}
        for row in self._new:
            inserts.setdefault(type(row), []).append(_values(row))
        for model in sorted({*inserts, *self._missing}, key=_place):
            if model in inserts:
                _insert(model).run(self.connection, inserts[model])
            if model in self._missing:
                _insert_missing(model, self.connection.dialect.name).run(self.connection, self._missing[model])
        self._update()
        written = {model: iter(values) for model, values in inserts.items()}
        self._kept += [(row, next(written[type(row)])) for row in self._new]
        self._new, self._missing = [], {}

    def _update(self) -> None:
        changes: dict[tuple[type[Base], tuple[str, ...]], list[Values]] = {}
        for place, (row, before) in enumerate(self._kept):
            now = _values(row)
            changed = tuple(name for name, value in now.items() if value != before[name])
            if changed:
                keys = {_KEY + name: before[name] for name in _key(type(row))}
                changes.setdefault((type(row), changed), []).append({**{n: now[n] for n in changed}, **keys})
                self._kept[place] = (row, now)
        for (model, names), values in changes.items():
            _update(model, names).run(self.connection, values)


def new_row(model: type[Row], **values: Any) -> Row:
    """A row outside any session. The constructor would set each value by itself, as a change of something in one."""
    row = model()
    vars(row).update(values)
    return row


@cache
def columns(model: type[Base]) -> tuple[str, ...]:
    """Names of a model's columns, which are the names of its attributes."""
    return tuple(column.name for column in table(model).columns)


def table(model: type[Base]) -> Table:
    """The table of a model."""
    return cast(Table, model.__table__)


def watched_columns(*models: type[Base]) -> Iterable[Any]:
    """The columns of these models, to be selected together; their names must differ."""
    return [column for model in models for column in table(model).columns]


def _values(row: Base) -> Values:
    held = row.__dict__
    return {name: held.get(name, default) for name, default in _defaults(type(row))}


@cache
def _defaults(model: type[Base]) -> tuple[tuple[str, Any], ...]:
    return tuple((c.name, c.default.arg if c.default is not None else None) for c in table(model).columns)  # type: ignore[attr-defined]


@cache
def _key(model: type[Base]) -> tuple[str, ...]:
    return tuple(column.name for column in table(model).primary_key)


@cache
def _place(model: type[Base]) -> int:
    return Base.metadata.sorted_tables.index(table(model))


@cache
def _insert(model: type[Base]) -> Prepared:
    return Prepared(insert(table(model)))


@cache
def _insert_missing(model: type[Base], dialect: str) -> Prepared:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    keys: Values = {name: bindparam(name) for name in _key(model)}
    return Prepared(make(table(model)).values(keys).on_conflict_do_nothing())


@cache
def _update(model: type[Base], names: tuple[str, ...]) -> Prepared:
    found = table(model)
    keys = [found.c[name] == bindparam(_KEY + name) for name in _key(model)]
    return Prepared(update(found).where(*keys).values({name: bindparam(name) for name in names}))

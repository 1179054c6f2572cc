"""Medians and other ranks, computed by the database: the same on SQLite, which has none, and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

MEDIAN, HIGH = 50, 95


class seconds_between(GenericFunction[int]):
    """Whole seconds from one moment to another."""

    type = Integer()
    inherit_cache = True


@compiles(seconds_between, "sqlite")
def _on_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    first, last = (compiler.process(one, **kw) for one in element.clauses)
    return f"(unixepoch({last}) - unixepoch({first}))"


@compiles(seconds_between, "postgresql")
def _on_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    first, last = (compiler.process(one, **kw) for one in element.clauses)
    return f"CAST(floor(extract(epoch FROM {last}) - extract(epoch FROM {first})) AS BIGINT)"


def ranked(
    keys: Sequence[Any], value: ColumnElement[int], where: Sequence[ColumnElement[bool]], others: Sequence[Any] = ()
) -> Select[Any]:
    """Median and 95th percentile (nearest rank) of a value in each group.

    Args:
        keys: labelled columns that form the groups.
        value: what is ranked; null values do not count.
        where: which rows.
        others: labelled columns of numbers that are summed up in each group.

    Returns:
        Rows of the keys, how many values there are, median, 95th percentile, then the sums.
    """
    order = func.row_number().over(partition_by=list(keys), order_by=value)
    size = func.count().over(partition_by=list(keys))
    columns = [*keys, value.label("value"), order.label("rank"), size.label("size"), *others]
    inner = select(*columns).where(*where, value.is_not(None)).subquery()
    groups = [inner.c[key.name] for key in keys]
    sums = [func.sum(inner.c[one.name]) for one in others]

    def at(percent: int) -> ColumnElement[int]:
        return func.min(case((inner.c.rank * 100 >= inner.c.size * percent, inner.c.value)))

    return select(*groups, func.max(inner.c.size), at(MEDIAN), at(HIGH), *sums).group_by(*groups)

"""Spans of time and how they are spread, computed by the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from engine.ranks import HIGH, MEDIAN, nearest_rank


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
) -> Select[*tuple[Any, ...]]:
    """Median and 95th percentile (nearest rank) of a value in each group.

    Args:
        keys: columns that form the groups.
        value: what is ranked; null values do not count.
        where: which rows.
        others: further aggregates of each group.

    Returns:
        Rows of the keys, how many values there are, median, 95th percentile, then the others.
    """
    ranks = (func.count(value), nearest_rank(value, MEDIAN), nearest_rank(value, HIGH))
    return select(*keys, *ranks, *others).where(*where, value.is_not(None)).group_by(*keys)

"""Ranks of values in a group (median, 95th percentile), as an aggregate that both databases compute in one pass.

The nearest rank: always a value that occurred, the smallest that at least so many percent do not exceed.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

MEDIAN: Final = 50
HIGH: Final = 95
NAME: Final = "nearest_rank"


class nearest_rank(GenericFunction[int]):
    """The value at a percentage of a group: `nearest_rank(value, MEDIAN)`. Values that are null do not count."""

    type = Integer()
    inherit_cache = True


class NearestRank:
    """The same for SQLite, which asks this once a group."""

    def __init__(self) -> None:
        self._values: list[int] = []
        self._percent = MEDIAN

    def step(self, value: int | None, percent: int) -> None:
        """Take in one row."""
        if value is not None:
            self._values.append(value)
            self._percent = percent

    def finalize(self) -> int | None:
        """The value at the rank; None where there was none."""
        values = sorted(self._values)
        return values[max(-(-len(values) * self._percent // 100), 1) - 1] if values else None


@compiles(nearest_rank, "sqlite")
def _on_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    value, percent = (compiler.process(one, **kw) for one in element.clauses)
    return f"{NAME}({value}, {percent})"


@compiles(nearest_rank, "postgresql")
def _on_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    value, percent = (compiler.process(one, **kw) for one in element.clauses)
    return f"percentile_disc({percent} / 100.0) WITHIN GROUP (ORDER BY {value})"

"""Retention classes as data: `classes.yaml`, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("classes.yaml")


@dataclass(frozen=True)
class RetentionClass:
    """How long records are kept.

    Args:
        years: after the end of the case; None for good.
        basis, source, confidence: where that comes from, and how sure it is.
        note: in words, by language.
    """

    years: int | None
    basis: str
    source: str
    confidence: str
    note: Mapping[str, str]

    def ends(self, ended_on: date) -> date | None:
        """The last day on which they are kept; None for good."""
        if self.years is None:
            return None
        year = ended_on.year + self.years
        leap = ended_on.month == 2 and ended_on.day == 29 and not _is_leap(year)
        return ended_on.replace(year=year, day=28) if leap else ended_on.replace(year=year)


def class_of(procedure_id: str) -> RetentionClass:
    """The class of a procedure's cases; the default where the procedure has none of its own."""
    default, own = _classes()
    return own.get(procedure_id, default)


def own_classes() -> Mapping[str, RetentionClass]:
    """The classes of the procedures that have their own."""
    return _classes()[1]


@cache
def _classes() -> tuple[RetentionClass, Mapping[str, RetentionClass]]:
    data: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return RetentionClass(**data["default"]), {id_: RetentionClass(**one) for id_, one in data["procedures"].items()}


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)

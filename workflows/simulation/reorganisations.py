"""Bodies that cease within a simulated year: told to the directory beforehand, as people tell it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import SYSTEM
from workflows.agencies import formats
from workflows.agencies.csv_reading import Column
from workflows.agencies.importing import import_agencies, import_successions
from workflows.agencies.tables import Agency, AgencyName

DATA: Final = Path(__file__).parent / "data" / "reorganisations.yaml"
BASIS: Final = "Tình huống mô phỏng"


@dataclass(frozen=True)
class Reorganisation:
    """One body that ceases.

    Args:
        month, day: the first day without it.
        successors: who takes over its work; empty where it goes to nobody in particular.
    """

    agency: str
    month: int
    day: int
    successors: tuple[str, ...]


@cache
def reorganisations() -> tuple[Reorganisation, ...]:
    """As they ship."""
    with DATA.open(encoding="utf-8") as file:
        return tuple(map(_read, yaml.safe_load(file)))


def _read(told: Mapping[str, Any]) -> Reorganisation:
    month, day = map(int, told["day"].split("-"))
    return Reorganisation(told["agency"], month, day, tuple(told["successors"]))


def announce(session: Session, first: date, last: date, now: datetime) -> dict[str, date]:
    """Tell the directory of the bodies that cease between two days.

    Args:
        first, last: of the simulated time; a body ceases once, on the first of its days among them.
        now: the moment of telling, before the first day.

    Returns:
        The first day without each of them.
    """
    ceasing = {one: day for one in reorganisations() if (day := _first_of(one, first, last))}
    if ceasing:
        import_agencies(session, _csv(formats.AGENCIES, _ends(session, ceasing)), SYSTEM, now)
        import_successions(session, _csv(formats.SUCCESSIONS, _successions(ceasing)), SYSTEM, now)
    return {one.agency: day for one, day in ceasing.items()}


def _first_of(one: Reorganisation, first: date, last: date) -> date | None:
    days = (date(year, one.month, one.day) for year in range(first.year, last.year + 1))
    return next((day for day in days if first < day <= last), None)


def _ends(session: Session, ceasing: Mapping[Reorganisation, date]) -> Iterable[Mapping[str, Any]]:
    """The last line of each of these bodies as it stands, with its end."""
    columns = [column.name for column in formats.AGENCIES]
    for one, day in ceasing.items():
        agency = session.get_one(Agency, one.agency)
        names = select(AgencyName).where(AgencyName.agency_id == agency.id).order_by(AgencyName.valid_from.desc())
        name = session.scalars(names.limit(1)).one()
        told = {column: getattr(name, column, getattr(agency, column, "")) for column in columns}
        yield told | {"valid_to": day - timedelta(days=1)}


def _successions(ceasing: Mapping[Reorganisation, date]) -> Iterable[Mapping[str, Any]]:
    for one, day in ceasing.items():
        kind = "abolish" if not one.successors else "merge" if len(one.successors) == 1 else "split"
        for successor in one.successors or ("",):
            told = {"predecessor_id": one.agency, "successor_id": successor, "effective_on": day, "kind": kind}
            yield told | {"legal_basis": BASIS}


def _csv(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [column.name for column in columns], restval="")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, bool):
        return "có" if value else "không"
    return "" if value is None else str(value)

"""Checks on validity periods: none ends before it begins, none overlaps its neighbour, none outlives its agency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from workflows.agencies.csv_reading import Findings, Row


@dataclass(frozen=True)
class Period:
    """One period of a series; `line` is 0 for what the store already holds."""

    valid_from: date
    valid_to: date | None
    line: int = 0

    def holds(self, other: Period) -> bool:
        """Whether `other` lies within this period."""
        if other.valid_from < self.valid_from:
            return False
        return self.valid_to is None or (other.valid_to is not None and other.valid_to <= self.valid_to)


Series = dict[tuple[object, ...], dict[date, Period]]


def check_order(rows: Iterable[Row], findings: Findings) -> None:
    """Note periods that end before they begin."""
    for row in rows:
        if row["valid_to"] is not None and row["valid_to"] < row["valid_from"]:
            findings.add("import.ends_before_start", row.line, "valid_to")


def check_overlaps(series: Series, findings: Findings) -> None:
    """Note periods of the file that overlap another one of the same series."""
    for periods in series.values():
        ordered = [periods[start] for start in sorted(periods)]
        for earlier, later in pairwise(ordered):
            if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
                line = later.line or earlier.line
                other = (earlier if later.line else later).valid_from
                if line:
                    findings.add("import.overlap", line, "valid_from", other=f"{other:%d/%m/%Y}")


def check_within(rows: Iterable[Row], agencies: Mapping[str, Period], findings: Findings) -> None:
    """Note lines whose agency is unknown or does not exist for the whole period."""
    for row in rows:
        agency = agencies.get(row["agency_id"])
        if agency is None:
            findings.add("import.unknown_agency", row.line, "agency_id", value=row["agency_id"])
        elif not agency.holds(Period(row["valid_from"], row["valid_to"])):
            ends = f"{agency.valid_to:%d/%m/%Y}" if agency.valid_to else "…"
            begins = f"{agency.valid_from:%d/%m/%Y}"
            findings.add(
                "import.outside_agency", row.line, "valid_from", value=row["agency_id"], begins=begins, ends=ends
            )

"""The instruments of `instruments.yaml`, with how sure each is. Law is data: what nobody knows stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

FILE = Path(__file__).with_name("instruments.yaml")
CONFIDENCES = ("V", "V2", "R", "U")
"""How sure a fact is: read in the act, read in a secondary source, recalled, unsure."""


@dataclass(frozen=True)
class Force:
    """First and last day in force, None where unknown: such a first day counts as past, such a last day as to come."""

    since: date | None
    until: date | None

    def covers(self, on: date) -> bool:
        """Whether nothing known speaks against its being law on that day."""
        return not self.is_ahead(on) and not self.is_over(on)

    def is_ahead(self, on: date) -> bool:
        """Whether it is not yet law on that day."""
        return self.since is not None and on < self.since

    def is_over(self, on: date) -> bool:
        """Whether it is law no more on that day."""
        return self.until is not None and on > self.until

    def includes(self, other: Force) -> bool:
        """Whether the other begins and ends within it."""
        begins = self.since is None or (other.since is not None and self.since <= other.since)
        ends = self.until is None or (other.until is not None and other.until <= self.until)
        return begins and ends


@dataclass(frozen=True)
class Instrument:
    """A law, decree, circular, decision or resolution.

    Args:
        id: stable id used in diagrams and rules.
        type: law, code, resolution, decree, circular or decision.
        number: number and symbol.
        short: as it is cited in a line of text (Vietnamese).
        cited: what stands after an article, by language; empty where `short` does.
        subject: what it is about, by language.
        issued_on: date of issue, if known.
        force: its days in force, as far as they are known.
        replaced_by: ids of the instruments in its place.
        amended_by: ids of the instruments that amend it.
        detailed_by: ids of the instruments that lay down its details.
        confidence: how sure its present state is: V, V2, R or U.
        recalled: names of the fields of the file that are recalled and not checked.
        source: where the facts were read.
        note: a remark, by language.
    """

    id: str
    type: str
    number: str
    short: str
    cited: Mapping[str, str]
    subject: Mapping[str, str]
    issued_on: date | None
    force: Force
    replaced_by: tuple[str, ...]
    amended_by: tuple[str, ...]
    detailed_by: tuple[str, ...]
    confidence: str
    recalled: tuple[str, ...]
    source: str
    note: Mapping[str, str]


@cache
def instruments() -> Mapping[str, Instrument]:
    """All known instruments by id."""
    entries = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({id: _read(id, entry) for id, entry in entries.items()})


def _read(id: str, entry: Mapping[str, Any]) -> Instrument:
    return Instrument(
        id=id,
        type=entry["type"],
        number=entry["number"],
        short=entry["short"],
        cited=entry.get("cited", {}),
        subject=entry["subject"],
        issued_on=entry.get("issued"),
        force=Force(entry.get("from"), entry.get("to")),
        replaced_by=tuple(entry.get("replaced_by", ())),
        amended_by=tuple(entry.get("amended_by", ())),
        detailed_by=tuple(entry.get("detailed_by", ())),
        confidence=entry["confidence"],
        recalled=tuple(entry.get("recalled", ())),
        source=entry["source"],
        note=entry.get("note", {}),
    )

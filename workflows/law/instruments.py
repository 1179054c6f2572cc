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
        in_force_from: first day in force, if known.
        in_force_to: last day in force; None while no end is known.
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
    in_force_from: date | None
    in_force_to: date | None
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


def in_force(instrument: Instrument, on: date) -> bool:
    """Whether nothing known speaks against `instrument` being in force on that day.

    An unknown first day counts as past, an unknown last day as not yet come; `confidence` and `recalled` say how sure
    that is.
    """
    begun = instrument.in_force_from is None or instrument.in_force_from <= on
    ended = instrument.in_force_to is not None and instrument.in_force_to < on
    return begun and not ended


def _read(id: str, entry: Mapping[str, Any]) -> Instrument:
    return Instrument(
        id=id,
        type=entry["type"],
        number=entry["number"],
        short=entry["short"],
        cited=entry.get("cited", {}),
        subject=entry["subject"],
        issued_on=entry.get("issued"),
        in_force_from=entry.get("from"),
        in_force_to=entry.get("to"),
        replaced_by=tuple(entry.get("replaced_by", ())),
        amended_by=tuple(entry.get("amended_by", ())),
        detailed_by=tuple(entry.get("detailed_by", ())),
        confidence=entry["confidence"],
        recalled=tuple(entry.get("recalled", ())),
        source=entry["source"],
        note=entry.get("note", {}),
    )

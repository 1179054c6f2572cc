"""The duty register as data: `duties.yaml`, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from engine.errors import NotFound

FILE = Path(__file__).with_name("duties.yaml")
REGULATION: Final = "qd01-2020"
CLASSES: Final = ("P1", "P2", "P3", "P4", "PER", "EVT", "DOC", "STD", "RULE", "CH")
PROCEDURE, RULE, STANDING, PLANNED = "procedure", "rule", "standing", "planned"
EVERY_AGENCY, LOCAL = "ALL", "LOCAL"
IMPLEMENTING_ROLE = "EXT_INFO"  # Điều 26.1: sees to it that the regulation is carried out


class DutyNotFound(NotFound):
    """The register has no duty of that number."""

    code = "regulation.duty_not_found"


@dataclass(frozen=True)
class Serving:
    """How a duty is served.

    Args:
        by: procedure, rule, standing or planned.
        procedures: ids of the procedures whose elements cite the clause.
        check: of a rule, the code of the finding or error by which it is enforced.
        reason: of a planned one, what it waits for.
    """

    by: str
    procedures: tuple[str, ...] = ()
    check: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Duty:
    """One duty, as its clause says it; empty where the clause says nothing.

    Args:
        number: running number, from 1.
        clause: article.clause[.point].
        classes: see `CLASSES`.
        lead: role ids that the clause puts in charge; `ALL` for every agency, `LOCAL` for local People's Committees.
        taking_part: role ids that take part.
        text: what is to be done, by language.
        trigger: when. to: for whom. limit: by when, in the regulation's own words.
    """

    number: int
    clause: str
    classes: tuple[str, ...]
    lead: tuple[str, ...]
    taking_part: tuple[str, ...]
    text: Mapping[str, str]
    trigger: str
    to: str
    limit: str
    serving: Serving

    @property
    def basis(self) -> str:
        """The clause as a basis."""
        return f"{REGULATION}:{self.clause}"

    @property
    def owners(self) -> tuple[str, ...]:
        """Who logs what was done: who leads, else who takes part, else who sees to the regulation (Điều 26.1)."""
        return self.lead or self.taking_part or (IMPLEMENTING_ROLE,)


@cache
def duties() -> tuple[Duty, ...]:
    """All duties, in the order of the regulation."""
    return tuple(_duty(entry) for entry in yaml.safe_load(FILE.read_text(encoding="utf-8")))


def duty(number: int) -> Duty:
    """The duty of that number.

    Raises:
        DutyNotFound: there is none.
    """
    for one in duties():
        if one.number == number:
            return one
    raise DutyNotFound(number=number)


def _duty(entry: Mapping[str, Any]) -> Duty:
    serving = entry["serve"]
    return Duty(
        number=int(entry["number"]),
        clause=str(entry["clause"]),
        classes=tuple(entry["classes"]),
        lead=tuple(entry["lead"]),
        taking_part=tuple(entry["with"]),
        text=entry["duty"],
        trigger=entry.get("when", ""),
        to=entry.get("to", ""),
        limit=entry.get("limit", ""),
        serving=Serving(
            by=serving["by"],
            procedures=tuple(serving.get("procedures", ())),
            check=serving.get("check", ""),
            reason=serving.get("reason", ""),
        ),
    )

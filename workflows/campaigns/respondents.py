"""Who owes the yearly plan and report to the external information agency, and who takes over from a dissolved body.

Article 27 names "sở, ngành, địa phương"; `data/respondents.csv` says which kinds of agencies these were on a day.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.services import Directory, ServiceCall
from workflows.agencies.tables import Agency, AgencySuccession, valid_on

DATA = Path(__file__).parent / "data" / "respondents.csv"
LEAD = "EXT_INFO"


@dataclass(frozen=True)
class RespondentKind:
    """A kind of agencies that owes plans and reports during a period; both days count."""

    agency_kind: str
    valid_from: date
    valid_to: date | None

    def covers(self, on: date) -> bool:
        """Whether it owes them on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@cache
def kinds() -> tuple[RespondentKind, ...]:
    """The kinds of respondents as they ship."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return tuple(
            RespondentKind(
                row["agency_kind"], _day(row["valid_from"]), _day(row["valid_to"]) if row["valid_to"] else None
            )
            for row in csv.DictReader(file)
        )


def respondents(session: Session, on: date, lead: str) -> list[str]:
    """Ids of the agencies that owe a plan and a report on that day: those that exist, but for the one that asks."""
    owing = [kind.agency_kind for kind in kinds() if kind.covers(on)]
    query = select(Agency.id).where(Agency.kind.in_(owing), valid_on(Agency, on), Agency.id != lead)
    return list(session.scalars(query.order_by(Agency.id)))


def heir(session: Session, agency_id: str, on: date, lead: str) -> str | None:
    """The agency that answers for a dissolved one: its one successor, itself followed on.

    None where its work went to several bodies case by case, or to the agency that asks: then nobody owes the answer.
    """
    known = {agency_id}
    while not _exists(session, agency_id, on):
        query = select(AgencySuccession.successor_id).where(
            AgencySuccession.predecessor_id == agency_id, AgencySuccession.effective_on <= on
        )
        found = set(session.scalars(query)) - {None}
        if len(found) != 1 or found & known:
            return None
        (agency_id,) = (str(one) for one in found)
        known.add(agency_id)
    return agency_id if agency_id != lead else None


def _exists(session: Session, agency_id: str, on: date) -> bool:
    return session.scalar(select(Agency.id).where(Agency.id == agency_id, valid_on(Agency, on))) is not None


class RespondentServices:
    """What diagrams ask about respondents.

    Args:
        directory: names and roles of agencies.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def respondents(self, call: ServiceCall) -> Mapping[str, Any]:
        """Service `regulation.respondents`: who owes plans and reports.

        Input: `on` (ISO day; today in Vietnam where empty). Result: `respondents`, ids in order; `on`.
        """
        on = date.fromisoformat(str(call.inputs["on"])) if call.inputs.get("on") else local_date(call.now)
        return {"respondents": respondents(call.session, on, self._lead(call, on)), "on": on.isoformat()}

    def heir(self, call: ServiceCall) -> Mapping[str, Any]:
        """Service `regulation.heir`: who answers for an agency today.

        Inputs: `agency`; `named`, an agency that a person has named instead; `exempt`: nobody is to answer.
        Result: `heir`, empty where nobody owes the answer; `name`, that of the heir, else of the agency.
        """
        on, named = local_date(call.now), call.inputs.get("named")
        agency = str(call.inputs["agency"])
        if named or call.inputs.get("exempt"):
            found = str(named or "")
        else:
            found = heir(call.session, agency, on, self._lead(call, on)) or ""
        return {"heir": found, "name": self._directory.agency_name(call.session, found or agency, on)}

    def _lead(self, call: ServiceCall, on: date) -> str:
        return self._directory.binding(call.session, LEAD, on).agency_id


def _day(text: str) -> date:
    day, month, year = map(int, text.split("/"))
    return date(year, month, day)

"""How documents reach an agency, and its code in the exchange network: dated facts, a line for each period."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.agencies.facts import Route
from workflows.agencies.tables import AgencyChannel, valid_on


def route(session: Session, agency_id: str, on: date) -> Route:
    """The way to an agency on that day: within the program where its data say nothing else."""
    row = session.scalars(
        select(AgencyChannel).where(AgencyChannel.agency_id == agency_id, valid_on(AgencyChannel, on))
    ).first()
    return Route() if row is None else Route(row.channel, row.email, row.organ_code)


def agency_with_code(session: Session, organ_code: str) -> str | None:
    """Id of the agency that has this code, or had it last: letters under an old code still find their receiver.

    Args:
        organ_code: highest level first, as `OrganCode` writes it.
    """
    known = select(AgencyChannel.agency_id).where(AgencyChannel.organ_code == organ_code)
    return session.scalars(known.order_by(AgencyChannel.valid_from.desc())).first()

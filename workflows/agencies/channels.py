"""How documents reach an agency, and its code in the exchange network: dated facts, a line for each period."""

from __future__ import annotations

from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.statements import Prepared
from workflows.agencies.facts import Route
from workflows.agencies.tables import AgencyChannel, valid_on

_ROUTE = Prepared(
    select(AgencyChannel.channel, AgencyChannel.email, AgencyChannel.organ_code).where(
        AgencyChannel.agency_id == bindparam("agency"), valid_on(AgencyChannel, bindparam("on"))
    )
)


def route(session: Session, agency_id: str, on: date) -> Route:
    """The way to an agency on that day: within the program where its data say nothing else."""
    found = _ROUTE.within(session, {"agency": agency_id, "on": on})
    return Route(*found[0]) if found else Route()


def agency_with_code(session: Session, organ_code: str) -> str | None:
    """Id of the agency that has this code, or had it last: letters under an old code still find their receiver.

    Args:
        organ_code: highest level first, as `OrganCode` writes it.
    """
    known = select(AgencyChannel.agency_id).where(AgencyChannel.organ_code == organ_code)
    return session.scalars(known.order_by(AgencyChannel.valid_from.desc())).first()

"""The incoming register: what arrived gets its arrival number, whichever way it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.clock import local_date, local_year
from engine.text import search_key
from workflows.documents.registers import Clerk, keyed
from workflows.documents.search import index_arrival
from workflows.documents.tables import INCOMING, Dispatch, Document, IncomingEntry


@dataclass(frozen=True)
class Arrival:
    """A document that arrived.

    Args:
        author: who issued it, as it calls itself.
        type: code of the type; empty where unknown.
        dispatch_id: the dispatch that brought it within the program; None for other channels.
    """

    author: str
    symbol: str
    issued_on: date
    type: str
    subject: str
    dispatch_id: str | None = None


def enter(clerk: Clerk, arrival: Arrival, founded_on: date | None) -> IncomingEntry:
    """Enter an arrival in this year's incoming register of the acting person's agency.

    Args:
        founded_on: the day from which another body stands under this id, if any.
    """
    series = keyed(INCOMING, founded_on, local_year(clerk.now))
    register = clerk.register(clerk.actor.agency_id, series, INCOMING)
    register.last_number += 1
    entry = IncomingEntry(
        register_id=register.id,
        number=register.last_number,
        dispatch_id=arrival.dispatch_id,
        arrived_on=local_date(clerk.now),
        author=arrival.author,
        symbol=arrival.symbol,
        issued_on=arrival.issued_on,
        type=arrival.type,
        subject=arrival.subject,
        search_text=search_key(f"{arrival.symbol} {arrival.subject} {arrival.author}"),
        entered_at=clerk.now,
        entered_by=clerk.actor.person_id,
        entered_by_name=clerk.actor.name,
    )
    clerk.session.add(entry)
    if arrival.dispatch_id is None:  # a dispatch within the program is found since it arrived
        index_arrival(clerk.session, clerk.actor.agency_id, entry)
    clerk.record(register, "ArrivalEntered", {"number": entry.number, "symbol": entry.symbol, **_origin(arrival)})
    return entry


def arrival_of(dispatch: Dispatch, document: Document) -> Arrival:
    """What a dispatch within the program brings."""
    assert document.symbol
    assert document.issued_on
    return Arrival(
        document.issuer_name, document.symbol, document.issued_on, document.type, document.subject, dispatch.id
    )


def _origin(arrival: Arrival) -> Mapping[str, Any]:
    return {"author": arrival.author, "dispatch_id": arrival.dispatch_id}

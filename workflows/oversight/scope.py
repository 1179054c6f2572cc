"""Who may oversee what: auditors the cases within their reach, heads what concerns their own agency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute

from engine.actors import ADMINISTRATOR, AUDITOR, EVERYTHING, HEAD, Actor
from engine.clock import day_begins
from engine.errors import NotFound
from engine.queries.visibility import may_see_case
from engine.tables import Case


@dataclass(frozen=True)
class Scope:
    """What a question is about, already narrowed to what the person may see.

    Args:
        actor: who asks.
        now: the present moment (UTC).
        since, until: days in Vietnam, both included; None where open.
        procedure: id of a procedure; None for all.
        agency: id of an agency; None for all.
    """

    actor: Actor
    now: datetime
    since: date | None = None
    until: date | None = None
    procedure: str | None = None
    agency: str | None = None

    def within(self, moment: InstrumentedAttribute[Any]) -> Iterator[ColumnElement[bool]]:
        """Conditions that a moment lies in the period."""
        if self.since:
            yield moment >= day_begins(self.since)
        if self.until:
            yield moment < day_begins(self.until + timedelta(days=1))

    def seen(self, case_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """The condition that a row belongs to a case that the person may see; none where that is all of them."""
        if self.actor.has(AUDITOR) and EVERYTHING in self.actor.reach:
            return true()
        return case_id.in_(select(Case.id).where(may_see_case(self.actor)))


def may_oversee(actor: Actor) -> bool:
    """Whether the person oversees anything at all."""
    return actor.has(AUDITOR) or actor.has(HEAD)


def oversight_for(actor: Actor) -> bool:
    """Whether the part for overseers has anything for the person: administrators keep mandates and deletions there."""
    return may_oversee(actor) or actor.has(ADMINISTRATOR)


def scope_of(
    actor: Actor,
    now: datetime,
    *,
    since: date | None = None,
    until: date | None = None,
    procedure: str | None = None,
    agency: str | None = None,
) -> Scope:
    """The scope of a person's question: a head asks about the own agency, whatever was chosen.

    Raises:
        NotFound: the person oversees nothing.
    """
    if not may_oversee(actor):
        raise NotFound()
    chosen = agency if actor.has(AUDITOR) else actor.agency_id
    return Scope(actor, now, since, until, procedure or None, chosen or None)

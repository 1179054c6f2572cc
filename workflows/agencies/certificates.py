"""Which bodies sign electronically, with which certificates, and which of these do not hold any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from engine.actors import ADMINISTRATOR, AUDITOR, Actor
from engine.clock import day_begins
from workflows.agencies.facts import ELECTRONICALLY
from workflows.agencies.queries import agency_names
from workflows.agencies.tables import AgencySigningWay, Person, SigningCertificate, valid_on

VALID, EXPIRED, REVOKED, NOT_YET, UNTRUSTED, UNREAD = "valid", "expired", "revoked", "not_yet", "untrusted", "unread"
OVERSEERS = (ADMINISTRATOR, AUDITOR)
"""Whoever sees the certificates of all bodies."""
SOON = timedelta(days=30)


@dataclass(frozen=True)
class CertificateView:
    """A registered certificate; `officer` is empty where it is the body's own.

    `state`: as of the day asked for; unread where the certificate itself is not at hand.
    `days_left`: until it runs out, where that is soon.
    """

    fingerprint: str
    agency_name: str
    officer: str
    holder: str
    valid_from: date
    valid_to: date
    revoked_on: date | None
    note: str
    state: str
    days_left: int | None


def certificates(
    session: Session,
    actor: Actor,
    on: date,
    trusted: Callable[[str], bool] | None = None,
    *,
    limit: int = 50,
    after: str | None = None,
) -> list[CertificateView]:
    """What is registered for the actor's agency, or for all where the actor is an overseer; who runs out first on top.

    Args:
        on: the day for which the state is told.
        trusted: whether a certificate leads to a trusted root; None where no root is known.
        after: fingerprint of the last row of the page before.
    """
    statement = (
        select(SigningCertificate, Person.name)
        .outerjoin(Person, Person.id == SigningCertificate.person_id)
        .order_by(SigningCertificate.valid_to, SigningCertificate.fingerprint)
        .limit(limit)
    )
    if not actor.duties & set(OVERSEERS):
        statement = statement.where(SigningCertificate.agency_id == actor.agency_id)
    if after is not None and (last := session.get(SigningCertificate, after)) is not None:
        place = tuple_(SigningCertificate.valid_to, SigningCertificate.fingerprint)
        statement = statement.where(place > tuple_(literal(last.valid_to), literal(last.fingerprint)))
    names = agency_names(session, on)
    return [_view(row, names, name or "", on, trusted) for row, name in session.execute(statement)]


def signs_electronically(session: Session, agency_id: str, on: date) -> bool:
    """Whether a body's documents of that day are signed electronically: on paper where its data say nothing."""
    way = select(AgencySigningWay.way).where(AgencySigningWay.agency_id == agency_id, valid_on(AgencySigningWay, on))
    return session.scalar(way) == ELECTRONICALLY


def fingerprints(session: Session, agency_id: str, person_id: str | None) -> tuple[str, ...]:
    """Every certificate ever registered for an officer of a body, or for the body itself (None).

    Those that ran out count too: whether one held when it signed is told by itself, not by this register.
    """
    statement = select(SigningCertificate.fingerprint).where(
        SigningCertificate.agency_id == agency_id, SigningCertificate.person_id == person_id
    )
    return tuple(session.scalars(statement.order_by(SigningCertificate.fingerprint)))


def revoked(session: Session) -> dict[str, datetime]:
    """Since when revoked certificates do not hold any more (UTC), by fingerprint: the whole day counts."""
    statement = select(SigningCertificate).where(SigningCertificate.revoked_on.is_not(None))
    return {row.fingerprint: day_begins(row.revoked_on) for row in session.scalars(statement) if row.revoked_on}


def _view(
    row: SigningCertificate, names: Mapping[str, str], officer: str, on: date, trusted: Callable[[str], bool] | None
) -> CertificateView:
    state = _state(row, on, trusted)
    soon = state in (VALID, UNTRUSTED, UNREAD) and row.valid_to - on <= SOON
    return CertificateView(
        fingerprint=row.fingerprint,
        agency_name=names.get(row.agency_id, row.agency_id),
        officer=officer,
        holder=row.holder,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        revoked_on=row.revoked_on,
        note=row.note,
        state=state,
        days_left=(row.valid_to - on).days if soon else None,
    )


def _state(row: SigningCertificate, on: date, trusted: Callable[[str], bool] | None) -> str:
    if row.revoked_on is not None and row.revoked_on <= on:
        return REVOKED
    if on > row.valid_to:
        return EXPIRED
    if on < row.valid_from:
        return NOT_YET
    if row.certificate is None:
        return UNREAD
    return VALID if trusted is None or trusted(row.certificate) else UNTRUSTED

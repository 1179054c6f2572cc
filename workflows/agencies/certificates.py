"""Which bodies sign electronically, with which certificates, and which of these do not hold any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import day_begins
from workflows.agencies.facts import ELECTRONICALLY
from workflows.agencies.tables import AgencySigningWay, Person, SigningCertificate, valid_on

VALID, EXPIRED, REVOKED, NOT_YET = "valid", "expired", "revoked", "not_yet"


@dataclass(frozen=True)
class CertificateView:
    """A registered certificate; `officer` is empty where it is the body's own. `state`: as of the day asked for."""

    fingerprint: str
    officer: str
    holder: str
    valid_from: date
    valid_to: date
    revoked_on: date | None
    note: str
    state: str


def certificates(session: Session, actor: Actor, on: date) -> list[CertificateView]:
    """What is registered for the actor's agency: the body's own first, then by officer, the newest first.

    Args:
        on: the day for which the state is told.
    """
    statement = (
        select(SigningCertificate, Person.name)
        .outerjoin(Person, Person.id == SigningCertificate.person_id)
        .where(SigningCertificate.agency_id == actor.agency_id)
        .order_by(SigningCertificate.valid_from.desc(), SigningCertificate.fingerprint)
    )
    found = [_view(row, name or "", on) for row, name in session.execute(statement)]
    return sorted(found, key=lambda one: one.officer)


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


def _view(row: SigningCertificate, officer: str, on: date) -> CertificateView:
    return CertificateView(
        fingerprint=row.fingerprint,
        officer=officer,
        holder=row.holder,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        revoked_on=row.revoked_on,
        note=row.note,
        state=_state(row, on),
    )


def _state(row: SigningCertificate, on: date) -> str:
    if row.revoked_on is not None and row.revoked_on <= on:
        return REVOKED
    if on > row.valid_to:
        return EXPIRED
    return VALID if on >= row.valid_from else NOT_YET

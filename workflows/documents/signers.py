"""Who may sign for a body, and how: by post, by the head's order (TL.), or by special mandate (TUQ.)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import HEAD, Actor
from engine.clock import local_date
from engine.services import Stream
from workflows.agencies.queries import posts
from workflows.documents import errors
from workflows.documents.compose import IssuerFacts, Issuers, signing_for
from workflows.documents.model import Signing
from workflows.documents.registers import reason_of
from workflows.documents.tables import SigningMandate

BY_ORDER, BY_MANDATE = "TL.", "TUQ."
MANDATES = Stream("config", "signing")


@dataclass(frozen=True)
class Signer:
    """Somebody who may sign for a body on a day, with the signature block."""

    person_id: str
    name: str
    position: str
    signing: Signing


@dataclass(frozen=True)
class MandateText:
    """An order or mandate as it is entered.

    Args:
        person_id: who may sign.
        form: TL. or TUQ.
        unit_head: title of the unit's head where its deputy signs for that head; TL. only.
        scope: what may be signed.
        basis: regulation or decision behind it.
        valid_from, valid_to: first and last day; TUQ. always ends.
    """

    person_id: str
    form: str
    unit_head: str
    scope: str
    basis: str
    valid_from: date
    valid_to: date | None


def signers(session: Session, facts: IssuerFacts, on: date) -> list[Signer]:
    """Everybody who may sign for the body on that day."""
    found = []
    for person_id, name, position in posts(session, facts.agency_id, HEAD, on):
        try:
            signing = signing_of(session, person_id, name, position, facts, on)
        except errors.MandateRequired:
            continue
        found.append(Signer(person_id, name, position or facts.head_title, signing))
    return found


def signer(session: Session, facts: IssuerFacts, on: date, person_id: str) -> Signer:
    """One of them. Raises `NotASigner` where the person may not sign on that day."""
    for one in signers(session, facts, on):
        if one.person_id == person_id:
            return one
    raise errors.NotASigner()


def signing_of(session: Session, person_id: str, name: str, position: str, facts: IssuerFacts, on: date) -> Signing:
    """The signature block of a person on a day. Raises `MandateRequired`."""
    return signing_for(name, position, facts, _mandate(session, facts.agency_id, person_id, on))


def mandates(session: Session, agency_id: str) -> Sequence[SigningMandate]:
    """All orders and mandates of a body, the latest first."""
    statement = select(SigningMandate).where(SigningMandate.agency_id == agency_id)
    return session.scalars(statement.order_by(SigningMandate.valid_from.desc(), SigningMandate.id)).all()


def give(session: Session, actor: Actor, now: datetime, issuers: Issuers, text: MandateText) -> SigningMandate:
    """Record an order or a special mandate of the actor's body.

    Raises:
        MandateNotAllowed: the actor is no head of the body.
        SubDelegation: the actor signs by mandate, or a special mandate would be passed on within the unit.
        MandateUnlimited: a special mandate without an end.
        BadMandate: holder, form, scope or basis missing, or it would end before it begins.
    """
    if not actor.has(HEAD):
        raise errors.MandateNotAllowed()
    on = local_date(now)
    _require_own_right(actor, issuers(session, actor.agency_id, on))
    names = {person_id: name for person_id, name, _ in posts(session, actor.agency_id, HEAD, on)}
    _check(text, names)
    row = SigningMandate(
        id=str(uuid4()),
        agency_id=actor.agency_id,
        person_id=text.person_id,
        person_name=names[text.person_id],
        form=text.form,
        unit_head=" ".join(text.unit_head.split()),
        scope=reason_of(text.scope),
        basis=reason_of(text.basis),
        valid_from=text.valid_from,
        valid_to=text.valid_to,
        recorded_at=now,
        recorded_by_name=actor.name,
    )
    session.add(row)
    _record(session, actor, now, "SigningMandateGiven", row)
    return row


def end(session: Session, actor: Actor, now: datetime, mandate_id: str) -> None:
    """End an order or mandate with the day before today.

    Raises:
        MandateNotFound, MandateNotAllowed: not of the actor's body, or the actor is no head of it.
    """
    row = session.get(SigningMandate, mandate_id, with_for_update=True)
    if row is None or row.agency_id != actor.agency_id:
        raise errors.MandateNotFound()
    if not actor.has(HEAD):
        raise errors.MandateNotAllowed()
    row.valid_to = local_date(now) - timedelta(days=1)
    _record(session, actor, now, "SigningMandateEnded", row)


def _require_own_right(actor: Actor, facts: IssuerFacts) -> None:
    """Who signs by mandate gives none: neither order nor mandate is sub-delegated."""
    try:
        signing_for(actor.name, actor.position, facts)
    except errors.MandateRequired as error:
        raise errors.SubDelegation() from error


def _check(text: MandateText, names: dict[str, str]) -> None:
    if text.person_id not in names or text.form not in (BY_ORDER, BY_MANDATE):
        raise errors.BadMandate()
    if text.form == BY_MANDATE and text.unit_head.strip():
        raise errors.SubDelegation()
    if text.form == BY_MANDATE and text.valid_to is None:
        raise errors.MandateUnlimited()
    if text.valid_to is not None and text.valid_to < text.valid_from:
        raise errors.BadMandate()


def _mandate(session: Session, agency_id: str, person_id: str, on: date) -> SigningMandate | None:
    statement = select(SigningMandate).where(
        SigningMandate.agency_id == agency_id,
        SigningMandate.person_id == person_id,
        SigningMandate.valid_from <= on,
        or_(SigningMandate.valid_to.is_(None), SigningMandate.valid_to >= on),
    )
    return session.scalars(statement.order_by(SigningMandate.recorded_at.desc())).first()


def _record(session: Session, actor: Actor, now: datetime, type: str, row: SigningMandate) -> None:
    payload = {
        "mandate_id": row.id,
        "agency_id": row.agency_id,
        "person_id": row.person_id,
        "form": row.form,
        "unit_head": row.unit_head,
        "scope": row.scope,
        "basis": row.basis,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
    }
    events.append(session, MANDATES, type, payload, actor=actor, now=now)

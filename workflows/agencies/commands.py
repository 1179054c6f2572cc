"""Changes of the directory by hand, each in the caller's transaction and on record in the configuration's chain."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from engine import events
from engine.actors import ADMINISTRATOR, DUTIES, SYSTEM, Actor
from engine.clock import local_date
from workflows.agencies.accounts import create_account
from workflows.agencies.errors import AgencyNotFound, BadDuty, DutyNotFound
from workflows.agencies.facts import CONFIG_STREAM
from workflows.agencies.tables import Account, Agency, OfficerDuty, Person


def duty_id(person_id: str, agency_id: str, duty: str, valid_from: date) -> str:
    """Id of a duty: what makes it one."""
    return f"{person_id}:{agency_id}:{duty}:{valid_from.isoformat()}"


def register_person(
    session: Session, name: str, *, actor: Actor, now: datetime, person_id: str | None = None
) -> Person:
    """Register a person under a new id (or the given one); the name is put on record."""
    person = Person(id=person_id or str(uuid4()), name=name, created_at=now)
    session.add(person)
    session.flush()
    payload = {"person_id": person.id, "name": name}
    events.append(session, CONFIG_STREAM, "PersonRegistered", payload, actor=actor, now=now)
    return person


def appoint(
    session: Session,
    *,
    person_id: str,
    agency_id: str,
    duty: str,
    valid_from: date,
    valid_to: date | None = None,
    position: str = "",
    decision: str = "",
    actor: Actor,
    now: datetime,
) -> OfficerDuty:
    """Give a registered person a duty in an agency from a day on.

    Raises:
        AgencyNotFound: not registered.
        BadDuty: unknown duty, or it would end before it begins.
    """
    if session.get(Agency, agency_id) is None:
        raise AgencyNotFound(agency_id=agency_id)
    if duty not in DUTIES or (valid_to is not None and valid_to < valid_from):
        raise BadDuty(duty=duty)
    facts = {"person_id": person_id, "agency_id": agency_id, "duty": duty, "position": position, "decision": decision}
    row = OfficerDuty(
        id=duty_id(person_id, agency_id, duty, valid_from), valid_from=valid_from, valid_to=valid_to, **facts
    )
    session.add(row)
    session.flush()
    ends = valid_to.isoformat() if valid_to else None
    payload = {**facts, "duty_id": row.id, "valid_from": valid_from.isoformat(), "valid_to": ends}
    events.append(session, CONFIG_STREAM, "OfficerAppointed", payload, actor=actor, now=now)
    return row


def end_duty(session: Session, duty_id: str, last_day: date, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let a duty end; `last_day` is the last on which it counts.

    Raises:
        DutyNotFound: no such duty, or it ended before that day already.
        BadDuty: it would end before it began.
    """
    row = session.get(OfficerDuty, duty_id)
    if row is None or (row.valid_to is not None and row.valid_to < last_day):
        raise DutyNotFound(duty_id=duty_id)
    if last_day < row.valid_from:
        raise BadDuty(duty=row.duty)
    row.valid_to = last_day
    payload = {"duty_id": duty_id, "person_id": row.person_id, "valid_to": last_day.isoformat(), "reason": reason}
    events.append(session, CONFIG_STREAM, "DutyEnded", payload, actor=actor, now=now)


def create_administrator(
    session: Session,
    now: datetime,
    *,
    user_name: str,
    name: str,
    password: str,
    agency_id: str = "vp-ubnd-tinh",
    position: str = "",
    decision: str = "",
    actor: Actor = SYSTEM,
) -> Account:
    """The administrator of a real start: a person, the duty from today on, and an account with a password.

    Args:
        agency_id: a registered agency; the provincial committee's office unless told otherwise.

    Raises:
        AgencyNotFound, BadUserName, UserNameTaken, PasswordTooShort, PasswordTooLong: nothing may be committed then.
    """
    if session.get(Agency, agency_id) is None:
        raise AgencyNotFound(agency_id=agency_id)
    person = register_person(session, name, actor=actor, now=now)
    appoint(
        session,
        person_id=person.id,
        agency_id=agency_id,
        duty=ADMINISTRATOR,
        valid_from=local_date(now),
        position=position,
        decision=decision,
        actor=actor,
        now=now,
    )
    return create_account(session, person_id=person.id, user_name=user_name, password=password, actor=actor, now=now)

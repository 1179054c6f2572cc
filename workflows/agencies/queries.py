"""What pages and documents ask of the agency directory. Every answer is that of one day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import BindParameter, bindparam, func, or_, select
from sqlalchemy.orm import Session

from engine.actors import AUDITOR, HEAD, Actor, Reach
from engine.statements import Prepared
from workflows.agencies.collation import sort_key
from workflows.agencies.directory import AgencyDirectory
from workflows.agencies.errors import AgencyNotActive, NoDuty, UnknownAccount, UnknownAgency
from workflows.agencies.facts import DutyFacts, Holder, IssuerFacts, Successor
from workflows.agencies.tables import (
    Account,
    Agency,
    AgencyName,
    AgencySuccession,
    AuditMandate,
    OfficerDuty,
    Person,
    Role,
    valid_on,
)

_directory = AgencyDirectory()
_AGENCY: BindParameter[str] = bindparam("agency")
_ON: BindParameter[date] = bindparam("on")
_ISSUER = Prepared(
    select(
        AgencyName.name,
        AgencyName.superior_name,
        AgencyName.abbreviation,
        AgencyName.place,
        AgencyName.head_title,
        AgencyName.collective,
        AgencyName.contact,
    ).where(AgencyName.agency_id == _AGENCY, valid_on(AgencyName, _ON))
)
_FOUNDED = Prepared(
    # The latest day up to `on` with which another body began under the same id.
    select(func.max(AgencyName.valid_from)).where(
        AgencyName.agency_id == _AGENCY, AgencyName.new_body, AgencyName.valid_from <= _ON
    )
)


def issuer(session: Session, agency_id: str, on: date) -> IssuerFacts:
    """What a document issued on that day prints about its issuer.

    Raises:
        UnknownAgency: never registered.
        AgencyNotActive: did not exist on that day; a dissolved body issues nothing.
    """
    wanted = {"agency": agency_id, "on": on}
    found = _ISSUER.within(session, wanted)
    if not found:
        raise _absent(session, agency_id, on)
    name, superior, abbreviation, place, head_title, collective, contact = found[0]
    [[founded_on]] = _FOUNDED.within(session, wanted)
    return IssuerFacts(
        agency_id=agency_id,
        name=name,
        superior_name=superior,
        abbreviation=abbreviation,
        place=place,
        head_title=head_title,
        collective=collective,
        founded_on=founded_on,
        contact=contact,
    )


def agencies(session: Session, on: date, kinds: Collection[str] | None = None) -> list[tuple[str, str]]:
    """(id, name) of the agencies that exist on that day, in Vietnamese order; `kinds` narrows them down."""
    statement = (
        select(Agency.id, AgencyName.name)
        .join(AgencyName, AgencyName.agency_id == Agency.id)
        .where(valid_on(AgencyName, on))
    )
    if kinds is not None:
        statement = statement.where(Agency.kind.in_(kinds))
    found = [(agency_id, name) for agency_id, name in session.execute(statement)]
    return sorted(found, key=lambda agency: (sort_key(agency[1]), agency[0]))


def agency_names(session: Session, on: date) -> dict[str, str]:
    """Name by id of every agency ever registered, as of that day (see `AgencyDirectory.agency_name`)."""
    names: dict[str, str] = {}
    rows = session.execute(
        select(AgencyName.agency_id, AgencyName.valid_from, AgencyName.name).order_by(AgencyName.valid_from)
    )
    for agency_id, valid_from, name in rows:
        if agency_id not in names or valid_from <= on:
            names[agency_id] = name
    return names


def short_names(session: Session) -> dict[str, frozenset[str]]:
    """Short names by full name, of every period."""
    found: dict[str, set[str]] = {}
    for name, short in session.execute(select(AgencyName.name, AgencyName.short_name).distinct()):
        found.setdefault(name, set()).add(short)
    return {name: frozenset(shorts) for name, shorts in found.items()}


def beside_name(session: Session, actor: Actor) -> str:
    """The agency as it stands beside the actor's name; empty where the name tells it (see `tells`)."""
    query = select(AgencyName.short_name).where(AgencyName.agency_id == actor.agency_id)
    short = {actor.agency_name: frozenset(session.scalars(query))}
    return "" if tells(actor.name, actor.agency_name, short) else actor.agency_name


def tells(person: str, agency: str, short: Mapping[str, frozenset[str]]) -> bool:
    """Whether a person's name ends with the agency's full or short name, as names of posts do.

    Args:
        short: as `short_names` gives them.
    """
    return person.endswith((agency, *short.get(agency, ())))


def role_name(session: Session, role_id: str, language: str = "vi") -> str:
    """The role's name in `vi` or `en`; the id itself where the role is unknown."""
    role = session.get(Role, role_id)
    if role is None:
        return role_id
    return role.name_en if language == "en" else role.name_vi


def successors(session: Session, agency_id: str) -> list[Successor]:
    """Where the work of a body went, by function, in order of date."""
    rows = session.scalars(
        select(AgencySuccession)
        .where(AgencySuccession.predecessor_id == agency_id)
        .order_by(AgencySuccession.effective_on, AgencySuccession.id)
    )
    return [Successor(row.successor_id, row.kind, row.function, row.legal_basis, row.confidence) for row in rows]


def officers(session: Session, agency_id: str, duty: str, on: date) -> list[tuple[str, str]]:
    """(person id, name) of those who hold the duty in the agency on that day, in Vietnamese order."""
    return _directory.officers(session, agency_id, duty, on)


def posts(session: Session, agency_id: str, duty: str, on: date) -> list[tuple[str, str, str]]:
    """(person id, name, title of the post) of those who hold the duty there on that day, in Vietnamese order."""
    rows = session.execute(
        select(Person.id, Person.name, OfficerDuty.position)
        .join(OfficerDuty, OfficerDuty.person_id == Person.id)
        .where(OfficerDuty.agency_id == agency_id, OfficerDuty.duty == duty, valid_on(OfficerDuty, on))
    )
    return sorted(((id_, name, title) for id_, name, title in rows), key=lambda post: (sort_key(post[1]), post[0]))


def holders(session: Session, on: date, agency_id: str | None = None) -> list[Holder]:
    """Who can sign in and holds a duty on that day, by user name; a person stands as often as there are duties.

    Args:
        agency_id: of the duty; any where None.
    """
    query = (
        select(Account.user_name, Person.id, Person.name, OfficerDuty.agency_id, AgencyName.name, OfficerDuty.duty)
        .join(Person, Person.id == Account.person_id)
        .join(OfficerDuty, OfficerDuty.person_id == Person.id)
        .join(AgencyName, AgencyName.agency_id == OfficerDuty.agency_id)
        .where(Account.status == "active", valid_on(OfficerDuty, on), valid_on(AgencyName, on))
        .order_by(Account.user_name, OfficerDuty.duty)
    )
    if agency_id is not None:
        query = query.where(OfficerDuty.agency_id == agency_id)
    return [Holder(*row) for row in session.execute(query)]


def duties(session: Session, person_id: str, on: date) -> list[DutyFacts]:
    """Duties that the person holds on that day in agencies that exist, ordered by appointment."""
    rows = session.execute(
        select(OfficerDuty, AgencyName.name)
        .join(AgencyName, AgencyName.agency_id == OfficerDuty.agency_id)
        .where(OfficerDuty.person_id == person_id, valid_on(OfficerDuty, on), valid_on(AgencyName, on))
        .order_by(OfficerDuty.valid_from, OfficerDuty.agency_id, OfficerDuty.id)
    )
    return [DutyFacts(row.agency_id, name, row.duty, row.position) for row, name in rows]


def actor_for_account(
    session: Session, account: str, on: date, *, agency_id: str | None = None, channel: str = "web"
) -> Actor:
    """The account's holder as an actor of that day.

    Args:
        account: id or user name of the account.
        agency_id: which of the person's agencies to act for; the first one where it is None.
        channel: the door through which the person comes (web, cli, scenario).

    Raises:
        UnknownAccount: no such account, or it is closed.
        NoDuty: the person holds no duty on that day, or none in that agency.
    """
    row = session.execute(
        select(Person)
        .join(Account, Account.person_id == Person.id)
        .where(or_(Account.id == account, Account.user_name == account), Account.status == "active")
    ).scalar_one_or_none()
    if row is None:
        raise UnknownAccount(account=account)
    actor = actor_for_person(session, row.id, on, agency_id=agency_id)
    return replace(actor, channel=channel)


def actor_for_person(session: Session, person_id: str, on: date, *, agency_id: str | None = None) -> Actor:
    """The person as an actor of that day, with all duties held in one agency.

    Raises:
        NoDuty: as in `actor_for_account`.
    """
    held = duties(session, person_id, on)
    agency = agency_id or (held[0].agency_id if held else None)
    here = [duty for duty in held if duty.agency_id == agency]
    if not here:
        raise NoDuty(on=on.isoformat())
    duty_names = frozenset(duty.duty for duty in here)
    return Actor(
        person_id=person_id,
        name=_directory.person_name(session, person_id),
        agency_id=here[0].agency_id,
        agency_name=here[0].agency_name,
        duties=duty_names,
        position=next((duty.position for duty in here if duty.duty == HEAD), here[0].position),
        reach=reach(session, person_id, on) if AUDITOR in duty_names else (),
    )


def reach(session: Session, person_id: str, on: date) -> tuple[Reach, ...]:
    """What an auditor may read on that day, by the mandates that hold then."""
    mandates = select(AuditMandate).where(AuditMandate.person_id == person_id, valid_on(AuditMandate, on))
    return tuple(
        Reach(one.procedure_id, one.cases_from, one.cases_to)
        for one in session.scalars(mandates.order_by(AuditMandate.id))
    )


def _absent(session: Session, agency_id: str, on: date) -> UnknownAgency | AgencyNotActive:
    if session.get(Agency, agency_id) is None:
        return UnknownAgency(agency_id=agency_id)
    return AgencyNotActive(agency_id=agency_id, name=_directory.agency_name(session, agency_id, on), on=on.isoformat())

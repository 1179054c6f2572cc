"""The engine's door to the agency directory: roles, names and officers as they were on a day.

Nothing is cached: each answer is one indexed query, and a binding changed in the same transaction counts at once.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from engine.services import Binding
from engine.statements import Prepared
from workflows.agencies.collation import sort_key
from workflows.agencies.errors import MissingBinding, UnknownAgency
from workflows.agencies.tables import Agency, AgencyName, OfficerDuty, Person, RoleBinding, valid_on

_ON: BindParameter[date] = bindparam("on")
_BINDINGS = Prepared(
    select(RoleBinding.agency_id, RoleBinding.id, RoleBinding.legal_basis)
    .join(Agency, Agency.id == RoleBinding.agency_id)
    .where(RoleBinding.role == bindparam("role"), valid_on(RoleBinding, _ON), valid_on(Agency, _ON))
    .order_by(RoleBinding.rank, RoleBinding.agency_id)
)
_NAMES = Prepared(
    select(AgencyName.valid_from, AgencyName.name)
    .where(AgencyName.agency_id == bindparam("agency"))
    .order_by(AgencyName.valid_from)
)
_ACTIVE = Prepared(select(Agency.id).where(valid_on(Agency, _ON)))


class AgencyDirectory:
    """Implements `engine.services.Directory` on the tables of this package."""

    def binding(self, session: Session, role: str, on: date) -> Binding:
        """The agency that carries `role` on that day by default.

        Raises:
            MissingBinding: nobody is bound to the role on that day.
        """
        found = self.bindings(session, role, on)
        if not found:
            raise MissingBinding(role=role, on=on.isoformat())
        return found[0]

    def bindings(self, session: Session, role: str, on: date) -> list[Binding]:
        """All agencies that carry `role` on that day, the one that acts by default first."""
        rows = _BINDINGS.within(session, {"role": role, "on": on})
        return [
            Binding(role, agency_id, self.agency_name(session, agency_id, on), id_, legal_basis)
            for agency_id, id_, legal_basis in rows
        ]

    def agency_name(self, session: Session, agency_id: str, on: date) -> str:
        """The agency's name on that day; for a dissolved body its last one, before its first day its first one.

        Raises:
            UnknownAgency: the agency was never registered.
        """
        names = _NAMES.within(session, {"agency": agency_id})
        if not names:
            raise UnknownAgency(agency_id=agency_id)
        begun: list[str] = [name for valid_from, name in names if valid_from <= on]
        return begun[-1] if begun else str(names[0][1])

    def may_act(self, session: Session, person_id: str, agency_id: str, duty: str, on: date) -> bool:
        """Whether the person holds the duty, and the agency exists, on that day."""
        statement = (
            select(OfficerDuty.id)
            .join(Agency, Agency.id == OfficerDuty.agency_id)
            .where(OfficerDuty.person_id == person_id, OfficerDuty.agency_id == agency_id, OfficerDuty.duty == duty)
            .where(valid_on(OfficerDuty, on), valid_on(Agency, on))
        )
        return session.scalars(statement.limit(1)).first() is not None

    def person_name(self, session: Session, person_id: str) -> str:
        """The person's name; the id itself where the person is unknown."""
        person = session.get(Person, person_id)
        return person.name if person else person_id

    def active_agencies(self, session: Session, on: date) -> frozenset[str]:
        """Ids of the agencies that exist on that day."""
        return frozenset(id_ for (id_,) in _ACTIVE.within(session, {"on": on}))

    def officers(self, session: Session, agency_id: str, duty: str, on: date) -> list[tuple[str, str]]:
        """(person id, name) of those who hold the duty in the agency on that day, in Vietnamese order."""
        statement = (
            select(Person.id, Person.name)
            .join(OfficerDuty, OfficerDuty.person_id == Person.id)
            .where(OfficerDuty.agency_id == agency_id, OfficerDuty.duty == duty, valid_on(OfficerDuty, on))
            .distinct()
        )
        found = [(person_id, name) for person_id, name in session.execute(statement)]
        return sorted(found, key=lambda officer: (sort_key(officer[1]), officer[0]))
